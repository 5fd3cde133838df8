#include "base/lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"

namespace tide {
namespace {

std::vector<std::string> lines_of(const std::string& bytes, std::size_t piece) {
  std::vector<std::string> found;
  Lines lines([&](const std::string& line) { found.push_back(line); });
  for (std::size_t at = 0; at < bytes.size(); at += piece) lines.add(std::string_view(bytes).substr(at, piece));
  lines.end();
  return found;
}

TEST(Lines, end_at_every_kind_of_line_break_however_the_pieces_come) {
  struct Case {
    const char* bytes;
    std::vector<std::string> lines;
  };
  const std::vector<Case> cases = {
      {"", {}},
      {"a", {"a"}},
      {"a\n", {"a"}},
      {"\n", {""}},
      {"a\n\nb\n", {"a", "", "b"}},
      {"a\r\nb\r\n", {"a", "b"}},
      {"10%\r20%\rdone\n", {"10%", "20%", "done"}},
      {"a\r\n\r\nb", {"a", "", "b"}},
      {"a\n\rb", {"a", "", "b"}},
      {"Größe\n", {"Größe"}},
      {"caf\xe9\n\xff", {"caf\\xe9", "\\xff"}},
  };
  for (const Case& one : cases) {
    for (std::size_t piece : {1u, 2u, 3u, 100u}) EXPECT_EQ(lines_of(one.bytes, piece), one.lines) << one.bytes;
  }
}

TEST(Lines, without_an_end_are_cut_into_pieces_that_are_text) {
  for (std::size_t shift : {0u, 1u, 2u}) {
    std::string text(shift, 'x');
    while (text.size() < 50000) text += "€";
    for (std::size_t piece : {7u, 65536u}) {
      const std::vector<std::string> lines = lines_of(text, piece);
      EXPECT_EQ(join(lines, ""), text);
      ASSERT_GE(lines.size(), 50000u / 8192);
      for (const std::string& line : lines) EXPECT_LE(line.size(), 8192u);
    }
  }
}

TEST(Lines, are_cut_between_words_so_that_no_secret_is_halved) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "s3cret-t0ken ";
  for (const std::string& line : lines_of(text, 1000)) {
    EXPECT_TRUE(starts_with(line, "s3cret-t0ken ") && ends_with(line, "s3cret-t0ken ")) << line.substr(0, 20);
  }
}

TEST(AsUtf8, writes_every_byte_that_is_no_text_as_its_number) {
  EXPECT_EQ(as_utf8("a\xC3\xA9"), "a\xC3\xA9");
  EXPECT_EQ(as_utf8("\xC3(\x80\xED\xA0\x80"), "\\xc3(\\x80\\xed\\xa0\\x80");
}

TEST(LastLines, are_whole_ones_within_both_limits) {
  struct Case {
    std::string text;
    std::size_t lines, bytes;
    std::string expected;
  };
  const std::vector<Case> cases = {
      {"", 3, 100, ""},
      {"\n \n", 3, 100, ""},
      {"one", 3, 100, "one"},
      {"one\n", 3, 100, "one"},
      {"one\ntwo\nthree\n\n", 2, 100, "two\nthree"},
      {"one\ntwo\nthree", 5, 100, "one\ntwo\nthree"},
      {"one\ntwo\nthree", 5, 9, "two\nthree"},
      {"one\ntwo\nthree", 5, 8, "three"},
      {"a long last line", 5, 10, "last line"},
      {"one-long-last-word", 5, 10, ""},
      {"one\nbad \xff", 1, 100, "bad \\xff"},
  };
  for (const Case& one : cases) EXPECT_EQ(last_lines(one.text, one.lines, one.bytes), one.expected) << one.text;
}

}  // namespace
}  // namespace tide
