#include "migrate/lua_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tide {
namespace {

using Tokens = std::vector<std::string>;

Tokens tokens(std::string_view text) {
  Tokens found;
  LuaTokens reader(text);
  for (std::string_view token = reader.next(); !token.empty(); token = reader.next()) found.emplace_back(token);
  return found;
}

struct Case {
  const char* what;
  std::string_view text;
  Tokens expected;
};

class LuaTokensRead : public testing::TestWithParam<Case> {};

TEST_P(LuaTokensRead, as_luajit_reads_them) {
  EXPECT_EQ(tokens(GetParam().text), GetParam().expected) << GetParam().what;
}

const Case kCases[] = {
    {"nothing", "", {}},
    {"blank", " \t\r\n\f\v", {}},
    {"words and numbers", "local a1 = 0x1F", {"local", "a1", "=", "0x1F"}},
    {"letters above ASCII",
     "gr\xC3\xB6\xC3\x9F"
     "e=1",
     {"gr\xC3\xB6\xC3\x9F"
      "e",
      "=", "1"}},
    {"decimal exponent", "1e+5-2E-3", {"1e+5", "-", "2E-3"}},
    {"hexadecimal exponent", "0x1p-4+0xe+1", {"0x1p-4", "+", "0xe", "+", "1"}},
    {"integer suffixes", "1LL 2ULL 3i", {"1LL", "2ULL", "3i"}},
    {"a number that begins with a dot", "x=.5", {"x", "=", ".5"}},
    {"dots", "a..b ... a.b", {"a", "..", "b", "...", "a", ".", "b"}},
    {"comparisons", "a==b~=c<=d>=e<f>g", {"a", "==", "b", "~=", "c", "<=", "d", ">=", "e", "<", "f", ">", "g"}},
    {"labels", "::x:: a:b()", {"::", "x", "::", "a", ":", "b", "(", ")"}},
    {"subtraction of a negative is no comment", "a - -b", {"a", "-", "-", "b"}},
    {"line comment", "a--b\nc -- d", {"a", "c"}},
    {"comment that ends with a carriage return", "a --b\rc", {"a", "c"}},
    {"long comment", "a--[[ b\n]]c", {"a", "c"}},
    {"long comment of a level", "a--[==[ ]] ]=] \n]==]c", {"a", "c"}},
    {"a bracket that opens no long comment", "a--[=b\nc", {"a", "c"}},
    {"strings keep their quotes and escapes", R"("a\"b" 'c\'d' '--')", {R"("a\"b")", R"('c\'d')", "'--'"}},
    {"string over two lines", "'a\\\nb' c", {"'a\\\nb'", "c"}},
    {"long string", "[[a\n]b]]..[==[ ]] ]==]", {"[[a\n]b]]", "..", "[==[ ]] ]==]"}},
    {"index of an index is no long string", "a[b[1]]", {"a", "[", "b", "[", "1", "]", "]"}},
    {"first line of a script", "#!/usr/bin/env tide\nreturn 1", {"return", "1"}},
    {"length operator later on", "\n#a", {"#", "a"}},
    {"byte order mark", "\xEF\xBB\xBFreturn 1", {"return", "1"}},
    {"a NUL byte", std::string_view("a\0b", 3), {"a", std::string(1, '\0'), "b"}},
    {"unfinished string", "a 'b", {"a", "'b"}},
    {"unfinished escape", "'b\\", {"'b\\"}},
    {"unfinished long string", "a [[b", {"a", "[[b"}},
    {"unfinished comment", "a --[[b", {"a"}},
};

INSTANTIATE_TEST_SUITE_P(all, LuaTokensRead, testing::ValuesIn(kCases));

}  // namespace
}  // namespace tide
