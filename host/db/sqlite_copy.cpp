#include "db/sqlite_copy.h"

#include <sqlite3.h>

#include <utility>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr const char* kSavepoint = "tide_copy_in";

// "schema.table" names a table of an attached database; a name that holds a double quote is taken as it is.
std::string table_name(const std::string& table) {
  if (table.find('"') != std::string::npos) return table;
  const std::size_t dot = table.find('.');
  if (dot == std::string::npos) return sqlite_ident(table);
  return cat(sqlite_ident(table.substr(0, dot)), ".", sqlite_ident(table.substr(dot + 1)));
}

std::string insert_text(const std::string& table, const std::vector<std::string>& columns, std::size_t width) {
  std::vector<std::string> names;
  std::vector<std::string> slots;
  for (const std::string& column : columns) names.push_back(sqlite_ident(column));
  for (std::size_t i = 1; i <= width; ++i) slots.push_back(cat("$", i));
  const std::string list = names.empty() ? "" : cat(" (", join(names, ", "), ")");
  return cat("INSERT INTO ", table, list, " VALUES (", join(slots, ", "), ")");
}

}  // namespace

std::string sqlite_ident(std::string_view name) {
  if (name.find('\0') != std::string_view::npos) throw Error(ErrorKind::kUsage, "a name cannot hold a NUL byte");
  bool simple = !name.empty() && !(name[0] >= '0' && name[0] <= '9');
  for (const char c : name) simple = simple && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_');
  const bool keyword = sqlite3_keyword_check(name.data(), static_cast<int>(name.size())) != 0;
  if (simple && !keyword && name != "true" && name != "false") return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

SqliteCopyIn::SqliteCopyIn(std::shared_ptr<SqliteSession> session, const std::string& table,
                           const std::vector<std::string>& columns, std::shared_ptr<bool> loading)
    : session_(std::move(session)), loading_(std::move(loading)), table_(table), width_(columns.size()) {
  const SqliteSession::Operation operation(*session_);
  const std::string name = table_name(table);
  if (columns.empty()) {
    width_ = static_cast<std::size_t>(SqliteStatement(session_, cat("SELECT * FROM ", name, " LIMIT 0")).columns());
  }
  session_->set_readers_aside();
  insert_ = std::make_unique<SqliteStatement>(session_, insert_text(name, columns, width_));
  session_->execute(cat("SAVEPOINT ", kSavepoint));
  session_->settle(false);
  *loading_ = true;
}

SqliteCopyIn::~SqliteCopyIn() { discard(); }

void SqliteCopyIn::require_open() const {
  if (insert_) return;
  throw Error(ErrorKind::kUsage, cat("the load into ", table_, " has ended; start another with copy_in"));
}

void SqliteCopyIn::write(const std::vector<Value>& row) {
  require_open();
  const SqliteSession::Operation operation(*session_);
  try {
    if (row.size() != width_) {
      throw Error(ErrorKind::kUsage, cat("the row has ", row.size(), " values, the load takes ", width_));
    }
    insert_->bind(row);
    insert_->step();
    insert_->reset();
    ++rows_;
  } catch (Error& error) {
    error.message = cat("row ", rows_ + 1, " of the load into ", table_, ": ", error.message);
    discard();
    throw;
  }
}

std::int64_t SqliteCopyIn::finish() {
  require_open();
  const SqliteSession::Operation operation(*session_);
  try {
    session_->execute(cat("RELEASE ", kSavepoint));
  } catch (...) {
    discard();
    throw;
  }
  insert_.reset();
  *loading_ = false;
  session_->settle(false);
  return rows_;
}

// A savepoint that SQLite has already rolled back as part of the whole transaction is gone: then there is nothing to
// do.
void SqliteCopyIn::discard() noexcept {
  if (!insert_) return;
  insert_.reset();
  *loading_ = false;
  try {
    if (session_->in_transaction()) {
      session_->execute(cat("ROLLBACK TO ", kSavepoint));
      session_->execute(cat("RELEASE ", kSavepoint));
      session_->settle(false);
    } else {
      session_->settle(true);
    }
  } catch (const std::exception&) {
  }
}

}  // namespace tide
