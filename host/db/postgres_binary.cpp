#include "db/postgres_binary.h"

#include <endian.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

using Kind = Cell::Kind;

constexpr std::int64_t kMicrosASecond = 1'000'000;
constexpr std::int64_t kMicrosADay = 86'400 * kMicrosASecond;

[[noreturn]] void refuse(const char* what) {
  throw Error(ErrorKind::kInternal, cat("the server sent ", what, " in a binary form that cannot be read"));
}

template <class Number>
Number big_endian(const char* at) {
  Number number;
  std::memcpy(&number, at, sizeof number);
  if constexpr (sizeof number == 2) return static_cast<Number>(be16toh(static_cast<std::uint16_t>(number)));
  if constexpr (sizeof number == 4) return static_cast<Number>(be32toh(static_cast<std::uint32_t>(number)));
  if constexpr (sizeof number == 8) return static_cast<Number>(be64toh(static_cast<std::uint64_t>(number)));
}

template <class Number>
Number read(std::string_view data, const char* what) {
  if (data.size() != sizeof(Number)) refuse(what);
  return big_endian<Number>(data.data());
}

template <class Real, class Bits>
Real read_real(std::string_view data) {
  const Bits bits = read<Bits>(data, "a float");
  Real real;
  std::memcpy(&real, &bits, sizeof real);
  return real;
}

Cell text_cell(std::string_view text, Kind kind = Kind::kText) {
  Cell cell;
  cell.kind = kind;
  cell.text = text;
  return cell;
}

Cell float_cell(double real) {
  Cell cell;
  cell.kind = Kind::kFloat;
  cell.real = real;
  return cell;
}

Cell bool_cell(std::string_view data, BinaryScratch&) {
  if (data.size() != 1) refuse("a bool");
  Cell cell;
  cell.kind = Kind::kBool;
  cell.boolean = data[0] != 0;
  return cell;
}

template <class Number>
Cell integer_cell(std::string_view data, BinaryScratch&) {
  Cell cell;
  cell.kind = Kind::kInteger;
  cell.integer = read<Number>(data, "an integer");
  return cell;
}

Cell float8_cell(std::string_view data, BinaryScratch&) { return float_cell(read_real<double, std::uint64_t>(data)); }

// A decimal that is exactly between two floats reads as one of them; the server avoids it.
bool between_floats(double decimal, float real) {
  const float infinity = std::numeric_limits<float>::infinity();
  const float neighbour = std::nextafter(real, decimal < static_cast<double>(real) ? -infinity : infinity);
  return std::abs(decimal - real) >= std::abs(static_cast<double>(neighbour) - real) / 2;
}

template <class... Precision>
double decimal_of(float real, Precision... precision) {
  char text[64];
  const auto written = std::to_chars(text, std::end(text), real, std::chars_format::scientific, precision...);
  double decimal = 0;
  std::from_chars(text, written.ptr, decimal);
  return decimal;
}

// Not the float widened to a double, but the double next to the shortest decimal that names it: 0.1 and not
// 0.10000000149011612.
Cell float4_cell(std::string_view data, BinaryScratch&) {
  const auto real = read_real<float, std::uint32_t>(data);
  if (!std::isfinite(real)) return float_cell(real);
  double decimal = decimal_of(real);
  for (int precision = 0; decimal != real && between_floats(decimal, real); ++precision) {
    decimal = decimal_of(real, precision);
  }
  return float_cell(decimal);
}

Cell string_cell(std::string_view data, BinaryScratch&) { return text_cell(data); }
Cell bytea_cell(std::string_view data, BinaryScratch&) { return text_cell(data, Kind::kBytes); }

Cell jsonb_cell(std::string_view data, BinaryScratch&) {
  constexpr char kVersion = 1;
  if (data.empty() || data[0] != kVersion) refuse("a jsonb");
  return text_cell(data.substr(1));
}

Cell uuid_cell(std::string_view data, BinaryScratch& scratch) {
  constexpr std::size_t kBytes = 16;
  constexpr char kDigits[] = "0123456789abcdef";
  if (data.size() != kBytes) refuse("a uuid");
  char* at = scratch.text;
  for (std::size_t i = 0; i < kBytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *at++ = '-';
    const auto byte = static_cast<unsigned char>(data[i]);
    *at++ = kDigits[byte >> 4];
    *at++ = kDigits[byte & 15];
  }
  return text_cell({scratch.text, static_cast<std::size_t>(at - scratch.text)});
}

// Exactly `width` digits.
char* put_padded(char* at, std::uint32_t number, int width) {
  for (int i = width; i-- > 0; number /= 10) at[i] = static_cast<char>('0' + number % 10);
  return at + width;
}

char* put_number(char* at, std::uint32_t number) { return std::to_chars(at, at + 10, number).ptr; }

char* put(char* at, std::string_view text) { return std::copy(text.begin(), text.end(), at); }

// The proleptic Gregorian date, by Howard Hinnant's days_from_civil the other way round: years begin in March, so
// that the leap day is the last; 400 years have 146097 days.
void put_date(std::int64_t day, BinaryScratch& scratch) {
  const std::int64_t since = day + 730'425;  // 0000-03-01
  const std::int64_t era = (since >= 0 ? since : since - 146'096) / 146'097;
  const auto of_era = static_cast<std::uint32_t>(since - era * 146'097);
  const std::uint32_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::uint32_t march_based = (5 * of_year + 2) / 153;
  const std::uint32_t month = march_based < 10 ? march_based + 3 : march_based - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

  scratch.before_christ = year <= 0;
  const auto shown = static_cast<std::uint32_t>(scratch.before_christ ? 1 - year : year);
  char* at = shown < 10'000 ? put_padded(scratch.text, shown, 4) : put_number(scratch.text, shown);
  *at++ = '-';
  at = put_padded(at, month, 2);
  *at++ = '-';
  at = put_padded(at, of_year - (153 * march_based + 2) / 5 + 1, 2);
  scratch.day = day;
  scratch.date_size = static_cast<std::size_t>(at - scratch.text);
}

// "23:59:59", then a fraction without the zeros at its end.
char* put_time(char* at, std::int64_t micros) {
  const auto seconds = static_cast<std::uint32_t>(micros / kMicrosASecond);
  auto fraction = static_cast<std::uint32_t>(micros % kMicrosASecond);
  at = put_padded(at, seconds / 3600, 2);
  *at++ = ':';
  at = put_padded(at, seconds / 60 % 60, 2);
  *at++ = ':';
  at = put_padded(at, seconds % 60, 2);
  if (fraction == 0) return at;
  int digits = 6;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  *at++ = '.';
  return put_padded(at, fraction, digits);
}

Cell dated_cell(char* end, BinaryScratch& scratch) {
  if (scratch.before_christ) end = put(end, " BC");
  return text_cell({scratch.text, static_cast<std::size_t>(end - scratch.text)});
}

Cell date_cell(std::string_view data, BinaryScratch& scratch) {
  const auto day = read<std::int32_t>(data, "a date");
  if (day == std::numeric_limits<std::int32_t>::max()) return text_cell("infinity");
  if (day == std::numeric_limits<std::int32_t>::min()) return text_cell("-infinity");
  if (day != scratch.day) put_date(day, scratch);
  return dated_cell(scratch.text + scratch.date_size, scratch);
}

Cell timestamp_in(std::string_view zone, std::string_view data, BinaryScratch& scratch) {
  const auto micros = read<std::int64_t>(data, "a timestamp");
  if (micros == std::numeric_limits<std::int64_t>::max()) return text_cell("infinity");
  if (micros == std::numeric_limits<std::int64_t>::min()) return text_cell("-infinity");
  std::int64_t day = micros / kMicrosADay;
  std::int64_t of_day = micros % kMicrosADay;
  if (of_day < 0) {
    of_day += kMicrosADay;
    --day;
  }
  if (day != scratch.day) put_date(day, scratch);
  char* at = scratch.text + scratch.date_size;
  *at++ = ' ';
  return dated_cell(put(put_time(at, of_day), zone), scratch);
}

Cell timestamp_cell(std::string_view data, BinaryScratch& scratch) { return timestamp_in("", data, scratch); }
Cell timestamptz_cell(std::string_view data, BinaryScratch& scratch) { return timestamp_in("+00", data, scratch); }

Cell time_cell(std::string_view data, BinaryScratch& scratch) {
  const auto micros = read<std::int64_t>(data, "a time");
  if (micros < 0 || micros > kMicrosADay) refuse("a time");
  char* end = put_time(scratch.text, micros);
  return text_cell({scratch.text, static_cast<std::size_t>(end - scratch.text)});
}

// "(block,place)"
Cell tid_cell(std::string_view data, BinaryScratch& scratch) {
  if (data.size() != 6) refuse("a tid");
  char* at = scratch.text;
  *at++ = '(';
  at = put_number(at, big_endian<std::uint32_t>(data.data()));
  *at++ = ',';
  at = put_number(at, big_endian<std::uint16_t>(data.data() + 4));
  *at++ = ')';
  return text_cell({scratch.text, static_cast<std::size_t>(at - scratch.text)});
}

// Read as text it is text.
Cell xid_cell(std::string_view data, BinaryScratch& scratch) {
  const char* end = put_number(scratch.text, read<std::uint32_t>(data, "a xid"));
  return text_cell({scratch.text, static_cast<std::size_t>(end - scratch.text)});
}

// Base 10000: `groups` of four decimal digits, the first worth 10000 to the power of `weight`.
struct BinaryNumeric {
  static constexpr std::size_t kHeader = 8;
  static constexpr std::uint16_t kNegative = 0x4000, kNaN = 0xC000, kInfinity = 0xD000, kMinusInfinity = 0xF000;

  explicit BinaryNumeric(std::string_view data) {
    if (data.size() < kHeader) refuse("a numeric");
    groups = big_endian<std::uint16_t>(data.data());
    weight = big_endian<std::int16_t>(data.data() + 2);
    sign = big_endian<std::uint16_t>(data.data() + 4);
    scale = big_endian<std::uint16_t>(data.data() + 6);
    digits = data.substr(kHeader);
    if (digits.size() != 2 * static_cast<std::size_t>(groups)) refuse("a numeric");
  }

  // Worth 10000 to the power of weight - i.
  std::uint32_t group(int i) const {
    if (i < 0 || i >= groups) return 0;
    const auto value = big_endian<std::uint16_t>(digits.data() + 2 * i);
    if (value > 9999) refuse("a numeric");
    return value;
  }

  int groups, weight, scale;
  std::uint16_t sign;
  std::string_view digits;
};

char* put_whole(char* at, const BinaryNumeric& numeric) {
  at = put_number(at, numeric.group(std::min(numeric.weight, 0)));
  for (int i = 1; i <= numeric.weight; ++i) at = put_padded(at, numeric.group(i), 4);
  return at;
}

char* put_fraction(char* at, const BinaryNumeric& numeric) {
  if (numeric.scale == 0) return at;
  *at++ = '.';
  char* end = at + numeric.scale;
  for (int i = numeric.weight + 1; at < end; ++i) at = put_padded(at, numeric.group(i), 4);
  return end;
}

Cell numeric_cell(std::string_view data, BinaryScratch& scratch) {
  const BinaryNumeric numeric(data);
  if (numeric.sign == BinaryNumeric::kNaN) return float_cell(std::numeric_limits<double>::quiet_NaN());
  if (numeric.sign == BinaryNumeric::kInfinity) return float_cell(std::numeric_limits<double>::infinity());
  if (numeric.sign == BinaryNumeric::kMinusInfinity) return float_cell(-std::numeric_limits<double>::infinity());
  const int most = 16 + 4 * std::max(numeric.weight, 0) + numeric.scale;  // a sign, a point, groups cut short
  if (scratch.digits.size() < static_cast<std::size_t>(most)) scratch.digits.resize(static_cast<std::size_t>(most));
  char* at = scratch.digits.data();
  if (numeric.sign == BinaryNumeric::kNegative) *at++ = '-';
  at = put_fraction(put_whole(at, numeric), numeric);
  return text_cell({scratch.digits.data(), static_cast<std::size_t>(at - scratch.digits.data())}, Kind::kNumeric);
}

constexpr BinaryType kTypes[] = {
    {16, bool_cell, BinaryNeeds::kNothing},
    {17, bytea_cell, BinaryNeeds::kNothing},
    {19, string_cell, BinaryNeeds::kNothing},  // name
    {20, integer_cell<std::int64_t>, BinaryNeeds::kNothing},
    {21, integer_cell<std::int16_t>, BinaryNeeds::kNothing},
    {23, integer_cell<std::int32_t>, BinaryNeeds::kNothing},
    {25, string_cell, BinaryNeeds::kNothing},                  // text
    {26, integer_cell<std::uint32_t>, BinaryNeeds::kNothing},  // oid
    {27, tid_cell, BinaryNeeds::kNothing},
    {28, xid_cell, BinaryNeeds::kNothing},
    {114, string_cell, BinaryNeeds::kNothing},  // json
    {142, string_cell, BinaryNeeds::kUtf8},     // xml
    {700, float4_cell, BinaryNeeds::kShortFloats},
    {701, float8_cell, BinaryNeeds::kNothing},
    {1042, string_cell, BinaryNeeds::kNothing},  // bpchar
    {1043, string_cell, BinaryNeeds::kNothing},  // varchar
    {1082, date_cell, BinaryNeeds::kIsoDates},
    {1083, time_cell, BinaryNeeds::kNothing},
    {1114, timestamp_cell, BinaryNeeds::kIsoDates},
    {1184, timestamptz_cell, BinaryNeeds::kIsoDatesInUtc},
    {1700, numeric_cell, BinaryNeeds::kNothing},
    {2950, uuid_cell, BinaryNeeds::kNothing},
    {3802, jsonb_cell, BinaryNeeds::kNothing},
};

bool is_iso(const char* date_style) { return date_style != nullptr && starts_with(date_style, "ISO"); }

bool is_utc(const char* zone) {
  constexpr std::string_view kNames[] = {"UTC",       "Etc/UTC",       "GMT",      "Etc/GMT", "UCT",
                                         "Etc/UCT",   "Universal",     "Zulu",     "GMT0",    "Etc/Universal",
                                         "Greenwich", "Etc/Greenwich", "Etc/Zulu", "Etc/GMT0"};
  return zone != nullptr && std::find(std::begin(kNames), std::end(kNames), zone) != std::end(kNames);
}

}  // namespace

bool holds(BinaryNeeds needs, const ReportedSettings& settings) {
  switch (needs) {
    case BinaryNeeds::kIsoDates:
      return is_iso(settings.date_style);
    case BinaryNeeds::kIsoDatesInUtc:
      return is_iso(settings.date_style) && is_utc(settings.time_zone);
    case BinaryNeeds::kUtf8:
      return settings.client_encoding != nullptr && std::string_view(settings.client_encoding) == "UTF8";
    case BinaryNeeds::kShortFloats:
      return settings.server_version >= 120000;
    default:
      return true;
  }
}

const BinaryType* binary_type(std::uint32_t oid) {
  const auto* found = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const auto& it) { return it.oid == oid; });
  return found != std::end(kTypes) ? found : nullptr;
}

void BinaryColumns::add(std::uint32_t oid) {
  columns_.emplace_back();
  columns_.back().type = binary_type(oid);
}

bool BinaryColumns::readable(const ReportedSettings& settings) const {
  return std::all_of(columns_.begin(), columns_.end(),
                     [&](const Column& it) { return it.type != nullptr && holds(it.type->needs, settings); });
}

}  // namespace tide
