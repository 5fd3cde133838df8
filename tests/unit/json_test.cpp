#include "base/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "tide/error.h"

namespace tide {
namespace {

TEST(ParseJson, KeepsEveryKindOfValue) {
  const Json json =
      parse_json(R"( {"n": null, "b": true, "i": -7, "d": 1.5, "s": "a\u00e4\n", "l": [1, []], "o": {}} )");
  EXPECT_TRUE(std::holds_alternative<Null>(json.find("n")->data));
  EXPECT_EQ(std::get<bool>(json.find("b")->data), true);
  EXPECT_EQ(std::get<std::int64_t>(json.find("i")->data), -7);
  EXPECT_EQ(std::get<double>(json.find("d")->data), 1.5);
  EXPECT_EQ(std::get<std::string>(json.find("s")->data), "aä\n");
  EXPECT_EQ(std::get<Json::List>(json.find("l")->data).size(), 2u);
  EXPECT_TRUE(std::get<Json::Object>(json.find("o")->data).empty());
  EXPECT_EQ(json.find("missing"), nullptr);
  EXPECT_EQ(Json(1).find("a"), nullptr);
}

TEST(ParseJson, KeepsOrderAndTheLastOfEqualKeys) {
  const Json json = parse_json(R"({"z":1,"a":2,"z":3})");
  EXPECT_EQ(dump_json(json), R"({"z":1,"a":2,"z":3})");
  EXPECT_EQ(std::get<std::int64_t>(json.find("z")->data), 3);
}

TEST(ParseJson, NumbersLoseNothing) {
  struct Case {
    const char* text;
    const char* kind;
    const char* dumped;
  };
  const std::vector<Case> cases = {
      {"0", "integer", "0"},
      {"9223372036854775807", "integer", "9223372036854775807"},
      {"-9223372036854775808", "integer", "-9223372036854775808"},
      {"9223372036854775808", "numeric", "9223372036854775808"},
      {"-9223372036854775809", "numeric", "-9223372036854775809"},
      {"123456789012345678901234567890", "numeric", "123456789012345678901234567890"},
      {"0.1", "double", "0.1"},
      {"-2.50", "double", "-2.5"},
      {"1e3", "double", "1000.0"},
      {"1.0", "double", "1.0"},
      {"0.0", "double", "0.0"},
      {"1e300", "double", "1e+300"},
      {"5e-324", "double", "5e-324"},
      {"0.12345678901234567890", "numeric", "0.1234567890123456789"},
      {"12345678901234567.25", "numeric", "12345678901234567.25"},
      {"1234567890123456789e2", "numeric", "123456789012345678900"},
      {"-1.2345678901234567891E-3", "numeric", "-0.0012345678901234567891"},
      {"12345678901234567890.5e1", "numeric", "123456789012345678905"},
  };
  for (const Case& c : cases) {
    const Json json = parse_json(c.text);
    const char* kinds[] = {"null", "bool", "integer", "double", "numeric", "string", "list", "object"};
    EXPECT_STREQ(kinds[json.data.index()], c.kind) << c.text;
    EXPECT_EQ(dump_json(json), c.dumped) << c.text;
  }
}

TEST(ParseJson, ErrorsNameLineAndColumn) {
  struct Case {
    std::string text;
    int line;
    int column;
  };
  const std::vector<Case> cases = {
      {"", 1, 1},           {"{\n  \"ä\": x}", 2, 8}, {"[1,\n2,]", 2, 3}, {"[1] 2", 1, 5}, {"\"a", 1, 2},
      {"{\"a\":1,}", 1, 8}, {"[\"\xFF\"]", 1, 3},     {"nul", 1, 3},      {"[NaN]", 1, 2},
  };
  for (const Case& c : cases) {
    try {
      parse_json(c.text);
      ADD_FAILURE() << "accepted: " << c.text;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kConfig);
      EXPECT_EQ(error.line, c.line) << c.text << ": " << error.message;
      EXPECT_EQ(error.file_column, c.column) << c.text << ": " << error.message;
      EXPECT_EQ(error.message.find("json.exception"), std::string::npos) << error.message;
    }
  }
}

TEST(ParseJson, DepthAndExponentsAreLimited) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(dump_json(parse_json(nested(500))), nested(500));
  EXPECT_THROW(parse_json(nested(501)), Error);
  EXPECT_THROW(parse_json(std::string(5'000'000, '[')), Error);
  EXPECT_THROW(parse_json("1e999999999"), Error);
  EXPECT_THROW(parse_json("1e-999999999"), Error);
  EXPECT_THROW(parse_json("1e-99999999999999999999999"), Error);
}

TEST(ParseJson, StringsAreUnescaped) {
  const std::pair<const char*, std::string> cases[] = {
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("a\u0041\u00e4\u20ac\ud83d\ude00z")", "aAä€😀z"},
      {R"("\u0000")", std::string(1, '\0')},
      {"\"ü\\n€\"", "ü\n€"},
  };
  for (const auto& [text, meant] : cases) EXPECT_EQ(std::get<std::string>(parse_json(text).data), meant) << text;
  for (const char* text : {R"("\ud83d")", R"("\ude00")", R"("\ud83dx")", R"("\ud83d\u0041")", R"("\u12")", R"("\x")",
                           "\"\n\"", "\"\xC3\"", "\"\\n\xFF\""}) {
    EXPECT_THROW(parse_json(text), Error) << text;
  }
}

// Texts that are nearly right: another reader of JSON is the judge of each.
TEST(ParseJson, AcceptsWhatAnotherReaderAcceptsAndReadsTheSame) {
  const std::string texts[] = {R"({"a": [1, -0.5e+3, "x\u00e4\n\ud83d\ude00", null, true], "": {"b": false, "ü": []}})",
                               R"([[], {}, "\\", 12345678901234567890, 0, -1, [[{"k": "v"}]]])"};
  constexpr std::string_view kBytes = "{}[]\",:\\u0123456789abefnrtlsd+-.E \n\t\xC3\xA4\xFF\x1F";
  std::mt19937 random(7);
  const auto below = [&](std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random); };
  int accepted = 0;
  for (int i = 0; i < 60'000; ++i) {
    std::string text = texts[below(std::size(texts))];
    for (std::size_t edits = below(3); edits-- > 0;) {
      const std::size_t at = below(text.size());
      if (below(2) == 0)
        text.erase(at, 1 + below(3));
      else
        text.insert(at, 1, kBytes[below(kBytes.size())]);
    }
    const auto judged = nlohmann::json::parse(text, nullptr, false);  // it refuses what no double can be
    try {
      const auto ours = nlohmann::json::parse(dump_json(parse_json(text)), nullptr, false);
      EXPECT_TRUE(ours == judged || (ours.is_discarded() && judged.is_discarded())) << text;
      ++accepted;
    } catch (const Error& error) {
      EXPECT_TRUE(judged.is_discarded()) << text << ": " << error.message;
    }
  }
  EXPECT_GT(accepted, 20'000);
}

TEST(DumpJson, WritesCompactAndIndented) {
  const Json json =
      Json::Object{{"a", Json::List{1, "x", Null{}}}, {"e", Json::List{}}, {"o", Json::Object{{"k", true}}}};
  EXPECT_EQ(dump_json(json), R"({"a":[1,"x",null],"e":[],"o":{"k":true}})");
  EXPECT_EQ(dump_json(json, 2),
            "{\n  \"a\": [\n    1,\n    \"x\",\n    null\n  ],\n  \"e\": [],\n  \"o\": {\n    \"k\": true\n  }\n}");
  EXPECT_EQ(dump_json(Json::List{1, 2}, 0), "[\n1,\n2\n]");
}

TEST(DumpJson, AlwaysGivesValidJson) {
  EXPECT_EQ(dump_json(std::nan("")), "null");
  EXPECT_EQ(dump_json(-std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(dump_json(std::string("a\xFF\xC3(")), "\"a\xEF\xBF\xBD\xEF\xBF\xBD(\"");
  EXPECT_EQ(dump_json(std::string("\0\x1f\"\\/\n", 6)), R"("\u0000\u001f\"\\/\n")");
  EXPECT_EQ(dump_json(Json(1.0)), "1.0");
  EXPECT_EQ(dump_json(Numeric{"-0.10"}), "-0.10");
  for (const char* text : {"", "+1", ".5", "1.", "007", "1e5", "abc", "-", "1.2.3"}) {
    EXPECT_EQ(dump_json(Numeric{text}), dump_json(std::string(text))) << text;
  }
}

TEST(DumpJson, WhatIsDumpedParsesToTheSame) {
  for (const char* text : {"[0.1,1e-7,1e+22,123456.789]", R"({"a":{"b":[[],{}]},"":"\u0001"})", "-0.0",
                           "[18446744073709551616,0.30000000000000000001]"}) {
    const std::string once = dump_json(parse_json(text));
    EXPECT_EQ(dump_json(parse_json(once)), once);
    EXPECT_EQ(dump_json(parse_json(dump_json(parse_json(text), 4))), once);
  }
}

TEST(ToJson, ConvertsEveryValue) {
  const Value value = Array{Null{}, true, 5, 2.5, Numeric{"1.10"}, "text", Bytes{std::string("\x00\xAB", 2)}, Array{}};
  EXPECT_EQ(dump_json(to_json(value)), R"([null,true,5,2.5,1.10,"text","\\x00ab",[]])");
}

}  // namespace
}  // namespace tide
