#include "tide/connection.h"

#include <chrono>
#include <utility>

#include "base/text.h"
#include "db/cell_text.h"
#include "db/mask.h"
#include "db/postgres_encode.h"
#include "db/sql_scan.h"
#include "db/sqlite_literal.h"
#include "sys/interrupt.h"

namespace tide {
namespace {

constexpr const char* kLostBefore = "the connection was lost before COMMIT: the server rolls the transaction back";
constexpr const char* kLostDuring =
    "the connection was lost during COMMIT: whether the transaction was committed is not known";

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

class NoRows final : public Cursor {
 public:
  const std::vector<std::string>& names() const override { return names_; }
  bool next() override { return false; }
  Cell cell(std::size_t) override { return {}; }
  Value array(std::size_t) override { return {}; }
  void close() noexcept override {}

 private:
  std::vector<std::string> names_;
};

Statement own(std::string sql) {
  Statement statement(std::move(sql));
  statement.internal = true;
  return statement;
}

bool holds_several(const std::string& sql, Dialect dialect) {
  return sql.find(';') != sql.npos && split_sql(sql, dialect).size() > 1;
}

bool only_reads(const SqlClass& words) {
  return words.verb == "SELECT" || words.verb == "VALUES" || words.verb == "TABLE" || words.verb == "SHOW" ||
         words.verb == "EXPLAIN" || words.verb == "PRAGMA";
}

void place(Error& error, const Statement& statement) {
  error.statement = statement.sql;
  if (!statement.file.empty() && error.file.empty()) error.at(statement.file, statement.line);
}

[[noreturn]] void refuse(const char* reason, const Statement& statement) {
  Error error(ErrorKind::kUsage, reason);
  place(error, statement);
  throw error;
}

void refuse_wrong_door(const SqlClass& words, const Statement& statement, bool managed, Dialect dialect) {
  if (holds_several(statement.sql, dialect)) {
    refuse("several statements in one text: db:script runs them one after the other", statement);
  }
  if (words.copy_from_stdin) {
    refuse("COPY ... FROM STDIN needs its data: use db:copy_in, or db:script with the data in the text", statement);
  }
  if (managed && (words.begins_transaction || words.ends_transaction)) {
    refuse(
        "the migration runs in its own transaction: take this statement out, or let it run without one (transaction = "
        "false; in a SQL file -- tide:no-transaction)",
        statement);
  }
}

// Runs `action`, which returns its rows, and reports (rows, ms, error) how it went.
template <class Action, class Report>
std::int64_t timed(const Statement& statement, const Action& action, const Report& report) {
  const Clock::time_point began = Clock::now();
  std::int64_t rows = 0;
  try {
    rows = action();
  } catch (Error& error) {
    place(error, statement);
    report(0, ms_since(began), &error);
    throw;
  }
  report(rows, ms_since(began), nullptr);
  return rows;
}

// Tells how a bulk load ended, once.
class ReportedCopy final : public CopyIn {
 public:
  using Done = std::function<void(std::int64_t rows, const Error* error)>;
  ReportedCopy(std::unique_ptr<CopyIn> copy, Done done) : copy_(std::move(copy)), done_(std::move(done)) {}

  void write(const std::vector<Value>& row) override { copy_->write(row); }

  std::int64_t finish() override {
    std::int64_t rows = 0;
    try {
      rows = copy_->finish();
    } catch (Error& error) {
      tell(0, &error);
      throw;
    }
    tell(rows, nullptr);
    return rows;
  }

 private:
  void tell(std::int64_t rows, const Error* error) {
    if (const Done done = std::exchange(done_, nullptr)) done(rows, error);
  }

  std::unique_ptr<CopyIn> copy_;
  Done done_;
};

// A statement of a script inside the door.
class Passage {
 public:
  Passage(Doorkeeper* doorkeeper, const Statement& statement)
      : doorkeeper_(statement.internal ? nullptr : doorkeeper), statement_(statement) {
    open_ = doorkeeper_ == nullptr || doorkeeper_->enter(statement_);
  }
  ~Passage() {
    if (doorkeeper_ != nullptr && open_) doorkeeper_->leave(statement_);
  }
  bool open() const { return open_; }
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;

 private:
  Doorkeeper* doorkeeper_;
  const Statement& statement_;
  bool open_ = true;
};

// Ctrl-C while the doorkeeper asked the server something has cancelled that, if anything: it is meant for this one.
void refuse_after_interrupt(const Statement& statement) {
  if (!statement.internal && interrupted()) throw Error(ErrorKind::kInterrupted, "interrupted");
}

Dialect dialect_of(const ConnectionInfo& info) {
  return info.engine == "sqlite" ? Dialect::kSqlite : Dialect::kPostgres;
}

}  // namespace

std::int64_t Connection::execute(const Statement& statement) { return run(statement, Mode::kExecute).rows; }

std::unique_ptr<Cursor> Connection::query(const Statement& statement) { return run(statement, Mode::kQuery).cursor; }

std::unique_ptr<Cursor> Connection::stream(const Statement& statement) { return run(statement, Mode::kStream).cursor; }

Connection::Outcome Connection::run(const Statement& statement, Mode mode) {
  SqlClass words;
  if (!statement.internal) {
    words = classify_sql(statement.sql, dialect_of(info_));
    refuse_wrong_door(words, statement, managed_, dialect_of(info_));
    if (recording_ && words.outside_transaction) {
      ++recorded_;
      report(statement, 0, 0, nullptr, true);
      return {0, std::make_unique<NoRows>()};
    }
  }
  Outcome outcome;
  const auto action = [&] {
    const Passage passage(doorkeeper_, statement);
    refuse_after_interrupt(statement);
    outcome = passage.open() ? do_run(statement, mode) : Outcome{0, std::make_unique<NoRows>()};
    if (mask_ && !statement.internal) outcome.cursor = mask_->cover(*this, statement, std::move(outcome.cursor));
    return outcome.rows;
  };
  const std::int64_t rows = timed(statement, action, [&](std::int64_t count, double ms, Error* error) {
    if (mask_ && error != nullptr) Mask::hide_values(*error);
    report(statement, count, ms, error, false);
  });
  if (!statement.internal && !only_reads(words)) rows_ += rows;
  return outcome;
}

void Connection::report(const Statement& statement, std::int64_t rows, double ms, const Error* error, bool recorded) {
  if (!statement.internal && error == nullptr) ++statements_;
  if (events_ == nullptr) return;
  Event event;
  event.kind = Event::Kind::kStatementDone;
  event.sql = statement.sql;
  event.params = statement.params;
  event.file = statement.file;
  event.line = statement.line;
  event.rows = rows;
  event.ms = ms;
  event.internal = statement.internal;
  event.recorded = recorded;
  if (error != nullptr) event.error = std::make_shared<const Error>(*error);
  events_->emit(event);
}

void Connection::notice(const std::string& level, const std::string& text) {
  if (events_ == nullptr) return;
  Event event;
  event.kind = Event::Kind::kNotice;
  event.level = level;
  event.text = mask_ ? Mask::hidden_notice() : text;
  events_->emit(event);
}

void Connection::begin(const TransactionOptions& options) {
  const TransactionState state = transaction_state();
  if (state == TransactionState::kOpen || state == TransactionState::kFailed) {
    throw Error(ErrorKind::kUsage, "a transaction is open already: use a savepoint inside it, or end it first");
  }
  const Statement statement = own("BEGIN");
  const auto action = [&] {
    do_begin(options);
    return 0;
  };
  timed(statement, action,
        [&](std::int64_t rows, double ms, const Error* error) { report(statement, rows, ms, error, false); });
  managed_ = options.managed;
}

void Connection::commit() {
  const TransactionState before = transaction_state();
  if (before == TransactionState::kIdle) {
    throw Error(ErrorKind::kUsage, "no transaction is open: it was ended before its commit");
  }
  if (before == TransactionState::kFailed) {
    Error error(ErrorKind::kSql, "nothing can be committed: a statement of this transaction failed; roll it back");
    error.sqlstate = "25P02";
    throw error;
  }
  try {
    before_commit();
    run(own("COMMIT"), Mode::kExecute);
  } catch (Error& error) {
    const TransactionState after = transaction_state();
    if (after == TransactionState::kIdle || after == TransactionState::kLost) managed_ = false;
    if (error.kind == ErrorKind::kConnect) error.detail = before == TransactionState::kLost ? kLostBefore : kLostDuring;
    throw;
  }
  managed_ = false;
}

void Connection::rollback() {
  managed_ = false;
  const TransactionState state = transaction_state();
  if (state == TransactionState::kIdle || state == TransactionState::kLost) return;
  run(own("ROLLBACK"), Mode::kExecute);
}

void Connection::savepoint(const std::string& name) { run(own(cat("SAVEPOINT ", ident(name))), Mode::kExecute); }

void Connection::release(const std::string& name) { run(own(cat("RELEASE SAVEPOINT ", ident(name))), Mode::kExecute); }

void Connection::rollback_to(const std::string& name) {
  run(own(cat("ROLLBACK TO SAVEPOINT ", ident(name))), Mode::kExecute);
}

void Connection::enforce_foreign_keys(bool on) {
  const Statement statement(cat("PRAGMA foreign_keys = ", on ? "ON" : "OFF",
                                " /* by the C interface: in a transaction the PRAGMA does nothing */"));
  const auto action = [&] {
    do_enforce_foreign_keys(on);
    return 0;
  };
  timed(statement, action,
        [&](std::int64_t rows, double ms, const Error* error) { report(statement, rows, ms, error, false); });
}

void Connection::do_enforce_foreign_keys(bool) {
  throw Error(ErrorKind::kUsage, "foreign keys are switched on and off on SQLite only");
}

std::unique_ptr<CopyIn> Connection::copy_in(const std::string& table, const std::vector<std::string>& columns) {
  const Statement statement(cat("COPY ", table, " (", join(columns, ", "), ") FROM STDIN"));
  const Clock::time_point began = Clock::now();
  auto done = [this, statement, began](std::int64_t rows, const Error* error) {
    rows_ += rows;
    report(statement, rows, ms_since(began), error, false);
  };
  try {
    const Passage passage(doorkeeper_, statement);
    return std::make_unique<ReportedCopy>(do_copy_in(table, columns), std::move(done));
  } catch (Error& error) {
    report(statement, 0, ms_since(began), &error, false);
    throw;
  }
}

std::int64_t Connection::copy_out(const Statement& query, CsvFormat format,
                                  const std::function<void(std::string_view)>& write) {
  if (!query.internal && holds_several(query.sql, dialect_of(info_))) {
    refuse("copy_out takes one query, and this text holds several statements", query);
  }
  return timed(
      query,
      [&] {
        const Passage passage(doorkeeper_, query);
        if (mask_) return write_csv(*mask_->cover(*this, query, do_run(query, Mode::kStream).cursor), format, write);
        return do_copy_out(query, format, write);
      },
      [&](std::int64_t rows, double ms, const Error* error) { report(query, rows, ms, error, false); });
}

std::int64_t Connection::copy_data(const Statement& copy_statement, std::string_view data) {
  const std::int64_t loaded = timed(
      copy_statement,
      [&] {
        const Passage passage(doorkeeper_, copy_statement);
        return do_copy_data(copy_statement, data);
      },
      [&](std::int64_t rows, double ms, const Error* error) { report(copy_statement, rows, ms, error, false); });
  if (!copy_statement.internal) rows_ += loaded;
  return loaded;
}

std::string Connection::literal(const Value& value) const {
  return dialect_of(info_) == Dialect::kSqlite ? sqlite_literal(value) : postgres_literal(value);
}

}  // namespace tide
