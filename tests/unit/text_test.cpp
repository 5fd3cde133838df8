#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

#include "tide/error.h"
#include "tide/migration.h"

namespace tide {
namespace {

constexpr std::size_t npos = std::string_view::npos;

TEST(Text, CatJoinsPieces) {
  EXPECT_EQ(cat("line ", 3, " of ", std::string("f"), ':', -1L), "line 3 of f:-1");
  EXPECT_EQ(cat(), "");
}

TEST(Text, SplitAndJoinAreInverse) {
  for (const char* text : {"", ",", "a", "a,b", ",a,,b,", "a,b,"}) EXPECT_EQ(join(split(text, ','), ","), text);
  EXPECT_EQ(split("a,,b", ',').size(), 3u);
  EXPECT_EQ(split("", ',').size(), 1u);
  EXPECT_EQ(join({"a", "b"}, " -> "), "a -> b");
  EXPECT_EQ(join({}, ","), "");
}

TEST(Text, TrimTakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n a b \n"), "a b");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, LowerChangesAsciiOnly) { EXPECT_EQ(lower("ÄBC-Z[é"), "Äbc-z[é"); }

TEST(Text, StartsAndEnds) {
  EXPECT_TRUE(starts_with("abc", "ab"));
  EXPECT_TRUE(starts_with("abc", ""));
  EXPECT_FALSE(starts_with("a", "ab"));
  EXPECT_TRUE(ends_with("x.up.sql", ".up.sql"));
  EXPECT_FALSE(ends_with("sql", ".sql"));
}

TEST(Text, NearestIsATypingMistakeAway) {
  const std::vector<std::string> commands = {"up", "down", "status", "plan", "verify", "backup"};
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"stauts", "status"},
      {"statsu", "status"},
      {"Status", "status"},
      {"pu", "up"},
      {"verfiy", "verify"},
      {"bakcup", "backup"},
      {"plann", "plan"},
      {"migrate", ""},
      {"xyzzy", ""},
      {"", ""},
      {"q", ""},
      {"zz", ""},
      {"dwon", "down"},
      {"backups", "backup"},
  };
  for (const auto& [word, found] : cases) EXPECT_EQ(nearest(word, commands), found) << word;
  EXPECT_EQ(nearest("up", {}), "");
}

TEST(Text, Utf8IsStrict) {
  for (const char* good :
       {"", "abc", "ä", "€", "\xF0\x9F\x8C\x99", "\xEF\xBB\xBF", "\xED\x9F\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good)) << good;
  }
  const std::vector<std::pair<std::string, std::size_t>> bad = {
      {"\x80", 0},
      {"ab\xC3", 2},
      {"a\xC3(", 1},
      {"\xC0\x80", 0},
      {"\xE0\x80\x80", 0},
      {"\xED\xA0\x80", 0},
      {"ä\xF0\x8F\x80\x80", 2},
      {"\xF4\x90\x80\x80", 0},
      {"\xF5\x80\x80\x80", 0},
      {"\xE2\x82", 0},
      {"x\xFF", 1},
  };
  for (const auto& [text, at] : bad) EXPECT_EQ(first_bad_utf8(text), at);
  EXPECT_EQ(first_bad_utf8(std::string("a\0b", 3)), npos);
}

TEST(Text, CharactersAndBytes) {
  const std::string text = "aä€\xF0\x9F\x8C\x99z";
  EXPECT_EQ(utf8_length(text), 5u);
  const std::vector<std::size_t> offsets = {0, 0, 1, 3, 6, 10, 11, 11};
  for (std::size_t i = 0; i < offsets.size(); ++i) EXPECT_EQ(utf8_offset(text, i), offsets[i]) << i;
}

TEST(Text, PlaceCountsLinesAndCharacters) {
  struct Case {
    std::string text;
    std::size_t offset;
    int line;
    int column;
  };
  const std::vector<Case> cases = {
      {"", 0, 1, 1},
      {"abc", 2, 1, 3},
      {"a\nb", 2, 2, 1},
      {"a\r\nbc", 4, 2, 2},
      {"ä€x", 5, 1, 3},
      {"a\nä€x", 7, 2, 3},
      {"a\n\n\n", 4, 4, 1},
      {"abc", 99, 1, 4},
      {"\xEF\xBB\xBF"
       "ab",
       4, 1, 2},
  };
  for (const Case& c : cases) {
    const Place place = place_of(c.text, c.offset);
    EXPECT_EQ(place.line, c.line) << c.text << " @" << c.offset;
    EXPECT_EQ(place.column, c.column) << c.text << " @" << c.offset;
  }
}

TEST(Text, DurationsReadWell) {
  const std::vector<std::pair<double, const char*>> cases = {
      {0, "0.0 ms"},       {0.42, "0.4 ms"},    {9.96, "10 ms"},      {840, "840 ms"},
      {999.6, "1.0 s"},    {12300, "12.3 s"},   {59960, "1m 00s"},    {65000, "1m 05s"},
      {3599600, "1h 00m"}, {7500000, "2h 05m"}, {90000000, "1d 01h"}, {-1, "0 ms"},
  };
  for (const auto& [ms, text] : cases) EXPECT_EQ(human_duration(ms), text) << ms;
  EXPECT_EQ(human_duration(std::numeric_limits<double>::quiet_NaN()), "0 ms");
}

TEST(Text, DurationsAreParsed) {
  const std::vector<std::pair<const char*, std::int64_t>> cases = {
      {"30s", 30000}, {"500ms", 500}, {"2m", 120000}, {"1h", 3600000}, {"1d", 86400000}, {"0", 0},
      {"60", 60000},  {"1.5s", 1500}, {" 5s ", 5000}, {"", -1},        {"s", -1},        {"-5s", -1},
      {"5 s", -1},    {"5x", -1},     {"5min", -1},   {"1e3", -1},     {"nan", -1},      {"99999999999999999999d", -1},
  };
  for (const auto& [text, ms] : cases) EXPECT_EQ(parse_duration_ms(text), ms) << text;
}

TEST(ErrorKinds, HaveNamesAndExitCodes) {
  struct Row {
    ErrorKind kind;
    const char* name;
    int code;
  };
  const std::vector<Row> rows = {
      {ErrorKind::kUsage, "usage", 2},
      {ErrorKind::kConfig, "config", 2},
      {ErrorKind::kConnect, "connect", 3},
      {ErrorKind::kLock, "lock", 3},
      {ErrorKind::kSql, "sql", 1},
      {ErrorKind::kLua, "lua", 1},
      {ErrorKind::kVerify, "verify", 4},
      {ErrorKind::kPending, "pending", 5},
      {ErrorKind::kGate, "gate", 6},
      {ErrorKind::kInterrupted, "interrupted", 130},
      {ErrorKind::kIo, "io", 1},
      {ErrorKind::kHistory, "history", 1},
      {ErrorKind::kInternal, "internal", 1},
  };
  for (const Row& row : rows) {
    EXPECT_STREQ(kind_name(row.kind), row.name);
    EXPECT_EQ(exit_code(row.kind), row.code) << row.name;
  }
}

TEST(MigrationNames, AreTheWordsOfTheContract) {
  EXPECT_STREQ(direction_name(Direction::kUp), "up");
  EXPECT_STREQ(direction_name(Direction::kDown), "down");
  EXPECT_STREQ(state_name(HistoryEntry::State::kApplied), "applied");
  EXPECT_STREQ(state_name(HistoryEntry::State::kRunning), "running");
  EXPECT_STREQ(state_name(HistoryEntry::State::kFailed), "failed");
  const std::vector<std::pair<Problem::Kind, const char*>> problems = {
      {Problem::Kind::kMissing, "missing"},     {Problem::Kind::kDivergent, "divergent"},
      {Problem::Kind::kCosmetic, "cosmetic"},   {Problem::Kind::kOutOfOrder, "out_of_order"},
      {Problem::Kind::kFailed, "failed"},       {Problem::Kind::kInterrupted, "interrupted"},
      {Problem::Kind::kDuplicate, "duplicate"}, {Problem::Kind::kRenamed, "renamed"},
  };
  for (const auto& [kind, name] : problems) EXPECT_STREQ(problem_name(kind), name);
}

}  // namespace
}  // namespace tide
