#include "db/sqlite_statement.h"

#include <sqlite3.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "db/sqlite_literal.h"
#include "tide/error.h"

namespace tide {
namespace {

// The n of "$n"; kUsage for every other way SQLite knows to write a parameter.
std::size_t parameter_number(const char* name, const std::string& sql) {
  const std::string_view text = name ? name : "?";
  std::size_t number = 0;
  const char* end = text.data() + text.size();
  if (text.size() > 1 && text[0] == '$' && text[1] != '0') {
    const auto [rest, status] = std::from_chars(text.data() + 1, end, number);
    if (status == std::errc() && rest == end) return number;
  }
  Error error(ErrorKind::kUsage, cat("the parameter ", text, " is not written $1, $2 ..."));
  if (number > 0 && text.find("::") != std::string_view::npos) {
    error.hint = cat("SQLite takes all of it for the parameter's name; write CAST($", number, " AS ...)");
  }
  error.statement = sql;
  throw error;
}

// Which parameter each of SQLite's slots (from 1) stands for.
std::vector<std::size_t> parameter_numbers(sqlite3_stmt* statement, const std::string& sql) {
  std::vector<std::size_t> numbers;
  const int slots = sqlite3_bind_parameter_count(statement);
  for (int slot = 1; slot <= slots; ++slot) {
    numbers.push_back(parameter_number(sqlite3_bind_parameter_name(statement, slot), sql));
  }
  return numbers;
}

std::string counted(std::size_t n, std::string_view noun) { return cat(n, " ", noun, n == 1 ? "" : "s"); }

void require_values(const std::vector<std::size_t>& numbers, std::size_t given, const std::string& sql) {
  std::size_t takes = 0;
  for (const std::size_t number : numbers) takes = std::max(takes, number);
  if (takes != given) {
    Error error(ErrorKind::kUsage, cat("the statement takes ", counted(takes, "parameter"), ", ",
                                       counted(given, "value"), given == 1 ? " was given" : " were given"));
    error.statement = sql;
    throw error;
  }
  std::vector<bool> used(takes);
  for (const std::size_t number : numbers) used[number - 1] = true;
  for (std::size_t i = 0; i < takes; ++i) {
    if (used[i]) continue;
    Error error(ErrorKind::kSql, cat("the statement does not use parameter $", i + 1));
    error.sqlstate = "42P18";
    error.statement = sql;
    throw error;
  }
}

bool fits_text(const std::string& text) { return text.find('\0') == std::string::npos && is_utf8(text); }

int bind_text(sqlite3_stmt* statement, int slot, const std::string& text) {
  return sqlite3_bind_text64(statement, slot, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
}

int bind_blob(sqlite3_stmt* statement, int slot, const std::string& data) {
  return sqlite3_bind_blob64(statement, slot, data.data(), data.size(), SQLITE_TRANSIENT);
}

// SQLite would store NULL instead, without a word.
int bind_double(sqlite3_stmt* statement, int slot, double number, std::size_t parameter) {
  if (!std::isnan(number)) return sqlite3_bind_double(statement, slot, number);
  Error error(ErrorKind::kSql, cat("parameter $", parameter, " is NaN, which SQLite cannot store"));
  error.sqlstate = "22003";
  throw error;
}

[[noreturn]] void refuse_array(std::size_t parameter) {
  throw Error(ErrorKind::kUsage,
              cat("parameter $", parameter, " is an array, which SQLite does not have; store json.encode(value)"));
}

}  // namespace

SqliteStatement::SqliteStatement(std::shared_ptr<SqliteSession> session, std::string sql)
    : session_(std::move(session)), sql_(std::move(sql)), statement_(session_->take(sql_)) {}

SqliteStatement::~SqliteStatement() { session_->give_back(sql_, statement_); }

bool SqliteStatement::writes() const { return !empty() && sqlite3_stmt_readonly(statement_) == 0; }

bool SqliteStatement::only_reads() const { return columns() > 0 && !writes(); }

int SqliteStatement::columns() const { return empty() ? 0 : sqlite3_column_count(statement_); }

std::vector<std::string> SqliteStatement::names() const {
  std::vector<std::string> names;
  for (int i = 0; i < columns(); ++i) names.emplace_back(sqlite3_column_name(statement_, i));
  return names;
}

std::vector<ColumnOrigin> SqliteStatement::origins() const {
  std::vector<ColumnOrigin> origins(static_cast<std::size_t>(columns()));
  const auto text = [](const char* found) { return std::string(found == nullptr ? "" : found); };
  for (int i = 0; i < columns(); ++i) {
    ColumnOrigin& origin = origins[static_cast<std::size_t>(i)];
    origin.table = text(sqlite3_column_table_name(statement_, i));
    origin.column = text(sqlite3_column_origin_name(statement_, i));
  }
  return origins;
}

void SqliteStatement::bind(const std::vector<Value>& params) {
  const auto numbers = empty() ? std::vector<std::size_t>() : parameter_numbers(statement_, sql_);
  require_values(numbers, params.size(), sql_);
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    bind_one(static_cast<int>(i) + 1, numbers[i], params[numbers[i] - 1]);
  }
}

void SqliteStatement::bind_one(int slot, std::size_t number, const Value& value) {
  int rc = SQLITE_OK;
  if (value.is_null()) {
    rc = sqlite3_bind_null(statement_, slot);
  } else if (const auto* boolean = std::get_if<bool>(&value.data)) {
    rc = sqlite3_bind_int(statement_, slot, *boolean ? 1 : 0);
  } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
    rc = sqlite3_bind_int64(statement_, slot, *integer);
  } else if (const auto* real = std::get_if<double>(&value.data)) {
    rc = bind_double(statement_, slot, *real, number);
  } else if (const auto* numeric = std::get_if<Numeric>(&value.data)) {
    const auto real_number = as_real(*numeric);
    rc = real_number ? sqlite3_bind_double(statement_, slot, *real_number) : bind_text(statement_, slot, numeric->text);
  } else if (const auto* text = std::get_if<std::string>(&value.data)) {
    rc = fits_text(*text) ? bind_text(statement_, slot, *text) : bind_blob(statement_, slot, *text);
  } else if (const auto* bytes = std::get_if<Bytes>(&value.data)) {
    rc = bind_blob(statement_, slot, bytes->data);
  } else {
    refuse_array(number);
  }
  if (rc != SQLITE_OK) session_->raise(rc, sql_);
}

bool SqliteStatement::step() {
  if (empty()) return false;
  const int rc = sqlite3_step(statement_);
  if (rc == SQLITE_ROW) return true;
  if (rc != SQLITE_DONE) session_->raise(rc, sql_);
  return false;
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

bool SqliteStatement::is_boolean(int column) {
  const auto index = static_cast<std::size_t>(column);
  if (index >= booleans_.size()) booleans_.resize(index + 1, -1);
  if (booleans_[index] < 0) {
    const char* declared = sqlite3_column_decltype(statement_, column);
    const bool boolean =
        declared && (sqlite3_stricmp(declared, "boolean") == 0 || sqlite3_stricmp(declared, "bool") == 0);
    booleans_[index] = boolean ? 1 : 0;
  }
  return booleans_[index] == 1;
}

Cell SqliteStatement::cell(int column) {
  Cell cell;
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      cell.integer = sqlite3_column_int64(statement_, column);
      cell.kind = Cell::Kind::kInteger;
      if ((cell.integer == 0 || cell.integer == 1) && is_boolean(column)) {
        cell.boolean = cell.integer == 1;
        cell.kind = Cell::Kind::kBool;
      }
      break;
    case SQLITE_FLOAT:
      cell.real = sqlite3_column_double(statement_, column);
      cell.kind = Cell::Kind::kFloat;
      break;
    case SQLITE_TEXT:
    case SQLITE_BLOB: {
      const bool text = sqlite3_column_type(statement_, column) == SQLITE_TEXT;
      const void* data = text ? sqlite3_column_text(statement_, column) : sqlite3_column_blob(statement_, column);
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
      cell.text = {data ? static_cast<const char*>(data) : "", size};
      cell.kind = text ? Cell::Kind::kText : Cell::Kind::kBytes;
      break;
    }
    default:
      break;
  }
  return cell;
}

}  // namespace tide
