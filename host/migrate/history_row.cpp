#include "migrate/history_row.h"

#include <chrono>

namespace tide {
namespace {

void put_digits(std::string& text, std::size_t at, int digits, std::int64_t value) {
  for (; digits > 0; --digits, value /= 10)
    text[at + static_cast<std::size_t>(digits) - 1] = static_cast<char>('0' + value % 10);
}

// By hand: the library's formatting would take as long as the rest of reading a history of thousands.
std::string iso_time(std::int64_t ms_since_1970) {
  using namespace std::chrono;
  sys_time<milliseconds> time{milliseconds(ms_since_1970)};
  sys_days day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text, 0, 4, static_cast<int>(date.year()));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, clock.hours().count());
  put_digits(text, 14, 2, clock.minutes().count());
  put_digits(text, 17, 2, clock.seconds().count());
  put_digits(text, 20, 3, clock.subseconds().count());
  return text;
}

}  // namespace

std::string text_at(Cursor& row, std::size_t column) {
  Cell cell = row.cell(column);
  return cell.kind == Cell::Kind::kNull ? "" : std::string(cell.text);
}

// SQLite has no booleans, only 0 and 1.
bool bool_at(Cursor& row, std::size_t column) {
  Cell cell = row.cell(column);
  return cell.kind == Cell::Kind::kBool ? cell.boolean : cell.integer != 0;
}

std::string time_at(Cursor& row, std::size_t column) {
  Cell cell = row.cell(column);
  return cell.kind == Cell::Kind::kInteger ? iso_time(cell.integer) : std::string(cell.text);
}

const char* kind_text(Migration::Kind kind) { return kind == Migration::Kind::kLua ? "lua" : "sql"; }

Migration::Kind kind_of(std::string_view text) { return text == "sql" ? Migration::Kind::kSql : Migration::Kind::kLua; }

}  // namespace tide
