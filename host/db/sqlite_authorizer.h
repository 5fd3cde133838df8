#pragma once

struct sqlite3;

namespace tide {

// Hears what a statement will do while SQLite compiles it: refuses what would let a protected session write, and knows
// whether anything was compiled that may leave something behind in the session.
class SqliteAuthorizer {
 public:
  SqliteAuthorizer() = default;
  SqliteAuthorizer(const SqliteAuthorizer&) = delete;
  SqliteAuthorizer& operator=(const SqliteAuthorizer&) = delete;

  // From now on. It lives longer than the handle; statements compiled before are compiled again when they run.
  void watch(sqlite3* db);

  void set_protected(bool on);  // a script cannot switch query_only off
  bool protects() const { return protects_; }

  // A PRAGMA, an ATTACH or something temporary, since forget_marks.
  bool session_marked() const { return session_marked_; }
  void forget_marks() { session_marked_ = false; }

  // Between the two, whether what was compiled is worth keeping: it neither changes the schema, which makes every
  // statement stale, nor the session, which running it once more would do unheard.
  void begin_statement() { reusable_ = true; }
  bool reusable() const { return reusable_; }

 private:
  static int decide(void* self, int action, const char* name, const char* value, const char* database, const char*);
  void note(int action, const char* database);

  sqlite3* db_ = nullptr;
  bool protects_ = false;
  bool session_marked_ = false;
  bool reusable_ = true;
};

}  // namespace tide
