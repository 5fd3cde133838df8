#include "scratch/fill.h"

#include <gtest/gtest.h>

#include "support/databases.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kGb = 1'000'000'000;

FillChoice with_backup() {
  FillChoice choice;
  choice.backup = "nightly";
  choice.needed = kGb;
  choice.room = 10 * kGb;
  return choice;
}

TEST(ChooseFill, takes_a_backup_where_there_is_one_and_room_for_it) {
  EXPECT_EQ(choose_fill(with_backup()).fill, Fill::kBackup);
  EXPECT_EQ(choose_fill(with_backup()).because, "");
  FillChoice unknown = with_backup();
  unknown.room = -1;
  EXPECT_EQ(choose_fill(unknown).fill, Fill::kBackup);
}

TEST(ChooseFill, else_takes_the_schema_and_says_why) {
  FillChoice none;
  none.why_no_backup = "there is no backup in /b";
  EXPECT_EQ(choose_fill(none).fill, Fill::kSchema);
  EXPECT_EQ(choose_fill(none).because, "there is no backup in /b");
  FillChoice tight = with_backup();
  tight.room = kGb;
  EXPECT_EQ(choose_fill(tight).fill, Fill::kSchema);
  EXPECT_EQ(choose_fill(tight).because, "the database has 1.0 GB, and there are 1.0 GB where the copy would stand");
  FillChoice asked = with_backup();
  asked.schema_asked = true;
  EXPECT_EQ(choose_fill(asked).because, "that was asked for");
}

TEST(ChooseFill, what_was_asked_for_and_cannot_be_is_an_error) {
  FillChoice none;
  none.asked = "newest";
  none.why_no_backup = "there is no backup in /b";
  EXPECT_EQ(test::raised([&] { choose_fill(none); }).kind, ErrorKind::kUsage);
  FillChoice tight = with_backup();
  tight.asked = "nightly";
  tight.room = kGb;
  EXPECT_EQ(test::raised([&] { choose_fill(tight); }).kind, ErrorKind::kIo);
}

TEST(ChooseFill, a_sqlite_file_is_copied_as_it_is) {
  FillChoice file;
  file.sqlite = true;
  EXPECT_EQ(choose_fill(file).fill, Fill::kFile);
  file.schema_asked = true;
  EXPECT_EQ(test::raised([&] { choose_fill(file); }).kind, ErrorKind::kUsage);
  FillChoice full;
  full.sqlite = true;
  full.needed = kGb;
  full.room = kGb;
  EXPECT_EQ(test::raised([&] { choose_fill(full); }).kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace tide
