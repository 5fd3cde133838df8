#include "db/postgres_stream.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"

namespace tide {
namespace {

constexpr int kFirstBatch = 64;
constexpr int kLargestBatch = 10000;
constexpr double kBatchBytes = 8e6;
constexpr double kBatchSeconds = 0.2;

int next_batch_rows(const PGresult* result, int rows, double seconds) {
  const double bytes_a_row = static_cast<double>(PQresultMemorySize(result)) / std::max(rows, 1);
  const double seconds_a_row = std::max(seconds / std::max(rows, 1), 1e-9);
  const double fitting = std::min(kBatchBytes / bytes_a_row, kBatchSeconds / seconds_a_row);
  return static_cast<int>(std::clamp(fitting, 1.0, static_cast<double>(kLargestBatch)));
}

RawResult fetch(PGconn* connection, const char* command, bool binary) {
  if (!binary) return RawResult(PQexec(connection, command));
  return RawResult(PQexecParams(connection, command, 0, nullptr, nullptr, nullptr, nullptr, 1));
}

}  // namespace

PostgresStream::PostgresStream(std::shared_ptr<PostgresSession> session, const std::string& sql,
                               const TextParameters& values, bool alone)
    : session_(std::move(session)),
      sql_(sql),
      name_(cat("tide_cursor_", session_->next_number())),
      hold_(session_->state() == TransactionState::kIdle),
      transactions_ended_(session_->watch().transactions_ended),
      cursors_closed_(session_->watch().cursors_closed) {
  declare(values, alone);
}

// The planner is told that all rows will be read; for a cursor it would otherwise favour the first tenth.
// Without parameters it all goes in one round trip.
void PostgresStream::declare(const TextParameters& values, bool alone) {
  const std::string all_rows = hold_ ? "SET cursor_tuple_fraction = 1" : "SET LOCAL cursor_tuple_fraction = 1";
  const std::string head = cat("DECLARE ", name_, " NO SCROLL CURSOR ", hold_ ? "WITH HOLD FOR " : "FOR ");
  const bool together = values.empty() && !alone;
  const std::string before = together ? cat(all_rows, "; ", head) : head;
  const auto began = std::chrono::steady_clock::now();
  RawResult first;
  try {
    if (together) {
      first.reset(PQexec(session_->enter(), cat(before, sql_, "\n;", fetch_text(kFirstBatch)).c_str()));
      session_->check(first.get(), sql_);
    } else {
      session_->execute(all_rows);
      session_->execute_alone(head + sql_, values);
      first.reset(PQexec(session_->enter(), fetch_text(kFirstBatch).c_str()));
      session_->check(first.get(), sql_);
    }
  } catch (Error& error) {
    error.position = std::max(0, error.position - static_cast<int>(before.size()));
    session_->report();
    error.statement = sql_;
    throw;
  }
  session_->report();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const int rows = PQntuples(first.get());
  start({std::move(first), rows, kFirstBatch, took.count(), false});
}

std::string PostgresStream::fetch_text(int rows) const { return cat("FETCH ", rows, " FROM ", name_); }

void PostgresStream::start(Batch batch) {
  for (int i = 0; i < PQnfields(batch.result.get()); ++i) {
    const Oid type = PQftype(batch.result.get(), i);
    columns_.add(PQfname(batch.result.get(), i), session_->type(type));
    columns_.origins.push_back({PQftable(batch.result.get(), i), PQftablecol(batch.result.get(), i), type, "", ""});
    binary_columns_.add(type);
  }
  batch_ = std::move(batch);
  prefetch();
}

bool PostgresStream::next() {
  if (++row_ < batch_.rows) return true;
  return advance();
}

bool PostgresStream::advance() {
  const bool more = !closed_ && batch_.rows == batch_.asked;
  if (more && pending_.valid()) {
    session_->clear_outstanding(this);
    settle();
    session_->report();
  }
  if (more && failed_) {
    close();
    throw Error(*failed_);
  }
  if (!more) {
    close();
    return false;
  }
  batch_ = std::move(arrived_);
  row_ = 0;
  if (batch_.rows == 0) return advance();
  prefetch();
  return true;
}

void PostgresStream::prefetch() {
  if (batch_.rows < batch_.asked) return;
  if (!cursor_is_there()) {
    Error gone(ErrorKind::kSql, "the rows of this loop ended with the transaction or savepoint that it began in");
    gone.sqlstate = "34000";
    throw gone;
  }
  PGconn* connection = session_->enter();
  const int rows = next_batch_rows(batch_.result.get(), batch_.rows, batch_.seconds);
  const bool binary = binary_is_readable(connection);
  pending_ = std::async(std::launch::async, [connection, rows, binary, command = fetch_text(rows)] {
    const auto began = std::chrono::steady_clock::now();
    Batch batch;
    batch.result = fetch(connection, command.c_str(), binary);
    batch.binary = binary;
    batch.rows = PQntuples(batch.result.get());
    batch.asked = rows;
    batch.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return batch;
  });
  session_->set_outstanding(this);
}

// Asked before each FETCH, because the script may change the settings inside its loop.
bool PostgresStream::binary_is_readable(PGconn* connection) const {
  return binary_columns_.readable({PQparameterStatus(connection, "DateStyle"),
                                   PQparameterStatus(connection, "TimeZone"),
                                   PQparameterStatus(connection, "client_encoding"), PQserverVersion(connection)});
}

void PostgresStream::settle() noexcept {
  arrived_ = pending_.get();
  if (PQresultStatus(arrived_.result.get()) == PGRES_TUPLES_OK) return;
  failed_ = std::make_shared<const Error>(session_->failure(sql_, "the fetch failed"));
  session_->keep_failure(*failed_);
}

std::string_view PostgresStream::data(std::size_t column) const {
  const int field = static_cast<int>(column);
  return {PQgetvalue(batch_.result.get(), row_, field),
          static_cast<std::size_t>(PQgetlength(batch_.result.get(), row_, field))};
}

Cell PostgresStream::cell(std::size_t column) {
  columns_.require(column);
  const std::string_view value = data(column);
  if (value.empty() && PQgetisnull(batch_.result.get(), row_, static_cast<int>(column)) != 0) return {};
  if (batch_.binary) return binary_columns_.decode(column, value);
  return decode_cell(columns_.types[column], value, columns_.scratch[column]);
}

Value PostgresStream::array(std::size_t column) {
  columns_.require(column);
  if (PQgetisnull(batch_.result.get(), row_, static_cast<int>(column)) != 0) return Null{};
  return decode_array(columns_.types[column], data(column));
}

// Naming a cursor that is gone would abort the transaction that is open now.
bool PostgresStream::cursor_is_there() {
  const TransactionState state = session_->state();
  if (state == TransactionState::kLost || state == TransactionState::kFailed) return false;
  const PostgresWatch& watch = session_->watch();
  if (watch.cursors_closed == cursors_closed_ && (hold_ || watch.transactions_ended == transactions_ended_))
    return true;
  return !session_->execute(cat("SELECT FROM pg_catalog.pg_cursors WHERE name = '", name_, "'")).empty();
}

void PostgresStream::close() noexcept {
  if (closed_) return;
  closed_ = true;
  try {
    if (pending_.valid()) {
      session_->clear_outstanding(this);
      settle();
    }
    batch_ = {};
    if (cursor_is_there()) session_->execute(cat("CLOSE ", name_));
  } catch (const std::exception&) {
    // what cannot be closed goes with its transaction or with the session
  }
}

}  // namespace tide
