#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <vector>

#include "db/sqlite_authorizer.h"
#include "db/sqlite_url.h"
#include "tide/connection.h"

struct sqlite3;
struct sqlite3_stmt;

namespace tide {

// A reader that steps through a statement while other statements run. Before anything that could disturb it, it is
// asked to take the rest of its rows to the side.
class SqliteReader {
 public:
  virtual ~SqliteReader() = default;
  virtual void set_aside() = 0;
};

// One open database: the handle, its prepared statements, how long it waits, and what is known of its transaction.
class SqliteSession {
 public:
  explicit SqliteSession(const SqliteUrl& url);
  ~SqliteSession();
  SqliteSession(const SqliteSession&) = delete;
  SqliteSession& operator=(const SqliteSession&) = delete;

  sqlite3* handle() const { return db_; }

  // While it lives, statement_timeout runs and interrupt() stops what SQLite does.
  class Operation {
   public:
    explicit Operation(SqliteSession& session);
    ~Operation();
    Operation(const Operation&) = delete;
    Operation& operator=(const Operation&) = delete;

   private:
    SqliteSession& session_;
    const bool outermost_;
  };

  // A prepared statement, kept from earlier or new; nullptr when the text holds no statement. It belongs to the caller
  // until give_back.
  sqlite3_stmt* take(const std::string& sql);
  void give_back(const std::string& sql, sqlite3_stmt* statement) noexcept;
  void forget_statements() noexcept;

  void execute(const std::string& sql);          // the driver's own statements
  std::int64_t integer(const std::string& sql);  // first column of the first row
  [[noreturn]] void raise(int rc, const std::string& sql);

  void begin(const TransactionOptions& options);
  // Inside of a transaction, until it ends.
  void enforce_foreign_keys(bool on);
  // After every statement: notices the end of a transaction, also one that SQLite ended by itself.
  void settle(bool statement_failed);
  bool in_transaction() const;
  // SQLite rolled the transaction back by itself: nothing runs until it was told so with ROLLBACK.
  bool rolled_back() const { return rolled_back_; }
  void acknowledge_rollback();

  void add_reader(SqliteReader* reader) { readers_.push_back(reader); }
  void remove_reader(SqliteReader* reader) noexcept { readers_.remove(reader); }
  void set_readers_aside();

  void interrupt() noexcept;
  // Whether there may be something to put back: settings, attached databases, temporary objects.
  bool marked() const { return authorizer_.session_marked(); }
  void restore_defaults();

 private:
  struct Kept {
    std::string sql;
    sqlite3_stmt* statement;
  };
  struct Pragma {
    std::string name;
    std::int64_t value;
  };
  static int on_busy(void* self, int calls);
  static int on_progress(void* self);

  void open(const SqliteUrl& url);
  void configure();
  void protect();  // refuses every write; a script cannot switch it off
  void switch_foreign_keys(bool on);
  void refuse_rest(const std::string& sql, const char* rest);
  void discard(sqlite3_stmt* statement) noexcept;
  void end_transaction();

  sqlite3* db_ = nullptr;
  const SqliteUrl url_;
  std::list<Kept> kept_;  // most recently used first
  std::list<SqliteReader*> readers_;
  std::vector<Pragma> pragmas_;  // as they were after connecting
  SqliteAuthorizer authorizer_;
  std::vector<sqlite3_stmt*> used_once_;  // those on loan that are not kept

  std::atomic<bool> interrupted_{false};
  bool timed_out_ = false;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point waiting_since_;
  std::int64_t lock_timeout_ms_;  // -1 = without limit
  std::int64_t statement_timeout_ms_ = -1;

  bool open_ = false;  // a transaction was open after the last statement
  bool rolled_back_ = false;
  bool read_only_transaction_ = false;
  bool foreign_keys_off_ = false;  // for the transaction that is open
};

}  // namespace tide
