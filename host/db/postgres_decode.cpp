#include "db/postgres_decode.h"

#include <algorithm>
#include <charconv>
#include <cstddef>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

using Kind = Cell::Kind;

struct ScalarRow {
  std::uint32_t oid;
  std::uint32_t array_oid;
  Kind kind;
  char delimiter;
};

constexpr ScalarRow kScalars[] = {
    {16, 1000, Kind::kBool, ','},       // bool
    {17, 1001, Kind::kBytes, ','},      // bytea
    {18, 1002, Kind::kText, ','},       // "char"
    {19, 1003, Kind::kText, ','},       // name
    {20, 1016, Kind::kInteger, ','},    // int8
    {21, 1005, Kind::kInteger, ','},    // int2
    {23, 1007, Kind::kInteger, ','},    // int4
    {25, 1009, Kind::kText, ','},       // text
    {26, 1028, Kind::kInteger, ','},    // oid
    {27, 1010, Kind::kText, ','},       // tid
    {28, 1011, Kind::kText, ','},       // xid
    {114, 199, Kind::kText, ','},       // json
    {142, 143, Kind::kText, ','},       // xml
    {603, 1020, Kind::kText, ';'},      // box
    {700, 1021, Kind::kFloat, ','},     // float4
    {701, 1022, Kind::kFloat, ','},     // float8
    {705, 0, Kind::kText, ','},         // unknown
    {869, 1041, Kind::kText, ','},      // inet
    {1042, 1014, Kind::kText, ','},     // bpchar
    {1043, 1015, Kind::kText, ','},     // varchar
    {1082, 1182, Kind::kText, ','},     // date
    {1083, 1183, Kind::kText, ','},     // time
    {1114, 1115, Kind::kText, ','},     // timestamp
    {1184, 1185, Kind::kText, ','},     // timestamptz
    {1186, 1187, Kind::kText, ','},     // interval
    {1266, 1270, Kind::kText, ','},     // timetz
    {1700, 1231, Kind::kNumeric, ','},  // numeric
    {2205, 2210, Kind::kText, ','},     // regclass
    {2249, 2287, Kind::kText, ','},     // record
    {2278, 0, Kind::kText, ','},        // void
    {2950, 2951, Kind::kText, ','},     // uuid
    {3802, 3807, Kind::kText, ','},     // jsonb
};

template <class Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

[[noreturn]] void refuse(const char* what, std::string_view text) {
  throw Error(ErrorKind::kInternal, cat("the server sent ", what, " that cannot be read: ", text.substr(0, 80)));
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void decode_hex(std::string_view text, std::string& out) {
  out.resize((text.size() - 2) / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = hex_digit(text[2 + 2 * i]), low = hex_digit(text[3 + 2 * i]);
    if (high < 0 || low < 0) refuse("a bytea", text);
    out[i] = static_cast<char>(high * 16 + low);
  }
}

bool octal_escape(std::string_view text) {
  return text.size() >= 4 &&
         std::all_of(text.begin() + 1, text.begin() + 4, [](char c) { return c >= '0' && c <= '7'; });
}

void decode_escaped(std::string_view text, std::string& out) {
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i);
    if (rest[0] != '\\') {
      out.push_back(rest[0]);
    } else if (rest.size() > 1 && rest[1] == '\\') {
      out.push_back('\\');
      i += 1;
    } else if (octal_escape(rest)) {
      out.push_back(static_cast<char>((rest[1] - '0') * 64 + (rest[2] - '0') * 8 + (rest[3] - '0')));
      i += 3;
    } else {
      refuse("a bytea", text);
    }
  }
}

Cell text_cell(Kind kind, std::string_view text) {
  Cell cell;
  cell.kind = kind;
  cell.text = text;
  return cell;
}

Cell float_cell(std::string_view text) {
  Cell cell;
  cell.kind = Kind::kFloat;
  if (!parse_number(text, cell.real)) refuse("a number", text);
  return cell;
}

Value to_value(const Cell& cell) {
  switch (cell.kind) {
    case Kind::kBool:
      return cell.boolean;
    case Kind::kInteger:
      return cell.integer;
    case Kind::kFloat:
      return cell.real;
    case Kind::kNumeric:
      return Numeric{std::string(cell.text)};
    case Kind::kBytes:
      return Bytes{std::string(cell.text)};
    default:
      return cell.text;
  }
}

bool is_null_word(std::string_view word) {
  constexpr std::string_view kNull = "null";
  return word.size() == 4 &&
         std::equal(word.begin(), word.end(), kNull.begin(), [](char a, char b) { return (a | 32) == b; });
}

class ArrayReader {
 public:
  ArrayReader(const PgType& type, std::string_view literal) : literal_(literal), delimiter_(type.delimiter) {
    element_.kind = type.element;
  }

  Array read() {
    if (at('[')) at_ = std::min(literal_.find('='), literal_.size() - 1) + 1;
    Array array = list();
    if (at_ != literal_.size()) refuse("an array", literal_);
    return array;
  }

 private:
  bool at(char c) const { return at_ < literal_.size() && literal_[at_] == c; }

  bool take(char c) {
    if (!at(c)) return false;
    ++at_;
    return true;
  }

  Array list() {
    Array array;
    if (!take('{')) refuse("an array", literal_);
    if (take('}')) return array;
    do {
      array.push_back(item());
    } while (take(delimiter_));
    if (!take('}')) refuse("an array", literal_);
    return array;
  }

  Value item() {
    if (at('{')) return list();
    if (take('"')) return value(quoted());
    const std::size_t begin = at_;
    while (at_ < literal_.size() && !at(delimiter_) && !at('}')) ++at_;
    const std::string_view word = literal_.substr(begin, at_ - begin);
    return is_null_word(word) ? Value(Null{}) : value(word);
  }

  std::string_view quoted() {
    unquoted_.clear();
    while (at_ < literal_.size() && !at('"')) {
      if (at('\\') && at_ + 1 < literal_.size()) ++at_;
      unquoted_.push_back(literal_[at_++]);
    }
    if (!take('"')) refuse("an array", literal_);
    return unquoted_;
  }

  Value value(std::string_view text) { return to_value(decode_cell(element_, text, scratch_)); }

  std::string_view literal_;
  PgType element_;
  char delimiter_;
  std::size_t at_ = 0;
  std::string unquoted_;
  std::string scratch_;
};

}  // namespace

bool builtin_type(std::uint32_t oid, PgType& type) {
  for (const ScalarRow& row : kScalars) {
    if (row.oid == oid) {
      type = PgType{row.kind, Kind::kText, ','};
      return true;
    }
    if (row.array_oid == oid && oid != 0) {
      type = PgType{Kind::kArray, row.kind, row.delimiter};
      return true;
    }
  }
  return false;
}

Cell decode_cell(const PgType& type, std::string_view text, std::string& scratch) {
  Cell cell;
  cell.kind = type.kind;
  switch (type.kind) {
    case Kind::kBool:
      cell.boolean = text == "t";
      return cell;
    case Kind::kInteger:
      if (!parse_number(text, cell.integer)) refuse("an integer", text);
      return cell;
    case Kind::kFloat:
      return float_cell(text);
    case Kind::kNumeric:
      return text.back() > '9' ? float_cell(text) : text_cell(Kind::kNumeric, text);
    case Kind::kBytes:
      decode_bytea(text, scratch);
      return text_cell(Kind::kBytes, scratch);
    default:
      return text_cell(type.kind, text);
  }
}

Value decode_array(const PgType& type, std::string_view literal) { return ArrayReader(type, literal).read(); }

void decode_bytea(std::string_view text, std::string& out) {
  if (text.substr(0, 2) == "\\x") {
    decode_hex(text, out);
  } else {
    decode_escaped(text, out);
  }
}

}  // namespace tide
