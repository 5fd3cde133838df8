#include "db/likeness.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>

#include "db/row_sums.h"
#include "tide/error.h"

namespace tide {
namespace {

// One row.
class Row final : public Cursor {
 public:
  explicit Row(std::vector<Cell> cells) : cells_(std::move(cells)) {}
  const std::vector<std::string>& names() const override { return names_; }
  bool next() override { return false; }
  Cell cell(std::size_t column) override { return cells_.at(column); }
  Value array(std::size_t) override { return {}; }
  void close() noexcept override {}

 private:
  std::vector<std::string> names_;
  std::vector<Cell> cells_;
};

Cell text(std::string_view value, Cell::Kind kind = Cell::Kind::kText) {
  Cell cell;
  cell.kind = kind;
  cell.text = value;
  return cell;
}
Cell bytes(std::string_view value) { return text(value, Cell::Kind::kBytes); }
Cell numeric(std::string_view value) { return text(value, Cell::Kind::kNumeric); }
Cell integer(std::int64_t value) {
  Cell cell;
  cell.kind = Cell::Kind::kInteger;
  cell.integer = value;
  return cell;
}
Cell real(double value) {
  Cell cell;
  cell.kind = Cell::Kind::kFloat;
  cell.real = value;
  return cell;
}
Cell boolean(bool value) {
  Cell cell;
  cell.kind = Cell::Kind::kBool;
  cell.boolean = value;
  return cell;
}

std::string likeness(const Cell& cell, Likeness as) {
  Row row({cell});
  std::string out;
  append_likeness(out, row, 0, as);
  return out;
}

struct Pair {
  Likeness as;
  Cell a;
  Cell b;
};

TEST(Likeness, ValuesThatMeanTheSameAreAlikeWhicheverEngineWroteThem) {
  const Pair pairs[] = {
      {Likeness::kNumber, integer(1), numeric("1.00")},
      {Likeness::kNumber, integer(-1200), text("-1.2e3")},
      {Likeness::kNumber, numeric("0.00"), text("-0")},
      {Likeness::kNumber, real(0.1), numeric("0.10")},
      {Likeness::kNumber, real(1e22), numeric("10000000000000000000000")},
      {Likeness::kNumber, text("007"), integer(7)},
      {Likeness::kNumber, real(std::numeric_limits<double>::infinity()), text("Infinity")},
      {Likeness::kBool, boolean(true), integer(1)},
      {Likeness::kBool, boolean(false), text("f")},
      {Likeness::kBytes, bytes("a\\b"), text("a\\b")},
      {Likeness::kPadded, text("ab   "), text("ab")},
      {Likeness::kTime, text("2024-02-29 12:00:00+00"), text("2024-02-29T17:30:00.000+05:30")},
      {Likeness::kTime, text("2024-02-29"), text("2024-02-29 00:00:00")},
      {Likeness::kTime, text("2024-02-29 12:00:00.5"), text("2024-02-29 12:00:00.500Z")},
      {Likeness::kTime, text("2024-02-29 12:00"), text("2024-02-29 04:00:00-0800")},
      {Likeness::kTime, text("infinity"), text("infinity")},
      {Likeness::kUuid, text("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"), text("{a0eebc999c0b4ef8bb6d6bb9bd380a11}")},
      {Likeness::kJson, text(R"({"b": [1, 2.50], "a": null})"), text(R"({"a":null,"b":[1.0,2.5]})")},
      {Likeness::kJson, text(R"({"a": 1, "a": 2})"), text(R"({"a": 2})")},
      {Likeness::kStored, integer(1), real(1.0)},
      {Likeness::kIgnored, integer(1), text("x")},
  };
  for (const Pair& pair : pairs) EXPECT_EQ(likeness(pair.a, pair.as), likeness(pair.b, pair.as)) << pair.a.text;
}

TEST(Likeness, ValuesThatDifferAreNotAlike) {
  const Pair pairs[] = {
      {Likeness::kText, text(""), Cell()},
      {Likeness::kText, text("a "), text("a")},
      {Likeness::kText, text("1.0"), text("1")},
      {Likeness::kText, text("a"), bytes("a")},
      {Likeness::kStored, text("a"), bytes("a")},
      {Likeness::kStored, text("01"), integer(1)},
      {Likeness::kNumber, numeric("1.005"), numeric("1.01")},
      {Likeness::kNumber, integer(1), integer(10)},
      {Likeness::kNumber, integer(1), integer(-1)},
      {Likeness::kNumber, numeric("12345678901234567890.1234"), real(12345678901234567890.1234)},
      {Likeness::kNumber, text("x1"), text("1")},
      {Likeness::kBool, boolean(true), boolean(false)},
      {Likeness::kTime, text("2024-02-29 12:00:00+00"), text("2024-02-29 12:00:00.000001+00")},
      {Likeness::kTime, text("0044-03-15 BC"), text("0044-03-15")},
      {Likeness::kTime, text("2024-02-30"), text("2024-03-01")},
      {Likeness::kJson, text("[1,2]"), text("[2,1]")},
      {Likeness::kJson, text("{\"a\": 1"), text("{\"a\": 1}")},
      {Likeness::kJson, text("\"1\""), text("1")},
  };
  for (const Pair& pair : pairs) EXPECT_NE(likeness(pair.a, pair.as), likeness(pair.b, pair.as)) << pair.a.text;
}

TEST(Likeness, OnlyWordsThatAreKnownNameOne) {
  EXPECT_EQ(likeness_named("number"), Likeness::kNumber);
  EXPECT_THROW(likeness_named("numbr"), Error);
}

RowSums sums_of(const std::vector<std::pair<std::int64_t, std::string>>& rows, bool keep = false) {
  RowSums sums({{Likeness::kNumber, Likeness::kText}, 1}, 4);
  if (keep) sums.keep({0, 1, 2, 3});
  for (const auto& [id, name] : rows) {
    Row row({integer(id), text(name)});
    sums.add(row);
  }
  return sums;
}

TEST(RowSums, TheOrderOfTheRowsDoesNotMatterAndEveryDifferenceDoes) {
  EXPECT_TRUE(sums_of({{1, "a"}, {2, "b"}, {3, "c"}}).differing(sums_of({{3, "c"}, {1, "a"}, {2, "b"}})).empty());
  EXPECT_FALSE(sums_of({{1, "a"}, {2, "b"}}).differing(sums_of({{1, "b"}, {2, "a"}})).empty());
  EXPECT_FALSE(sums_of({{1, "a"}}).differing(sums_of({{1, "a"}, {1, "a"}})).empty());
  EXPECT_FALSE(sums_of({{1, "a"}}).differing(sums_of({})).empty());
}

TEST(RowSums, WhatDiffersIsNamedByItsKey) {
  const RowSums here = sums_of({{1, "a"}, {2, "b"}, {3, "c"}}, true),
                there = sums_of({{1, "a"}, {3, "x"}, {4, "d"}}, true);
  std::map<std::string, RowDifference::Kind> found;
  for (const RowDifference& difference : differences(here, there)) found[difference.key.at(0)] = difference.kind;
  const std::map<std::string, RowDifference::Kind> expected = {
      {"2", RowDifference::Kind::kMissing}, {"3", RowDifference::Kind::kDifferent}, {"4", RowDifference::Kind::kExtra}};
  EXPECT_EQ(found, expected);
}

}  // namespace
}  // namespace tide
