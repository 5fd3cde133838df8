#include "db/postgres_connection.h"

#include <algorithm>

#include "base/text.h"
#include "db/postgres.h"
#include "db/postgres_copy.h"
#include "db/postgres_encode.h"
#include "db/postgres_parameters.h"
#include "db/postgres_rows.h"
#include "db/postgres_sql.h"
#include "db/postgres_stream.h"
#include "db/read_only_door.h"
#include "db/sql_scan.h"

namespace tide {
namespace {

void refuse_nul(const std::string& sql) {
  const std::size_t nul = sql.find('\0');
  if (nul == sql.npos) return;
  throw Error(ErrorKind::kUsage, cat("the statement has a NUL byte at offset ", nul, "; SQL text cannot hold one"));
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

// COMMIT in a failed transaction succeeds, and rolls back.
void refuse_silent_rollback(const PostgresWatch& watch, const std::string& sql) {
  if (watch.tag != "ROLLBACK") return;
  const std::string verb = classify_sql(sql, Dialect::kPostgres).verb;
  if (verb != "COMMIT" && verb != "END") return;
  Error error(ErrorKind::kSql,
              "nothing was committed: a statement of this transaction had failed, so the server "
              "rolled it back");
  error.sqlstate = "25P02";
  throw error;
}

void refuse_at_door(const Statement& statement) {
  const std::string reason = refused_when_read_only(statement.sql);
  if (reason.empty()) return;
  Error error(ErrorKind::kGate, cat("this session is read-only: ", reason));
  error.statement = statement.sql;
  throw error;
}

}  // namespace

bool accepts_postgres(std::string_view url) {
  if (starts_with(url, "postgres://") || starts_with(url, "postgresql://")) return true;
  url = trim(url);
  const auto end = std::find_if_not(url.begin(), url.end(), is_word);
  const std::string_view rest = trim(url.substr(static_cast<std::size_t>(end - url.begin())));
  return end != url.begin() && starts_with(rest, "=");
}

std::unique_ptr<Connection> open_postgres(const std::string& url, const ConnectOptions& options) {
  return std::make_unique<PostgresConnection>(url, options);
}

PostgresConnection::PostgresConnection(std::string url, ConnectOptions options)
    : url_(std::move(url)), options_(std::move(options)), session_(std::make_shared<PostgresSession>(url_, options_)) {
  listen();
  describe();
}

void PostgresConnection::listen() {
  session_->on_notice([this](const PostgresNotice& seen) { notice(seen.level, seen.text); });
  interruptible_.store(session_.get());
}

PostgresConnection::~PostgresConnection() { session_->on_notice(nullptr); }

void PostgresConnection::describe() {
  PGconn* raw = session_->raw();
  const std::string version = PQparameterStatus(raw, "server_version");
  info_.engine = "postgres";
  info_.version = version.substr(0, version.find(' '));
  info_.version_number = PQserverVersion(raw);
  info_.database = PQdb(raw);
  info_.user = PQuser(raw);
  info_.host = PQhost(raw);
  info_.port = PQport(raw);
  info_.display = display_url(url_);
}

Connection::Outcome PostgresConnection::do_run(const Statement& statement, Mode mode) {
  refuse_nul(statement.sql);
  if (options_.read_only && !statement.internal) return run_read_only(statement, mode);
  return send(statement, mode);
}

Connection::Outcome PostgresConnection::send(const Statement& statement, Mode mode) {
  const PostgresParameters parameters(*session_, statement.sql, statement.params);
  Outcome outcome;
  if (mode == Mode::kStream && is_cursor_query(statement.sql) && cursor_holds()) {
    outcome.cursor = stream(statement, parameters.values());
    if (outcome.cursor != nullptr) return outcome;
  }
  const bool alone = options_.read_only && !statement.internal;
  pqxx::result result = alone ? session_->execute_alone(statement.sql, parameters.values())
                              : session_->execute(statement.sql, parameters.values());
  refuse_stray_copy(statement.sql);
  refuse_silent_rollback(session_->watch(), statement.sql);
  if (!statement.internal) warn_of_lost_setting(statement.sql);
  outcome.rows = result.columns() > 0 ? static_cast<std::int64_t>(result.size())
                                      : static_cast<std::int64_t>(result.affected_rows());
  if (mode != Mode::kExecute) outcome.cursor = std::make_unique<PostgresRows>(*session_, result);
  return outcome;
}

// default_transaction_read_only alone would not do: whoever sends statements can set it.
Connection::Outcome PostgresConnection::run_read_only(const Statement& statement, Mode mode) {
  refuse_at_door(statement);
  const SqlClass words = classify_sql(statement.sql, Dialect::kPostgres);
  if (words.ends_transaction || words.begins_transaction) {
    Outcome outcome = send(statement, mode);
    // AND CHAIN begins one, too
    if (session_->state() == TransactionState::kOpen) session_->execute(kNailReadOnly);
    return outcome;
  }
  std::shared_ptr<ReadOnlyTurn> turn = take_turn();
  Outcome outcome = send(statement, mode);
  if (mode != Mode::kExecute) outcome.cursor = keep_turn(std::move(outcome.cursor), std::move(turn));
  return outcome;
}

// None where a transaction is open that was begun by name.
std::shared_ptr<ReadOnlyTurn> PostgresConnection::take_turn() {
  std::shared_ptr<ReadOnlyTurn> turn = turn_.lock();
  if (turn == nullptr && session_->state() == TransactionState::kIdle) {
    turn = std::make_shared<ReadOnlyTurn>(*session_);
    turn_ = turn;
  }
  return turn;
}

void PostgresConnection::warn_of_lost_setting(const std::string& sql) {
  if (session_->state() != TransactionState::kIdle || !session_->pooled()) return;
  if (classify_sql(sql, Dialect::kPostgres).verb != "SET") return;
  notice("WARNING",
         "behind a connection pooler a SET outside of a transaction holds for no later statement for certain, and may "
         "stay with the pooler's other clients: use SET LOCAL inside a transaction");
}

// A pooler keeps the session for the length of a transaction.
bool PostgresConnection::cursor_holds() { return session_->state() != TransactionState::kIdle || !session_->pooled(); }

// Nothing when the server makes no cursor of it (FOR UPDATE outside a transaction): then it is run as a query.
std::unique_ptr<Cursor> PostgresConnection::stream(const Statement& statement, const TextParameters& values) {
  try {
    return std::make_unique<PostgresStream>(session_, statement.sql, values, options_.read_only && !statement.internal);
  } catch (const Error& error) {
    const bool no_cursor = error.sqlstate == "0A000" || error.sqlstate == "42P11";
    if (!no_cursor || session_->state() != TransactionState::kIdle) throw;
  }
  return nullptr;
}

void PostgresConnection::refuse_stray_copy(const std::string& sql) {
  const ExecStatusType copy = session_->watch().copy;
  if (copy != PGRES_COPY_IN && copy != PGRES_COPY_OUT) return;
  session_->end_stray_copy();
  Error error(ErrorKind::kUsage, copy == PGRES_COPY_IN
                                     ? "COPY ... FROM STDIN needs its data: use db:copy_in, or db:script with the data "
                                       "in the text"
                                     : "COPY ... TO STDOUT has nowhere to write: use db:copy_out");
  error.statement = sql;
  throw error;
}

void PostgresConnection::do_begin(const TransactionOptions& options) {
  borrowed_.reset();
  const bool pooled = session_->pooled();
  try {
    pooled ? begin_borrowed(options) : begin_own(options);
  } catch (const Error&) {
    const TransactionState state = session_->state();
    if (state == TransactionState::kFailed || state == TransactionState::kOpen) session_->execute("ROLLBACK");
    throw;
  }
}

// A reset that is due travels in the same message, in a transaction of its own: what this one rolls back it may not
// undo.
void PostgresConnection::begin_own(const TransactionOptions& options) {
  const std::string begin = options_.read_only ? cat(begin_sql(options), "; ", kNailReadOnly) : begin_sql(options);
  session_->execute(session_->take_reset() ? cat("BEGIN; ", kResetSql, "; COMMIT; ", begin) : begin);
}

// What the transaction sets for itself is not to be put back as if it had been there.
void PostgresConnection::begin_borrowed(const TransactionOptions& options) {
  TransactionOptions bare = options;
  bare.lock_timeout.clear();
  bare.statement_timeout.clear();
  const std::string begin = begin_sql(bare);
  const std::string timeouts = begin_sql(options).substr(begin.size());
  session_->execute(begin);
  if (options_.read_only) session_->execute(kNailReadOnly);
  borrowed_.emplace(*session_);
  if (!timeouts.empty()) session_->execute(timeouts.substr(timeouts.find_first_not_of("; ")));
}

void PostgresConnection::before_commit() {
  if (borrowed_ && session_->state() == TransactionState::kOpen) borrowed_->put_back(*session_);
}

std::unique_ptr<CopyIn> PostgresConnection::do_copy_in(const std::string& table,
                                                       const std::vector<std::string>& columns) {
  const auto turn = options_.read_only ? take_turn() : nullptr;
  return std::make_unique<PostgresCopyIn>(session_, table, columns);
}

std::int64_t PostgresConnection::do_copy_out(const Statement& query, CsvFormat format,
                                             const std::function<void(std::string_view)>& write) {
  refuse_nul(query.sql);
  if (options_.read_only) refuse_at_door(query);
  const auto turn = options_.read_only ? take_turn() : nullptr;
  try {
    return copy_rows_out(*session_, copy_out_sql(query, format), write);
  } catch (Error& error) {
    const int position = error.position - static_cast<int>(kCopyOutHead.size());
    error.position = query.params.empty() ? std::max(0, position) : 0;
    throw;
  }
}

std::int64_t PostgresConnection::do_copy_data(const Statement& copy_statement, std::string_view data) {
  refuse_nul(copy_statement.sql);
  const auto turn = options_.read_only ? take_turn() : nullptr;
  return copy_data_in(*session_, copy_statement.sql, data);
}

std::string PostgresConnection::ident(std::string_view name) const { return postgres_ident(name); }

void PostgresConnection::reset_session() {
  const TransactionState state = session_->state();
  if (state == TransactionState::kOpen || state == TransactionState::kFailed) {
    throw Error(ErrorKind::kUsage, "a session is reset between transactions, and one is open");
  }
  session_->pooled() ? replace_session() : session_->reset_later();
}

// A session that others use too, set up by whoever runs the pooler, is not ours to reset: the pooler gives a new client
// what it means it to have.
void PostgresConnection::replace_session() {
  left_.push_back(session_);
  session_->on_notice(nullptr);
  session_->leave();
  session_ = std::make_shared<PostgresSession>(url_, options_);
  listen();
}

bool PostgresConnection::read_only() {
  if (options_.read_only) return true;
  const pqxx::result rows = session_->execute("SHOW transaction_read_only");
  return std::string(rows[0][0].c_str()) == "on";
}

std::unique_ptr<Connection> PostgresConnection::clone() { return std::make_unique<PostgresConnection>(url_, options_); }

}  // namespace tide
