#include "cli/table.h"

#include <gtest/gtest.h>

#include "cli/width.h"

namespace tide {
namespace {

TEST(Width, IsCountedInColumnsOfATerminal) {
  struct Case {
    const char* text;
    int width;
  };
  const Case cases[] = {{"", 0},     {"abc", 3}, {"é", 1},      {"e\u0301", 1}, {"日本", 4}, {"한글", 4},
                        {"a日b", 4}, {"🚀", 2},   {"\u200b", 0}, {"ﾊ", 1},       {"Ｆ", 2},   {"\xff\xfe", 2}};
  for (const Case& c : cases) EXPECT_EQ(display_width(c.text), c.width) << c.text;
}

TEST(Width, ClipCutsAtColumnsAndNeverThroughACharacter) {
  EXPECT_EQ(clip("abc", 3), "abc");
  EXPECT_EQ(clip("abcd", 3), "ab…");
  EXPECT_EQ(clip("日本語", 4), "日…");
  EXPECT_EQ(clip("日本語", 5), "日本…");
}

TEST(Width, PrintableLeavesNothingThatATerminalWouldObey) {
  EXPECT_EQ(printable("a\033[31mred\a\n\tb\x7f"), "a?[31mred?\n\tb?");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m é \xff"),
            "?31m é ?");
}

TEST(Table, ColumnsAreAlignedByDisplayWidth) {
  Table table({"name", "size", "note"});
  table.align_right(1);
  table.add({"日本", "7", "two wide"});
  table.add({"e\u0301t", "12345", ""});
  table.add({"a\nb"});
  EXPECT_EQ(table.text(),
            "name   size  note\n"
            "日本      7  two wide\n"
            "e\u0301t    12345\n"
            "a b\n");
}

TEST(Table, WithoutRowsIsItsHeader) {
  Table table({"a", "b"});
  EXPECT_TRUE(table.empty());
  EXPECT_EQ(table.text(), "a  b\n");
}

}  // namespace
}  // namespace tide
