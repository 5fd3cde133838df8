#include "db/sqlite_literal.h"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <iterator>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "x'";
  for (const char c : bytes) {
    out.push_back(kDigits[static_cast<unsigned char>(c) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(c) & 15]);
  }
  return out + "'";
}

std::string quoted(std::string_view text) {
  if (text.find('\0') != text.npos) return cat("CAST(", hex(text), " AS TEXT)");
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out.push_back(c);
    out.push_back(c);
  }
  return out + "'";
}

std::string in_parentheses(std::string number) { return number[0] == '-' ? cat("(", number, ")") : number; }

// A text without point and exponent would be an integer.
std::string real(double number) {
  if (std::isnan(number)) throw Error(ErrorKind::kSql, "NaN cannot be written for SQLite, which does not store it");
  if (std::isinf(number)) return number > 0 ? "9e999" : "(-9e999)";
  char buffer[32];
  std::string text(buffer, std::to_chars(buffer, std::end(buffer), number).ptr);
  if (text.find_first_of(".e") == text.npos) text += ".0";
  return in_parentheses(text);
}

struct LiteralOf {
  std::string operator()(Null) const { return "NULL"; }
  std::string operator()(bool v) const { return v ? "1" : "0"; }
  std::string operator()(std::int64_t v) const { return in_parentheses(std::to_string(v)); }
  std::string operator()(double v) const { return real(v); }
  std::string operator()(const Numeric& v) const {
    const auto number = as_real(v);
    return number ? real(*number) : quoted(v.text);
  }
  std::string operator()(const std::string& v) const { return quoted(v); }
  std::string operator()(const Bytes& v) const { return hex(v.data); }
  std::string operator()(const Array&) const {
    throw Error(ErrorKind::kUsage, "SQLite has no arrays; store json.encode(value)");
  }
};

}  // namespace

std::optional<double> as_real(const Numeric& value) {
  constexpr std::size_t kExactDigits = 15;
  std::size_t digits = 0;
  for (const char c : value.text) {
    if (c >= '0' && c <= '9' && (digits > 0 || c != '0')) ++digits;
  }
  if (digits > kExactDigits) return std::nullopt;
  return std::strtod(value.text.c_str(), nullptr);
}

std::string sqlite_literal(const Value& value) { return std::visit(LiteralOf{}, value.data); }

}  // namespace tide
