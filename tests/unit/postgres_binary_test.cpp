#include "db/postgres_binary.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "db/postgres_decode.h"
#include "tide/error.h"

namespace tide {
namespace {

using Kind = Cell::Kind;

constexpr std::uint32_t kBool = 16, kBytea = 17, kInt8 = 20, kInt2 = 21, kInt4 = 23, kText = 25, kOid = 26, kTid = 27,
                        kXid = 28, kFloat4 = 700, kFloat8 = 701, kDate = 1082, kTime = 1083, kTimestamp = 1114,
                        kTimestamptz = 1184, kNumeric = 1700, kUuid = 2950, kJsonb = 3802;

// The bytes that a row of hexadecimal digits names.
std::string bytes(const char* hex) {
  std::string out;
  decode_bytea(std::string("\\x") + hex, out);
  return out;
}

std::string big_endian(std::int64_t number, int width) {
  std::string out;
  for (int i = width; i-- > 0;) out.push_back(static_cast<char>(number >> (8 * i)));
  return out;
}

struct Decoded {
  Cell cell;
  std::string text;
};

Decoded decoded(std::uint32_t oid, const std::string& data) {
  BinaryScratch scratch;
  const Cell cell = binary_type(oid)->decode(data, scratch);
  return {cell, std::string(cell.text)};
}

TEST(PostgresBinary, IntegersKeepTheirSign) {
  const struct {
    std::uint32_t oid;
    const char* hex;
    std::int64_t value;
  } cases[] = {{kInt2, "8000", -32768},
               {kInt2, "0102", 258},
               {kInt4, "ffffffff", -1},
               {kInt4, "7fffffff", 2147483647},
               {kOid, "ffffffff", 4294967295},
               {kInt8, "8000000000000000", std::numeric_limits<std::int64_t>::min()},
               {kInt8, "0020000000000001", 9007199254740993}};
  for (const auto& c : cases) {
    const Cell cell = decoded(c.oid, bytes(c.hex)).cell;
    EXPECT_EQ(cell.kind, Kind::kInteger) << c.hex;
    EXPECT_EQ(cell.integer, c.value) << c.hex;
  }
}

TEST(PostgresBinary, PlacesAndVersionsOfRowsAreText) {
  EXPECT_EQ(decoded(kTid, bytes("000000000001")).text, "(0,1)");
  EXPECT_EQ(decoded(kTid, bytes("ffffffffffff")).text, "(4294967295,65535)");
  EXPECT_EQ(decoded(kXid, bytes("ffffffff")).text, "4294967295");
  EXPECT_EQ(decoded(kXid, bytes("00000002")).cell.kind, Kind::kText);
}

TEST(PostgresBinary, BoolsAreBools) {
  EXPECT_EQ(decoded(kBool, bytes("01")).cell.kind, Kind::kBool);
  EXPECT_TRUE(decoded(kBool, bytes("01")).cell.boolean);
  EXPECT_FALSE(decoded(kBool, bytes("00")).cell.boolean);
}

TEST(PostgresBinary, FloatsAreWhatTheirShortestDecimalReadsAs) {
  const struct {
    std::uint32_t oid;
    const char* hex;
    double value;
  } cases[] = {{kFloat8, "3fb999999999999a", 0.1},
               {kFloat8, "0000000000000001", std::numeric_limits<double>::denorm_min()},
               {kFloat8, "8000000000000000", -0.0},
               {kFloat8, "fff0000000000000", -std::numeric_limits<double>::infinity()},
               {kFloat4, "3dcccccd", 0.1},
               {kFloat4, "80000000", -0.0},
               {kFloat4, "00000001", 1e-45},
               {kFloat4, "7f7fffff", 3.4028235e+38},
               {kFloat4, "7f800000", std::numeric_limits<double>::infinity()},
               {kFloat4, "4c000004", 33554448}};  // and not 33554450, as near to the next float
  for (const auto& c : cases) {
    const Cell cell = decoded(c.oid, bytes(c.hex)).cell;
    EXPECT_EQ(cell.kind, Kind::kFloat) << c.hex;
    EXPECT_EQ(cell.real, c.value) << c.hex;
    EXPECT_EQ(std::signbit(cell.real), std::signbit(c.value)) << c.hex;
  }
  EXPECT_TRUE(std::isnan(decoded(kFloat4, bytes("7fc00000")).cell.real));
  EXPECT_TRUE(std::isnan(decoded(kFloat8, bytes("7ff8000000000000")).cell.real));
}

TEST(PostgresBinary, NumericsHaveAllTheirDigits) {
  const std::pair<const char*, const char*> cases[] = {
      // digits weight sign scale, groups of four digits
      {"0000 0000 0000 0000", "0"},
      {"0000 0000 0000 0003", "0.000"},
      {"0001 0000 4000 0001 000c", "-12.0"},
      {"0002 0000 0000 0002 0001 1388", "1.50"},
      {"0001 0001 0000 0000 0001", "10000"},
      {"0001 0002 0000 0005 04d2", "123400000000.00000"},
      {"0003 0001 0000 0003 0001 0002 1388", "10002.500"},
      {"0001 ffff 0000 0001 1388", "0.5"},
      {"0001 ffff 0000 0004 0001", "0.0001"},
      {"0001 fffe 4000 0006 0064", "-0.000001"},
      {"0001 fffd 0000 000c 0001", "0.000000000001"},
  };
  for (const auto& [hex, text] : cases) {
    std::string digits = hex;
    digits.erase(std::remove(digits.begin(), digits.end(), ' '), digits.end());
    const Decoded it = decoded(kNumeric, bytes(digits.c_str()));
    EXPECT_EQ(it.cell.kind, Kind::kNumeric) << hex;
    EXPECT_EQ(it.text, text) << hex;
  }
}

TEST(PostgresBinary, NumericsThatAreNoDecimalsAreFloats) {
  EXPECT_TRUE(std::isnan(decoded(kNumeric, bytes("00000000c0000000")).cell.real));
  EXPECT_EQ(decoded(kNumeric, bytes("00000000d0000020")).cell.real, std::numeric_limits<double>::infinity());
  EXPECT_EQ(decoded(kNumeric, bytes("00000000f0000020")).cell.real, -std::numeric_limits<double>::infinity());
  EXPECT_EQ(decoded(kNumeric, bytes("00000000f0000020")).cell.kind, Kind::kFloat);
}

TEST(PostgresBinary, DatesAreIsoText) {
  const std::pair<std::int32_t, const char*> cases[] = {{0, "2000-01-01"},
                                                        {-1, "1999-12-31"},
                                                        {59, "2000-02-29"},
                                                        {60, "2000-03-01"},
                                                        {8825, "2024-02-29"},
                                                        {-36465, "1900-03-01"},
                                                        {2921939, "9999-12-31"},
                                                        {2921940, "10000-01-01"},
                                                        {-730119, "0001-01-01"},
                                                        {-730120, "0001-12-31 BC"},
                                                        {-2451545, "4714-11-24 BC"},
                                                        {2145031948, "5874897-12-31"},
                                                        {std::numeric_limits<std::int32_t>::max(), "infinity"},
                                                        {std::numeric_limits<std::int32_t>::min(), "-infinity"}};
  for (const auto& [day, text] : cases) EXPECT_EQ(decoded(kDate, big_endian(day, 4)).text, text);
}

TEST(PostgresBinary, TimesHaveAFractionWithoutZerosAtItsEnd) {
  const std::pair<std::int64_t, const char*> cases[] = {{0, "00:00:00"},
                                                        {1, "00:00:00.000001"},
                                                        {500'000, "00:00:00.5"},
                                                        {45'296'789'000, "12:34:56.789"},
                                                        {86'399'999'999, "23:59:59.999999"},
                                                        {86'400'000'000, "24:00:00"}};
  for (const auto& [micros, text] : cases) EXPECT_EQ(decoded(kTime, big_endian(micros, 8)).text, text);
}

TEST(PostgresBinary, TimestampsAreIsoTextAndWithAZoneInUtc) {
  const struct {
    std::int64_t micros;
    const char* text;
    const char* zoned;
  } cases[] = {{0, "2000-01-01 00:00:00", "2000-01-01 00:00:00+00"},
               {-1, "1999-12-31 23:59:59.999999", "1999-12-31 23:59:59.999999+00"},
               {-86'400'000'000, "1999-12-31 00:00:00", "1999-12-31 00:00:00+00"},
               {762'525'296'789'000, "2024-02-29 12:34:56.789", "2024-02-29 12:34:56.789+00"},
               {-211'813'488'000'000'000, "4714-11-24 00:00:00 BC", "4714-11-24 00:00:00+00 BC"},
               {9'223'371'331'199'999'999, "294276-12-31 23:59:59.999999", "294276-12-31 23:59:59.999999+00"},
               {std::numeric_limits<std::int64_t>::max(), "infinity", "infinity"},
               {std::numeric_limits<std::int64_t>::min(), "-infinity", "-infinity"}};
  for (const auto& c : cases) {
    EXPECT_EQ(decoded(kTimestamp, big_endian(c.micros, 8)).text, c.text);
    EXPECT_EQ(decoded(kTimestamptz, big_endian(c.micros, 8)).text, c.zoned);
  }
}

TEST(PostgresBinary, AColumnOfTimestampsMayStayOnADayLeaveItAndComeBack) {
  constexpr std::int64_t kDay = 86'400'000'000;
  BinaryScratch scratch;
  const std::pair<std::int64_t, const char*> rows[] = {{0, "2000-01-01 00:00:00"},
                                                       {1'500'000, "2000-01-01 00:00:01.5"},
                                                       {2'000'000, "2000-01-01 00:00:02"},
                                                       {-730'120 * kDay, "0001-12-31 00:00:00 BC"},
                                                       {-730'120 * kDay + 1, "0001-12-31 00:00:00.000001 BC"},
                                                       {-730'119 * kDay, "0001-01-01 00:00:00"},
                                                       {0, "2000-01-01 00:00:00"}};
  for (const auto& [micros, text] : rows) {
    EXPECT_EQ(binary_type(kTimestamp)->decode(big_endian(micros, 8), scratch).text, text);
  }
}

TEST(PostgresBinary, TextsAndBytesAreTakenAsTheyAre) {
  EXPECT_EQ(decoded(kText, "\xc3\xbc '").text, "\xc3\xbc '");
  EXPECT_EQ(decoded(kText, "").cell.kind, Kind::kText);
  EXPECT_EQ(decoded(kBytea, bytes("00ff5c")).text, bytes("00ff5c"));
  EXPECT_EQ(decoded(kBytea, "").cell.kind, Kind::kBytes);
  EXPECT_EQ(decoded(kJsonb, "\1{\"a\": 1}").text, "{\"a\": 1}");
  EXPECT_EQ(decoded(kUuid, bytes("6f1c1f9e52ab4c3b9d0d3b0b1f0d2aff")).text, "6f1c1f9e-52ab-4c3b-9d0d-3b0b1f0d2aff");
}

TEST(PostgresBinary, BytesOfAnotherFormAreRefused) {
  const std::pair<std::uint32_t, std::string> cases[] = {{kBool, ""},
                                                         {kInt2, bytes("000001")},
                                                         {kInt4, bytes("01")},
                                                         {kFloat8, bytes("00000000")},
                                                         {kDate, bytes("0000000000000000")},
                                                         {kTimestamp, ""},
                                                         {kTime, bytes("ffffffffffffffff")},
                                                         {kTid, bytes("00000001")},
                                                         {kXid, bytes("0000000000000001")},
                                                         {kUuid, bytes("6f1c")},
                                                         {kJsonb, "{}"},
                                                         {kJsonb, ""},
                                                         {kNumeric, bytes("0001")},
                                                         {kNumeric, bytes("0001000000000000")},
                                                         {kNumeric, bytes("00010000000000002710")}};
  for (const auto& [oid, data] : cases) {
    try {
      decoded(oid, data);
      ADD_FAILURE() << oid;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kInternal) << oid;
    }
  }
}

TEST(PostgresBinary, EachTypeOfTheTableGivesTheKindThatItsTextGives) {
  for (std::uint32_t oid = 1; oid < 5000; ++oid) {
    const BinaryType* binary = binary_type(oid);
    if (binary == nullptr) continue;
    PgType text;
    ASSERT_TRUE(builtin_type(oid, text)) << oid;
    EXPECT_NE(text.kind, Kind::kArray) << oid;
  }
  constexpr std::uint32_t kCharByte = 18, kIntArray = 1007, kInterval = 1186, kTimetz = 1266, kRegclass = 2205;
  for (const std::uint32_t oid : {kCharByte, kIntArray, kInterval, kTimetz, kRegclass, 100'000U}) {
    EXPECT_EQ(binary_type(oid), nullptr) << oid;
  }
}

TEST(PostgresBinary, SettingsDecideWhatIsReadable) {
  const ReportedSettings usual{"ISO, MDY", "Etc/UTC", "UTF8", 150018};
  const struct {
    const char* what;
    std::uint32_t oid;
    ReportedSettings settings;
    bool readable;
  } cases[] = {
      {"the usual", kTimestamptz, usual, true},
      {"another zone", kTimestamptz, {"ISO, MDY", "Europe/Berlin", "UTF8", 150018}, false},
      {"a zone that begins like one", kTimestamptz, {"ISO, MDY", "UTC+1", "UTF8", 150018}, false},
      {"no zone reported", kTimestamptz, {"ISO, MDY", nullptr, "UTF8", 150018}, false},
      {"another zone, no zone in the type", kTimestamp, {"ISO, MDY", "Europe/Berlin", "UTF8", 150018}, true},
      {"dates in German", kTimestamptz, {"German, DMY", "UTC", "UTF8", 150018}, false},
      {"dates in German", kTimestamp, {"German, DMY", "UTC", "UTF8", 150018}, false},
      {"dates in German", kDate, {"German, DMY", "UTC", "UTF8", 150018}, false},
      {"dates in German, a time", kTime, {"German, DMY", "UTC", "UTF8", 150018}, true},
      {"no settings", kInt8, {}, true},
      {"an old server prints more digits than the shortest", kFloat4, {"ISO, MDY", "UTC", "UTF8", 110000}, false},
      {"an old server", kFloat8, {"ISO, MDY", "UTC", "UTF8", 110000}, true},
      {"xml that names its encoding", 142, {"ISO, MDY", "UTC", "LATIN1", 150018}, false},
      {"xml", 142, usual, true},
      {"a type without a binary form", 1186, usual, false},
  };
  for (const auto& c : cases) {
    BinaryColumns columns;
    columns.add(kInt4);
    columns.add(c.oid);
    EXPECT_EQ(columns.readable(c.settings), c.readable) << c.what << ", type " << c.oid;
  }
}

}  // namespace
}  // namespace tide
