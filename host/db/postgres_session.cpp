#include "db/postgres_session.h"

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "db/postgres_connect.h"
#include "db/postgres_sql.h"

namespace tide {
namespace {

constexpr std::size_t kDescribedStatements = 256;

// The server speaks of Bind messages and parameters; this is in the words of whoever wrote the statement.
Error wrong_number_of_values(Error error, std::size_t given) {
  const std::size_t taken = highest_parameter(error.statement);
  error.kind = ErrorKind::kUsage;
  error.detail = std::move(error.message);
  error.message = cat("the statement takes ", taken, taken == 1 ? " value, " : " values, ", given,
                      given == 1 ? " was given" : " were given");
  return error;
}

// A statement is parsed and described in one message round, between which a pooler cannot change the session.
RawResult describe(PGconn* connection, const std::string& sql) {
  RawResult description;
  PQenterPipelineMode(connection);
  PQsendPrepare(connection, "", sql.c_str(), 0, nullptr);
  PQsendDescribePrepared(connection, "");
  PQpipelineSync(connection);
  bool synced = false;
  for (int ends = 0; !synced && ends < 2;) {
    RawResult result(PQgetResult(connection));
    ends = result ? 0 : ends + 1;
    const ExecStatusType status = PQresultStatus(result.get());
    synced = result && status == PGRES_PIPELINE_SYNC;
    const bool failed = description && PQresultStatus(description.get()) != PGRES_COMMAND_OK;
    if (result && !synced && !failed) description = std::move(result);
  }
  PQexitPipelineMode(connection);
  return description;
}

bool counts_parameters(const std::string& sqlstate) {
  constexpr std::string_view kProtocolViolation = "08P01";   // more or fewer than the statement has
  constexpr std::string_view kUndefinedParameter = "42P02";  // none given
  return sqlstate == kProtocolViolation || sqlstate == kUndefinedParameter;
}

std::string notice_field(const PGresult* notice, int code) {
  const char* text = PQresultErrorField(notice, code);
  return text != nullptr ? text : "";
}

}  // namespace

PostgresSession::PostgresSession(const std::string& url, const ConnectOptions& options) : display_(display_url(url)) {
  RawConnection connected = connect_postgres(url, options);
  watch_connection(connected.get(), &watch_);
  raw_ = connected.get();
  adopt(connected.release());
  PQsetNoticeReceiver(raw_, receive_notice, this);
  cancel_ = PQgetCancel(raw_);
}

// The server may go down between its welcome and libpqxx's first look.
void PostgresSession::adopt(PGconn* connected) {
  try {
    connection_ = adopt_connection(connected);
    work_ = std::make_unique<pqxx::nontransaction>(*connection_);
  } catch (const pqxx::broken_connection& broken) {
    throw Error(ErrorKind::kConnect, cat("the connection to ", display_, " was lost: ", one_line(broken.what())));
  }
}

PostgresSession::~PostgresSession() {
  settle();
  work_.reset();
  PQfreeCancel(cancel_);
}

pqxx::result PostgresSession::send(const std::string& sql, const TextParameters& values, bool alone) {
  enter();
  pqxx::result result;
  try {
    result = values.empty() && !alone ? work_->exec(sql) : exec_with(*work_, sql, values);
  } catch (const std::exception& refused) {
    Error error = failure(sql, refused.what());
    report();
    // a pooler says with the same code that its session with the server has ended
    const bool miscounted = !lost_ && counts_parameters(error.sqlstate) && error.context.empty();
    if (miscounted) throw wrong_number_of_values(error, values.size());
    throw error;
  }
  report();
  return result;
}

PGconn* PostgresSession::enter() {
  if (lost_) throw Error(ErrorKind::kConnect, cat("the connection to ", display_, " was lost"));
  if (copying_) {
    throw Error(ErrorKind::kUsage, "a copy_in is under way on this connection: finish or drop it before anything else");
  }
  settle();
  if (take_reset()) execute(kResetSql);
  if (PQtransactionStatus(raw_) != PQTRANS_INERROR) hidden_.reset();
  watch_.forget_command();
  interrupted_.store(false);
  return raw_;
}

void PostgresSession::settle() {
  if (outstanding_ == nullptr) return;
  OutstandingFetch* fetch = outstanding_;
  outstanding_ = nullptr;
  fetch->settle();
}

void PostgresSession::clear_outstanding(const OutstandingFetch* fetch) {
  if (outstanding_ == fetch) outstanding_ = nullptr;
}

void PostgresSession::report() {
  std::vector<PostgresNotice> notices;
  notices.swap(notices_);
  if (!sink_) return;
  for (const PostgresNotice& notice : notices) sink_(notice);
}

void PostgresSession::check(const PGresult* result, const std::string& sql) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_EMPTY_QUERY:
      return;
    default:
      throw failure(sql, PQerrorMessage(raw_));
  }
}

Error PostgresSession::failure(const std::string& sql, const char* otherwise) {
  Error error = watch_.failure ? *watch_.failure : Error(ErrorKind::kInternal, one_line(otherwise));
  // not by its code: one of class 08 or 57P01 may be what a function met on another server
  lost_ = lost_ || watch_.fatal || PQstatus(raw_) == CONNECTION_BAD;
  if (lost_) {
    error.kind = ErrorKind::kConnect;
    const std::string& reason = farewell_.empty() ? error.message : farewell_;
    error.message = cat("the connection to ", display_, " was lost: ", reason);
  } else if (error.sqlstate == "57014" && interrupted_.load()) {
    error.kind = ErrorKind::kInterrupted;
  } else if (error.sqlstate == "25P02" && hidden_) {
    return *hidden_;
  }
  error.statement = sql;
  return error;
}

void PostgresSession::end_stray_copy() {
  if (watch_.copy == PGRES_COPY_IN) PQputCopyEnd(raw_, "no data was sent");
  if (watch_.copy == PGRES_COPY_OUT) {
    for (char* line = nullptr; PQgetCopyData(raw_, &line, 0) > 0;) PQfreemem(line);
  }
  while (RawResult rest{PQgetResult(raw_)}) {
  }
  report();
}

TransactionState PostgresSession::state() {
  settle();
  if (lost_ || PQstatus(raw_) == CONNECTION_BAD) return TransactionState::kLost;
  switch (PQtransactionStatus(raw_)) {
    case PQTRANS_IDLE:
      return TransactionState::kIdle;
    case PQTRANS_INERROR:
      return TransactionState::kFailed;
    case PQTRANS_UNKNOWN:
      return TransactionState::kLost;
    default:
      return TransactionState::kOpen;
  }
}

void PostgresSession::interrupt() noexcept {
  interrupted_.store(true);
  char ignored[256];
  PQcancel(cancel_, ignored, sizeof ignored);
}

bool PostgresSession::pooled() {
  if (!pooled_) {
    const pqxx::result process = execute(kOwnProcess);
    pooled_ = std::atoi(process[0][0].c_str()) != PQbackendPID(raw_);
  }
  return *pooled_;
}

void PostgresSession::leave() noexcept {
  settle();
  lost_ = true;
  work_.reset();
  connection_.reset();
  raw_ = nullptr;
}

void PostgresSession::receive_notice(void* self, const PGresult* notice) noexcept {
  auto* session = static_cast<PostgresSession*>(self);
  try {
    PostgresNotice seen{notice_field(notice, PG_DIAG_SEVERITY_NONLOCALIZED),
                        notice_field(notice, PG_DIAG_MESSAGE_PRIMARY)};
    if (seen.level.empty()) seen = {"WARNING", one_line(PQresultErrorMessage(notice))};
    if (seen.level == "FATAL") {
      session->farewell_ = seen.text;
    } else {
      session->notices_.push_back(std::move(seen));
    }
  } catch (const std::exception&) {
    // a notice that no memory is left for is lost
  }
}

PgType PostgresSession::type(Oid oid) {
  PgType found;
  if (builtin_type(oid, found)) return found;
  const auto known = types_.find(oid);
  if (known != types_.end()) return known->second;
  found = look_up_type(oid);
  types_.emplace(oid, found);
  return found;
}

// Only arrays matter here: every other type that is not built in is text. A domain stands for its base type.
PgType PostgresSession::look_up_type(Oid oid) {
  const std::string sql =
      "WITH RECURSIVE element AS (SELECT oid, typbasetype, typdelim FROM pg_catalog.pg_type WHERE oid = (SELECT "
      "typelem "
      "FROM pg_catalog.pg_type WHERE oid = " +
      std::to_string(oid) +
      " AND typoutput = 'pg_catalog.array_out'::pg_catalog.regproc) UNION ALL SELECT t.oid, t.typbasetype, e.typdelim "
      "FROM element e JOIN pg_catalog.pg_type t ON t.oid = e.typbasetype) SELECT oid, typdelim FROM element WHERE "
      "typbasetype = 0";
  const pqxx::result rows = execute(sql);
  PgType found;
  if (rows.empty()) return found;
  PgType element;
  builtin_type(static_cast<Oid>(std::strtoul(rows[0][0].c_str(), nullptr, 10)), element);
  return PgType{Cell::Kind::kArray, element.kind, rows[0][1].c_str()[0]};
}

const std::vector<Oid>& PostgresSession::parameter_types(const std::string& sql) {
  if (types_as_of_ != watch_.schema_changed || parameter_types_.size() >= kDescribedStatements) {
    parameter_types_.clear();
    types_as_of_ = watch_.schema_changed;
  }
  const auto known = parameter_types_.find(sql);
  if (known != parameter_types_.end()) return known->second;
  return parameter_types_.emplace(sql, describe_parameters(sql)).first->second;
}

std::vector<Oid> PostgresSession::describe_parameters(const std::string& sql) {
  const RawResult description = describe(enter(), sql);
  check(description.get(), sql);
  std::vector<Oid> types;
  for (int i = 0; i < PQnparams(description.get()); ++i) types.push_back(PQparamtype(description.get(), i));
  report();
  return types;
}

}  // namespace tide
