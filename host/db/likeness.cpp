#include "db/likeness.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <utility>

#include "base/json.h"
#include "base/text.h"
#include "db/cell_text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::pair<std::string_view, Likeness> kNames[] = {
    {"text", Likeness::kText}, {"padded", Likeness::kPadded}, {"number", Likeness::kNumber},
    {"bool", Likeness::kBool}, {"bytes", Likeness::kBytes},   {"time", Likeness::kTime},
    {"uuid", Likeness::kUuid}, {"json", Likeness::kJson},     {"stored", Likeness::kStored},
    {"", Likeness::kIgnored},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads a text from its begin on.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}
  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!starts_with(rest_, word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string_view digits() {
    const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
    const auto found = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(found.size());
    return found;
  }
  // A number of that many digits, or more up to `most`.
  std::optional<std::int64_t> number(std::size_t least, std::size_t most) {
    const std::string_view found = digits();
    if (found.size() < least || found.size() > most) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : found) value = value * 10 + (c - '0');
    return value;
  }

 private:
  std::string_view rest_;
};

// Digits without zeros at either end, and the power of ten of the last one; false when the text is no decimal number.
bool append_decimal(std::string& out, std::string_view text) {
  Reader reader(text);
  const bool negative = reader.take('-');
  if (!negative) reader.take('+');
  std::string digits(reader.digits());
  std::int64_t power = 0;
  if (reader.take('.')) {
    const std::string_view fraction = reader.digits();
    power = -static_cast<std::int64_t>(fraction.size());
    digits += fraction;
  }
  if (digits.empty()) return false;
  if (reader.take('e') || reader.take('E')) {
    const bool down = reader.take('-');
    if (!down) reader.take('+');
    const auto exponent = reader.number(1, 6);
    if (!exponent) return false;
    power += down ? -*exponent : *exponent;
  }
  if (!reader.at_end()) return false;
  const std::size_t first = digits.find_first_not_of('0');
  if (first == digits.npos) {
    out += '0';
    return true;
  }
  const std::size_t last = digits.find_last_not_of('0');
  power += static_cast<std::int64_t>(digits.size() - 1 - last);
  out += cat(negative ? "-" : "", digits.substr(first, last - first + 1), "e", power);
  return true;
}

void append_number(std::string& out, std::string_view text) {
  if (!append_decimal(out, text)) out += text;
}

void append_bool(std::string& out, std::string_view text) {
  const bool yes = text == "t" || text == "true" || text == "1";
  const bool no = text == "f" || text == "false" || text == "0";
  out += yes ? "t" : no ? "f" : std::string(text);
}

// "+05:30", "-0800", "Z" or nothing, in microseconds.
std::optional<std::int64_t> read_zone(Reader& reader) {
  if (reader.at_end() || reader.take('Z') || reader.take('z')) return 0;
  const bool west = reader.take('-');
  if (!west && !reader.take('+')) return std::nullopt;
  const auto first = reader.number(2, 4);
  if (!first) return std::nullopt;
  std::int64_t hours = *first, minutes = 0, seconds = 0;
  if (hours > 99) {
    minutes = hours % 100;
    hours /= 100;
  }
  if (reader.take(':')) minutes = reader.number(2, 2).value_or(0);
  if (reader.take(':')) seconds = reader.number(2, 2).value_or(0);
  return (west ? -1 : 1) * ((hours * 60 + minutes) * 60 + seconds) * 1000000;
}

// The time of day, and how far its zone is from UTC.
std::optional<std::int64_t> read_clock(Reader& reader) {
  const auto hours = reader.number(2, 2);
  if (!hours || !reader.take(':')) return std::nullopt;
  const auto minutes = reader.number(2, 2);
  std::int64_t micros = 0;
  if (!minutes) return std::nullopt;
  if (reader.take(':')) {
    const auto seconds = reader.number(2, 2);
    if (!seconds) return std::nullopt;
    micros = *seconds * 1000000;
    if (reader.take('.')) {
      std::string fraction(reader.digits());
      if (fraction.size() > 6) return std::nullopt;
      fraction.resize(6, '0');
      micros += Reader(fraction).number(6, 6).value_or(0);
    }
  }
  const auto zone = read_zone(reader);
  if (!zone) return std::nullopt;
  return (*hours * 60 + *minutes) * 60000000 + micros - *zone;
}

// Microseconds since 1970 of a date, or of a timestamp. None for infinity, years before Christ, other texts.
std::optional<std::int64_t> read_time(std::string_view text) {
  Reader reader(text);
  const auto year = reader.number(4, 6);
  if (!year || !reader.take('-')) return std::nullopt;
  const auto month = reader.number(2, 2);
  if (!month || !reader.take('-')) return std::nullopt;
  const auto day = reader.number(2, 2);
  if (!day || *year > 30000) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  if (reader.at_end()) return days * 86400000000;
  if (!reader.take(' ') && !reader.take('T')) return std::nullopt;
  const auto clock = read_clock(reader);
  if (!clock || !reader.at_end()) return std::nullopt;
  return days * 86400000000 + *clock;
}

void append_time(std::string& out, std::string_view text) {
  const auto micros = read_time(text);
  micros ? out += std::to_string(*micros) : out += text;
}

void append_uuid(std::string& out, std::string_view text) {
  for (const char c : lower(text)) {
    if (c != '-' && c != '{' && c != '}') out += c;
  }
}

// As compact text, members in order, the last of those with one name.
void append_document(std::string& out, const Json& value);

void append_members(std::string& out, Json::Object members) {
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::stable_sort(members.begin(), members.end(), by_name);
  out += '{';
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
    out += cat(dump_json(members[i].first), ":");
    append_document(out, members[i].second);
    out += ',';
  }
  out += '}';
}

void append_document(std::string& out, const Json& value) {
  if (const auto* members = std::get_if<Json::Object>(&value.data)) return append_members(out, *members);
  if (const auto* list = std::get_if<Json::List>(&value.data)) {
    out += '[';
    for (const Json& item : *list) {
      append_document(out, item);
      out += ',';
    }
    out += ']';
    return;
  }
  const std::string text = dump_json(value);
  std::holds_alternative<std::string>(value.data) ? out += text : (append_number(out, text), out);
}

void append_json(std::string& out, std::string_view text) {
  try {
    append_document(out, parse_json(text));
  } catch (const Error&) {
    out += text;  // no JSON, and like nothing but itself
  }
}

void append_as(std::string& out, std::string_view text, Likeness likeness) {
  switch (likeness) {
    case Likeness::kPadded:
      out += text.substr(0, text.find_last_not_of(' ') + 1);
      return;
    case Likeness::kNumber:
      return append_number(out, text);
    case Likeness::kBool:
      return append_bool(out, text);
    case Likeness::kTime:
      return append_time(out, text);
    case Likeness::kUuid:
      return append_uuid(out, text);
    case Likeness::kJson:
      return append_json(out, text);
    default:
      out += text;
  }
}

bool is_number(Cell::Kind kind) {
  return kind == Cell::Kind::kInteger || kind == Cell::Kind::kFloat || kind == Cell::Kind::kNumeric;
}

void append_value(std::string& out, Cursor& row, std::size_t column, const Cell& cell, Likeness likeness) {
  if (cell.kind == Cell::Kind::kBytes) {
    out += likeness == Likeness::kBytes ? 'v' : 'b';
    out += cell.text;
    return;
  }
  out += 'v';
  if (cell.kind == Cell::Kind::kText || cell.kind == Cell::Kind::kNumeric || cell.kind == Cell::Kind::kArray) {
    const bool counts = likeness == Likeness::kStored && is_number(cell.kind);
    return append_as(out, cell.text, counts ? Likeness::kNumber : likeness);
  }
  std::string text;
  if (cell.kind == Cell::Kind::kBool && likeness != Likeness::kBool) {
    text = cell.boolean ? "1" : "0";
  } else {
    append_cell_text(text, row, column, cell);
  }
  append_as(out, text, likeness == Likeness::kStored ? Likeness::kNumber : likeness);
}

}  // namespace

Likeness likeness_named(std::string_view name) {
  for (const auto& [known, likeness] : kNames) {
    if (known == name) return likeness;
  }
  throw Error(ErrorKind::kInternal, cat("no likeness is called ", name));
}

void append_likeness(std::string& out, Cursor& row, std::size_t column, Likeness likeness) {
  if (likeness == Likeness::kIgnored) return;
  const Cell cell = row.cell(column);
  const std::size_t begin = out.size();
  cell.kind == Cell::Kind::kNull ? out += 'n' : (append_value(out, row, column, cell, likeness), out);
  const std::uint64_t size = out.size() - begin;
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
}

}  // namespace tide
