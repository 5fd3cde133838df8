#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "repl/rows.h"
#include "repl/value_rows.h"

namespace tide::test {
namespace {

using Table = std::vector<std::vector<Value>>;

std::string written(RowFormat format, std::vector<std::string> names, Table rows, RowStyle style = {},
                    std::int64_t limit = 0) {
  ValueRows cursor(std::move(names), std::move(rows));
  std::string out;
  write_rows(cursor, *make_row_writer(format, style, [&](std::string_view text) { out += text; }), limit);
  return out;
}

const Table kRows = {{Value(1), Value("ana"), Value(Numeric{"10.50"})}, {Value(22), Value(Null()), Value(-3.5)}};

TEST(ReplRows, AlignedShowsNullAndSetsNumbersToTheRight) {
  EXPECT_EQ(written(RowFormat::kAligned, {"id", "name", "n"}, kRows),
            " id | name |   n\n"
            "----+------+-------\n"
            "  1 | ana  | 10.50\n"
            " 22 | NULL |  -3.5\n"
            "(2 rows)\n");
}

TEST(ReplRows, AlignedCountsColumnsOfTheTerminal) {
  EXPECT_EQ(written(RowFormat::kAligned, {"a", "b"}, {{Value("日本"), Value("x")}, {Value("e\u0301"), Value("y")}}),
            "  a   | b\n------+---\n 日本 | x\n e\u0301    | y\n(2 rows)\n");
}

TEST(ReplRows, NothingReachesTheTerminalThatItWouldObey) {
  const std::string out = written(RowFormat::kAligned, {"a\033[2J"}, {{Value("b\033]0;x\a\n\tc\xff\u202e")}});
  EXPECT_EQ(out.find('\033'), std::string::npos);
  EXPECT_NE(out.find("b\\x1b]0;x\\x07\\n\\tc\\xff\\xe2\\x80\\xae"), std::string::npos) << out;
}

TEST(ReplRows, ALongValueIsCutWithAMark) {
  RowStyle style;
  style.longest = 5;
  EXPECT_NE(written(RowFormat::kAligned, {"a"}, {{Value(std::string(10 << 20, 'x'))}}, style).find(" xxxx…\n"),
            std::string::npos);
}

TEST(ReplRows, WhatIsTooWideForTheTerminalStandsOneValueALine) {
  RowStyle style;
  style.columns = 20;
  style.vertical_when_wide = true;
  const std::string out =
      written(RowFormat::kAligned, {"id", "note"}, {{Value(1), Value("0123456789012345678")}}, style);
  EXPECT_EQ(out, "-[ row 1 ]----------\nid   | 1\nnote | 012345678901…\n(1 row)\n");
}

TEST(ReplRows, EveryBatchOfAnAlignedTableIsAsWideAsTheOneBefore) {
  Table rows(1500, {Value(1), Value("x")});
  rows.push_back({Value(1), Value("longer than all before")});
  const std::string out = written(RowFormat::kAligned, {"id", "note"}, rows);
  EXPECT_NE(out.find("  1 | longer than all before\n"), std::string::npos);
  EXPECT_NE(out.find("(1501 rows)"), std::string::npos);
}

TEST(ReplRows, CsvTellsNullFromEmpty) {
  EXPECT_EQ(written(RowFormat::kCsv, {"a", "b,c"}, {{Value(Null()), Value("")}, {Value("x\"y"), Value("p\nq")}}),
            "a,\"b,c\"\n,\"\"\n\"x\"\"y\",\"p\nq\"\n");
}

TEST(ReplRows, JsonIsOneDocumentThatLosesNothing) {
  const Table rows = {{Value(std::int64_t{9007199254740993}), Value(Numeric{"1.10"}), Value(true)},
                      {Value(Null()), Value(Array{Value(1), Value(Null())}), Value("a\"b")}};
  EXPECT_EQ(
      written(RowFormat::kJson, {"n", "m", "n"}, rows),
      "[\n{\"n\":9007199254740993,\"m\":1.10,\"n_2\":true},\n{\"n\":null,\"m\":[1,null],\"n_2\":\"a\\\"b\"}\n]\n");
  EXPECT_EQ(written(RowFormat::kJson, {"n"}, {}), "[]\n");
}

TEST(ReplRows, MarkdownEscapesItsOwnMarks) {
  EXPECT_EQ(written(RowFormat::kMarkdown, {"n", "t"}, {{Value(1), Value("a|b\nc")}}),
            "| n | t |\n|---:|---|\n| 1 | a\\|b<br>c |\n");
}

TEST(ReplRows, TheLimitLeavesRowsUnwrittenAndSaysSo) {
  ValueRows cursor({"n"}, {{Value(1)}, {Value(2)}, {Value(3)}});
  std::string out;
  const auto writer = make_row_writer(RowFormat::kCsv, {}, [&](std::string_view text) { out += text; });
  const Written written = write_rows(cursor, *writer, 2);
  EXPECT_TRUE(written.cut);
  EXPECT_EQ(written.rows, 2);
  EXPECT_EQ(out, "n\n1\n2\n");
}

}  // namespace
}  // namespace tide::test
