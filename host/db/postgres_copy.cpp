#include "db/postgres_copy.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "db/postgres_encode.h"
#include "db/postgres_parameters.h"
#include "db/postgres_sql.h"

namespace tide {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

// Starts a COPY; anything but a COPY in that direction is refused, and the connection goes on.
void start_copy(PostgresSession& session, const std::string& sql, ExecStatusType wanted) {
  // not PQexec, which would run a second statement that the server sees in the text
  const RawResult result(PQexecParams(session.enter(), sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0));
  session.check(result.get(), sql);
  if (PQresultStatus(result.get()) == wanted) return;
  session.end_stray_copy();
  Error error(ErrorKind::kUsage, wanted == PGRES_COPY_IN ? "this is not a COPY ... FROM STDIN"
                                                         : "this is not a query that COPY can write out");
  error.statement = sql;
  throw error;
}

// Takes all results of the command that ends; raises when it was refused.
std::int64_t finish_copy(PostgresSession& session, const std::string& sql) {
  std::int64_t rows = 0;
  bool refused = false;
  while (RawResult result{PQgetResult(session.raw())}) {
    refused = refused || PQresultStatus(result.get()) != PGRES_COMMAND_OK;
    if (!refused) rows = std::atoll(PQcmdTuples(result.get()));
  }
  if (!refused) {
    session.report();
    return rows;
  }
  const Error error = session.failure(sql, PQerrorMessage(session.raw()));
  session.report();
  throw error;
}

void put(PostgresSession& session, const std::string& sql, std::string_view data) {
  for (std::size_t at = 0; at < data.size(); at += kBufferBytes) {
    const std::string_view piece = data.substr(at, kBufferBytes);
    if (PQputCopyData(session.raw(), piece.data(), static_cast<int>(piece.size())) != 1) {
      throw session.failure(sql, PQerrorMessage(session.raw()));
    }
  }
}

struct FreeLine {
  void operator()(char* line) const { PQfreemem(line); }
};

// The rest of the rows is not wanted; a cancelled statement would abort the transaction, so they are read away there.
void drop_rows(PostgresSession& session) {
  if (PQtransactionStatus(session.raw()) != PQTRANS_INTRANS) session.interrupt();
  for (char* line = nullptr; PQgetCopyData(session.raw(), &line, 0) > 0;) PQfreemem(line);
  while (RawResult rest{PQgetResult(session.raw())}) {
  }
}

}  // namespace

PostgresCopyIn::PostgresCopyIn(std::shared_ptr<PostgresSession> session, const std::string& table,
                               const std::vector<std::string>& columns)
    : session_(std::move(session)),
      sql_(copy_in_sql(table, columns)),
      in_transaction_(session_->state() == TransactionState::kOpen) {
  const pqxx::result types = session_->execute(column_types_sql(table, columns));
  for (const auto& row : types) types_.push_back(static_cast<Oid>(std::strtoul(row[0].c_str(), nullptr, 10)));
  if (in_transaction_) session_->execute("SAVEPOINT tide_copy");
  start_copy(*session_, sql_, PGRES_COPY_IN);
  session_->set_copying(true);
  open_ = true;
}

PostgresCopyIn::~PostgresCopyIn() {
  try {
    discard();
  } catch (const std::exception&) {
    // the connection is lost, and with it what was written
  }
}

void PostgresCopyIn::require_open() const {
  if (!open_) throw Error(ErrorKind::kUsage, "this copy_in is finished");
}

void PostgresCopyIn::write(const std::vector<Value>& row) {
  require_open();
  if (!types_.empty() && row.size() != types_.size()) {
    throw Error(ErrorKind::kUsage,
                cat("row ", rows_ + 1, " has ", row.size(), " values for ", types_.size(), " columns: ", sql_));
  }
  const std::size_t before = buffer_.size();
  try {
    for (std::size_t i = 0; i < row.size(); ++i) write_field(row[i], i);
  } catch (...) {
    buffer_.resize(before);
    throw;
  }
  buffer_.push_back('\n');
  ++rows_;
  if (buffer_.size() >= kBufferBytes) send();
}

void PostgresCopyIn::write_field(const Value& value, std::size_t column) {
  if (column > 0) buffer_.push_back('\t');
  if (!text_is_ambiguous(value)) return append_copy_field(buffer_, value);
  const Oid type = column < types_.size() ? types_[column] : 0;
  append_copy_field(buffer_, as_type(value, type, cat("row ", rows_ + 1, ", column ", column + 1)));
}

void PostgresCopyIn::send() {
  put(*session_, sql_, buffer_);
  buffer_.clear();
}

std::int64_t PostgresCopyIn::finish() {
  require_open();
  send();
  open_ = false;
  session_->set_copying(false);
  PQputCopyEnd(session_->raw(), nullptr);
  const std::int64_t rows = finish_copy(*session_, sql_);
  if (in_transaction_) session_->execute("RELEASE SAVEPOINT tide_copy");
  return rows;
}

void PostgresCopyIn::discard() {
  if (!open_) return;
  open_ = false;
  session_->set_copying(false);
  PQputCopyEnd(session_->raw(), "the rows were discarded");
  while (RawResult result{PQgetResult(session_->raw())}) {
  }
  if (in_transaction_) session_->execute("ROLLBACK TO SAVEPOINT tide_copy; RELEASE SAVEPOINT tide_copy");
}

std::int64_t copy_rows_out(PostgresSession& session, const std::string& sql,
                           const std::function<void(std::string_view)>& write) {
  start_copy(session, sql, PGRES_COPY_OUT);
  char* text = nullptr;
  for (int size = 0; (size = PQgetCopyData(session.raw(), &text, 0)) > 0;) {
    const std::unique_ptr<char, FreeLine> line(text);
    try {
      write({line.get(), static_cast<std::size_t>(size)});
    } catch (...) {
      drop_rows(session);
      throw;
    }
  }
  return finish_copy(session, sql);
}

std::int64_t copy_data_in(PostgresSession& session, const std::string& sql, std::string_view data) {
  start_copy(session, sql, PGRES_COPY_IN);
  put(session, sql, data);
  PQputCopyEnd(session.raw(), nullptr);
  return finish_copy(session, sql);
}

}  // namespace tide
