#include "db/sqlite_backup.h"

#include <sqlite3.h>

#include <memory>

#include "base/text.h"
#include "db/sqlite_connection.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr int kPagesAtATime = 2000;

using Database = std::unique_ptr<sqlite3, int (*)(sqlite3*)>;

[[noreturn]] void fail(const std::string& path, sqlite3* target, int rc) {
  const std::string reason = target != nullptr ? sqlite3_errmsg(target) : sqlite3_errstr(rc);
  throw Error(ErrorKind::kIo, cat("cannot write the copy \"", path, "\": ", reason));
}

Database create(const std::string& path) {
  sqlite3* raw = nullptr;
  const int rc =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_EXCLUSIVE, nullptr);
  Database database(raw, sqlite3_close);
  if (rc != SQLITE_OK) fail(path, raw, rc);
  return database;
}

void run(sqlite3* database, const std::string& path, const char* sql) {
  const int rc = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  if (rc != SQLITE_OK) fail(path, database, rc);
}

void copy_pages(sqlite3* source, sqlite3* target, const std::string& path, std::int64_t page_size,
                const std::function<void(std::int64_t, std::int64_t)>& progress) {
  const std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> copy(
      sqlite3_backup_init(target, "main", source, "main"), sqlite3_backup_finish);
  if (!copy) fail(path, target, SQLITE_ERROR);
  for (int rc = SQLITE_OK; rc != SQLITE_DONE;) {
    rc = sqlite3_backup_step(copy.get(), kPagesAtATime);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) fail(path, nullptr, rc);
    const std::int64_t total = sqlite3_backup_pagecount(copy.get());
    progress((total - sqlite3_backup_remaining(copy.get())) * page_size, total * page_size);
  }
}

bool in_wal_mode(sqlite3* database) {
  sqlite3_stmt* raw = nullptr;
  sqlite3_prepare_v2(database, "PRAGMA main.journal_mode", -1, &raw, nullptr);
  const std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement(raw, sqlite3_finalize);
  if (sqlite3_step(raw) != SQLITE_ROW) return false;
  return sqlite3_stricmp(reinterpret_cast<const char*>(sqlite3_column_text(raw, 0)), "wal") == 0;
}

}  // namespace

bool copy_sqlite(Connection& source, const std::string& path,
                 const std::function<void(std::int64_t done, std::int64_t total)>& progress) {
  SqliteSession& session = dynamic_cast<SqliteConnection&>(source).session();
  const std::int64_t page_size = session.integer("PRAGMA page_size");
  const Database target = create(path);
  // the copy is synced once, by the caller
  run(target.get(), path, "PRAGMA synchronous = OFF");
  copy_pages(session.handle(), target.get(), path, page_size, progress);
  const bool wal = in_wal_mode(session.handle());
  run(target.get(), path, "PRAGMA journal_mode = DELETE");
  return wal;
}

std::string sqlite_url(const std::string& path) {
  std::string url = "sqlite:";
  for (const char c : path) url += c == '%' ? "%25" : c == '?' ? "%3F" : std::string(1, c);
  return url;
}

}  // namespace tide
