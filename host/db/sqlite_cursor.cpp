#include "db/sqlite_cursor.h"

#include <limits>
#include <stdexcept>
#include <utility>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kAsideMemory = 4 << 20;  // bytes kept in memory before a temporary file is used

void read_row(SqliteStatement& statement, std::vector<Cell>& row) {
  row.resize(static_cast<std::size_t>(statement.columns()));
  for (std::size_t i = 0; i < row.size(); ++i) row[i] = statement.cell(static_cast<int>(i));
}

[[noreturn]] void refuse_array() { throw Error(ErrorKind::kInternal, "SQLite has no arrays"); }

}  // namespace

SqliteResult::SqliteResult(std::vector<std::string> names, std::vector<ColumnOrigin> origins,
                           std::unique_ptr<SqliteRows> rows)
    : names_(std::move(names)), origins_(std::move(origins)), rows_(std::move(rows)) {}

Value SqliteResult::array(std::size_t) { refuse_array(); }

SqliteStream::SqliteStream(std::unique_ptr<SqliteStatement> statement) : statement_(std::move(statement)) {
  has_first_ = step();
  names_ = statement_->names();
  origins_ = statement_->origins();
  texts_.resize(names_.size());
  if (has_first_) statement_->session().add_reader(this);
}

SqliteStream::~SqliteStream() { close(); }

bool SqliteStream::step() {
  const SqliteSession::Operation operation(statement_->session());
  try {
    return statement_->step();
  } catch (...) {
    statement_->session().settle(true);
    throw;
  }
}

bool SqliteStream::next() {
  if (at_ == At::kEnd) return false;
  if (aside_) return next_set_aside();
  try {
    const bool row = at_ == At::kBeforeFirst ? has_first_ : step();
    at_ = At::kRow;
    if (!row) close();
    return row;
  } catch (...) {
    close();
    throw;
  }
}

bool SqliteStream::next_set_aside() {
  at_ = At::kRow;
  if (aside_->next()) return true;
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  close();
  if (failure) std::rethrow_exception(failure);
  return false;
}

Cell SqliteStream::cell(std::size_t column) {
  if (at_ != At::kRow) throw std::out_of_range("no row to read");
  if (aside_) return aside_->row().at(column);
  Cell cell = statement_->cell(static_cast<int>(column));
  if (cell.kind == Cell::Kind::kText || cell.kind == Cell::Kind::kBytes) {
    cell.text = texts_.at(column).assign(cell.text);
  }
  return cell;
}

Value SqliteStream::array(std::size_t) { refuse_array(); }

void SqliteStream::set_aside() {
  auto rows = std::make_unique<SqliteRows>(kAsideMemory);
  std::vector<Cell> row;
  try {
    for (bool more = true; more; more = statement_->step()) {
      read_row(*statement_, row);
      rows->append(row);
    }
  } catch (...) {
    failure_ = std::current_exception();
  }
  rows->start_reading();
  if (at_ == At::kRow) rows->next();
  aside_ = std::move(rows);
  statement_.reset();
}

void SqliteStream::close() noexcept {
  if (statement_) statement_->session().remove_reader(this);
  statement_.reset();
  aside_.reset();
  at_ = At::kEnd;
}

std::unique_ptr<Cursor> read_whole(SqliteStatement& statement, std::int64_t& rows) {
  auto kept = std::make_unique<SqliteRows>(std::numeric_limits<std::size_t>::max());
  std::vector<Cell> row;
  for (rows = 0; statement.step(); ++rows) {
    read_row(statement, row);
    kept->append(row);
  }
  kept->start_reading();
  return std::make_unique<SqliteResult>(statement.names(), statement.origins(), std::move(kept));
}

}  // namespace tide
