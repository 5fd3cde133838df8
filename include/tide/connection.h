#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tide/event.h"
#include "tide/value.h"

namespace tide {

struct Statement {
  Statement(std::string text) : sql(std::move(text)) {}
  Statement(const char* text) : sql(text) {}
  Statement(std::string text, std::vector<Value> values) : sql(std::move(text)), params(std::move(values)) {}

  std::string sql;
  std::vector<Value> params;  // $1, $2 ... on every engine; always bound
  std::string file;           // where it is sent from, for errors and events; empty when that is no file
  int line = 0;               // 1-based line in `file`
  bool internal = false;      // the engine's own (history, lock): not counted as the script's
};

struct ConnectionInfo {
  std::string engine;      // "postgres" or "sqlite"
  std::string version;     // "15.18", "3.40.1"
  int version_number = 0;  // 150018 as the server says it; 3040001
  std::string database;    // database name, or the path of the file (":memory:")
  std::string user;        // empty on SQLite
  std::string host;        // host or socket directory; empty on SQLite
  std::string port;        // of the server that took the session; empty on SQLite
  std::string display;     // for people: the URL without its password
};

enum class TransactionState : std::uint8_t { kIdle, kOpen, kFailed, kLost };

struct TransactionOptions {
  std::string isolation;  // "", "read committed", "repeatable read", "serializable"
  bool read_only = false;
  std::string lock_timeout;       // PostgreSQL text ("3s"); empty = leave it
  std::string statement_timeout;  // likewise
  bool managed = false;           // the engine's: the script may not end it (see Connection::execute)
};

// Where the values of a result column come from: the column of a table or view, as the server says it.
struct ColumnOrigin {
  std::uint32_t relation = 0;  // PostgreSQL: its oid; 0 = an expression
  int number = 0;              // PostgreSQL: the column's
  std::uint32_t type = 0;      // PostgreSQL: the value's
  std::string table;           // SQLite: "" = an expression
  std::string column;          // SQLite
};

// The rows of one statement, visited in order. Cells are views into the current row.
class Cursor {
 public:
  virtual ~Cursor() = default;
  virtual const std::vector<std::string>& names() const = 0;
  virtual ColumnOrigin origin(std::size_t) const { return {}; }
  virtual bool next() = 0;  // false at the end; raises when the statement fails midway
  virtual Cell cell(std::size_t column) = 0;
  virtual Value array(std::size_t column) = 0;  // a cell of kind kArray, decoded
  virtual void close() noexcept = 0;            // idempotent; the destructor calls it
};

struct CsvFormat {
  bool header = true;  // the first row names the columns
  char delimiter = ',';
};

// A bulk load under way. Destroying it unfinished discards what was written.
class CopyIn {
 public:
  virtual ~CopyIn() = default;
  virtual void write(const std::vector<Value>& row) = 0;
  virtual std::int64_t finish() = 0;  // rows loaded
};

// Stands at the door of a connection, on the thread that sends.
class Doorkeeper {
 public:
  // Before each statement of a script; what it raises is raised in place of running it. May run internal statements.
  // False: what the statement would do is done already, so that it is not sent.
  virtual bool enter(const Statement& statement) = 0;
  // When the statement has ended, however it did; not when enter() raised or said false.
  virtual void leave(const Statement& statement) noexcept = 0;

 protected:
  ~Doorkeeper() = default;
};

class Mask;

// One session with a database. Every statement passes `run`, the one door: there it is checked against the
// session's policy, timed, counted and turned into an event. Not thread-safe, except interrupt().
class Connection {
 public:
  virtual ~Connection() = default;

  const ConnectionInfo& info() const { return info_; }

  // Runs one statement; several in one text are an error (kUsage) that names db:script.
  // Returns rows affected (0 for DDL; for SELECT the rows it returned).
  std::int64_t execute(const Statement& statement);
  // Runs one statement and holds its whole result.
  std::unique_ptr<Cursor> query(const Statement& statement);
  // Reads in constant memory; any other statement may run on this connection between two next() calls.
  // On PostgreSQL outside a transaction the cursor holds a transaction of its own only where the server
  // needs one (WITH HOLD); the caller sees no difference.
  std::unique_ptr<Cursor> stream(const Statement& statement);

  // Engine-level transaction control. begin() inside an open transaction is an error.
  void begin(const TransactionOptions& options = {});
  void commit();
  void rollback();  // also fine when the server has already aborted it
  void savepoint(const std::string& name);
  void release(const std::string& name);
  void rollback_to(const std::string& name);
  virtual TransactionState transaction_state() const = 0;
  bool in_managed_transaction() const { return managed_; }

  // Loads rows: COPY on PostgreSQL, prepared inserts in a transaction on SQLite.
  std::unique_ptr<CopyIn> copy_in(const std::string& table, const std::vector<std::string>& columns);
  // Writes the rows of `query` as CSV (RFC 4180, NULL is an empty unquoted field), one call a row, each ending
  // in a newline. Returns the number of data rows.
  std::int64_t copy_out(const Statement& query, CsvFormat format, const std::function<void(std::string_view)>& write);
  // COPY ... FROM stdin of a script: `data` is what stands between the statement and "\.". PostgreSQL only.
  std::int64_t copy_data(const Statement& copy_statement, std::string_view data);

  virtual std::string ident(std::string_view name) const = 0;  // quoted where it must be
  std::string literal(const Value& value) const;               // for text that cannot take a parameter

  // SQLite: whether foreign keys are looked after. Inside of a transaction, where the PRAGMA does nothing; put back
  // when it ends. Elsewhere, and while a deferred violation waits for its COMMIT, an error (kUsage).
  void enforce_foreign_keys(bool on);

  // Puts the session back as it was after connecting (settings, temporary tables, role). Only when idle.
  virtual void reset_session() = 0;

  // May be called from a signal handler or another thread: the running statement fails with kInterrupted.
  virtual void interrupt() noexcept = 0;

  virtual bool read_only() = 0;
  // True when a connection pooler stands between us and the server: then two statements outside of a transaction may
  // meet two sessions, and what is set or locked for a session is not ours. Only when idle; asks the server once.
  virtual bool pooled() { return false; }
  virtual std::unique_ptr<Connection> clone() = 0;  // another session with the same database

  void set_events(const EventStream* events) { events_ = events; }
  // nullptr = none. It must outlive what is sent.
  void set_doorkeeper(Doorkeeper* doorkeeper) { doorkeeper_ = doorkeeper; }
  // Covers what a script reads; nullptr = nothing.
  void set_mask(std::shared_ptr<Mask> mask) { mask_ = std::move(mask); }
  const std::shared_ptr<Mask>& mask() const { return mask_; }
  // In a dry run, statements that cannot run inside a transaction are recorded as events and not run.
  void set_recording(bool on) { recording_ = on; }

  std::int64_t statements() const { return statements_; }  // the script's own that succeeded, since reset_counters
  std::int64_t rows() const { return rows_; }              // rows affected by them
  std::int64_t recorded() const { return recorded_; }      // of them, those that were recorded and not run
  void reset_counters() { statements_ = rows_ = recorded_ = 0; }

 protected:
  enum class Mode : std::uint8_t { kExecute, kQuery, kStream };
  struct Outcome {
    std::int64_t rows = 0;
    std::unique_ptr<Cursor> cursor;
  };
  virtual Outcome do_run(const Statement& statement, Mode mode) = 0;
  virtual void do_begin(const TransactionOptions& options) = 0;
  virtual void do_enforce_foreign_keys(bool on);
  virtual void before_commit() {}  // in the open transaction, as the last thing
  virtual std::unique_ptr<CopyIn> do_copy_in(const std::string& table, const std::vector<std::string>& columns) = 0;
  virtual std::int64_t do_copy_out(const Statement& query, CsvFormat format,
                                   const std::function<void(std::string_view)>& write) = 0;
  virtual std::int64_t do_copy_data(const Statement& copy_statement, std::string_view data) = 0;
  void notice(const std::string& level, const std::string& text);

  ConnectionInfo info_;

 private:
  Outcome run(const Statement& statement, Mode mode);
  void report(const Statement& statement, std::int64_t rows, double ms, const Error* error, bool recorded);

  const EventStream* events_ = nullptr;
  Doorkeeper* doorkeeper_ = nullptr;
  std::shared_ptr<Mask> mask_;
  bool managed_ = false;
  bool recording_ = false;
  std::int64_t statements_ = 0;
  std::int64_t rows_ = 0;
  std::int64_t recorded_ = 0;
};

}  // namespace tide
