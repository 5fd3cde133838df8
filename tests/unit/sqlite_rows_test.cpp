#include "db/sqlite_rows.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace tide {
namespace {

Cell integer(std::int64_t number) {
  Cell cell;
  cell.kind = Cell::Kind::kInteger;
  cell.integer = number;
  return cell;
}

Cell text(std::string_view characters) {
  Cell cell;
  cell.kind = Cell::Kind::kText;
  cell.text = characters;
  return cell;
}

class SqliteRowsTest : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(WithMemoryFor, SqliteRowsTest, testing::Values(0U, 100U, 5000U, std::size_t{1} << 30));

TEST_P(SqliteRowsTest, come_back_in_order_wherever_they_were_kept) {
  SqliteRows rows(GetParam());
  for (int i = 0; i < 1000; ++i) {
    const std::string note(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26));
    rows.append({integer(i), text(note), Cell{}});
  }
  rows.start_reading();
  for (int i = 0; i < 1000; ++i) {
    ASSERT_TRUE(rows.next());
    ASSERT_EQ(rows.row().size(), 3U);
    EXPECT_EQ(rows.row()[0].integer, i);
    EXPECT_EQ(rows.row()[1].text, std::string(static_cast<std::size_t>(i % 50), static_cast<char>('a' + i % 26)));
    EXPECT_EQ(rows.row()[2].kind, Cell::Kind::kNull);
  }
  EXPECT_FALSE(rows.next());
  EXPECT_FALSE(rows.next());
}

TEST_P(SqliteRowsTest, keep_every_kind_exactly) {
  Cell real;
  real.kind = Cell::Kind::kFloat;
  real.real = 0.1;
  Cell boolean;
  boolean.kind = Cell::Kind::kBool;
  boolean.boolean = true;
  Cell bytes = text(std::string_view("\0\xff\n", 3));
  bytes.kind = Cell::Kind::kBytes;
  SqliteRows rows(GetParam());
  rows.append({real, boolean, bytes, text(""), integer(std::numeric_limits<std::int64_t>::min())});
  rows.start_reading();
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.row()[0].real, 0.1);
  EXPECT_TRUE(rows.row()[1].boolean);
  EXPECT_EQ(rows.row()[2].text, std::string_view("\0\xff\n", 3));
  EXPECT_EQ(rows.row()[3].kind, Cell::Kind::kText);
  EXPECT_EQ(rows.row()[4].integer, std::numeric_limits<std::int64_t>::min());
}

TEST(SqliteRowsWithoutARow, end_at_once) {
  SqliteRows rows(100);
  rows.start_reading();
  EXPECT_FALSE(rows.next());
}

}  // namespace
}  // namespace tide
