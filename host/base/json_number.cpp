#include "base/json_number.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace tide {

namespace {

constexpr long kMaxExponent = 1000;

// A literal as sign, significant digits and a power of ten, so that two spellings of one number compare equal.
struct Decimal {
  bool negative = false;
  std::string digits;  // neither leading nor trailing zeros; empty for zero
  long exponent = 0;   // value = 0.digits * 10^exponent
  bool operator==(const Decimal& other) const {
    return digits == other.digits && (digits.empty() || (negative == other.negative && exponent == other.exponent));
  }
};

Decimal parse_decimal(std::string_view literal) {
  Decimal out;
  long point = -1;
  std::size_t at = 0;
  for (; at < literal.size() && literal[at] != 'e' && literal[at] != 'E'; ++at) {
    if (literal[at] == '-') out.negative = true;
    if (literal[at] == '.') point = static_cast<long>(out.digits.size());
    if (literal[at] >= '0' && literal[at] <= '9') out.digits.push_back(literal[at]);
  }
  out.exponent = point < 0 ? static_cast<long>(out.digits.size()) : point;
  if (at < literal.size()) {
    const char* begin = literal.data() + at + 1;
    long power = 0;
    const auto parsed = std::from_chars(*begin == '+' ? begin + 1 : begin, literal.data() + literal.size(), power);
    out.exponent += parsed.ec == std::errc() ? power : std::numeric_limits<int>::max();
  }
  const std::size_t leading = std::min(out.digits.find_first_not_of('0'), out.digits.size());
  out.digits.erase(0, leading);
  out.exponent -= static_cast<long>(leading);
  out.digits.erase(out.digits.find_last_not_of('0') + 1);
  return out;
}

std::string plain_text(const Decimal& number) {
  const long size = static_cast<long>(number.digits.size());
  std::string out = number.negative ? "-" : "";
  if (number.exponent <= 0)
    return out + "0." + std::string(static_cast<std::size_t>(-number.exponent), '0') + number.digits;
  if (number.exponent >= size)
    return out + number.digits + std::string(static_cast<std::size_t>(number.exponent - size), '0');
  const auto point = static_cast<std::size_t>(number.exponent);
  return out + number.digits.substr(0, point) + "." + number.digits.substr(point);
}

}  // namespace

std::optional<Json> json_number(std::string_view literal) {
  const Decimal exact = parse_decimal(literal);
  double value = 0;
  const bool fits = std::from_chars(literal.data(), literal.data() + literal.size(), value).ec == std::errc();
  const bool whole = literal.find_first_of(".eE") == std::string_view::npos;
  if (fits && !whole && exact == parse_decimal(shortest(value))) return Json(value);
  if (exact.exponent > kMaxExponent || exact.exponent < -kMaxExponent) return std::nullopt;
  return Json(Numeric{plain_text(exact)});
}

std::string shortest(double number) {
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  return std::string(buffer.data(), end);
}

}  // namespace tide
