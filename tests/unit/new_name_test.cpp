#include "cli/new_name.h"

#include <gtest/gtest.h>

#include "tide/error.h"

namespace tide {
namespace {

TEST(NewName, BecomesSnakeCase) {
  const std::pair<const char*, const char*> cases[] = {
      {"create users", "create_users"},
      {"Create  Users!", "create_users"},
      {"addEmailToUsers", "add_email_to_users"},
      {"create_users", "create_users"},
      {"drop HTTP log", "drop_http_log"},
      {"v2-final", "v2_final"},
      {"__x__", "x"},
      {"naïve", "na_ve"},
  };
  for (const auto& [given, name] : cases) EXPECT_EQ(snake_case(given), name);
}

TEST(NewName, ThatNamesNothingOrAnotherFolderIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "a migration's name needs a letter or digit: ''"},
      {"...", "a migration's name needs a letter or digit: '...'"},
      {"../evil", "a migration's name has no path separators: '../evil'"},
      {"a\\b", "a migration's name has no path separators: 'a\\b'"},
  };
  for (const auto& [given, message] : cases) {
    try {
      snake_case(given);
      ADD_FAILURE() << given;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kUsage);
      EXPECT_EQ(error.message, message);
    }
  }
}

TEST(NewVersion, IsTheTimeOrJustAboveTheNewest) {
  constexpr std::int64_t kNow = 1757160000;  // 2025-09-06 12:00:00 UTC
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{}, "20250906120000"},
      {{"0001", "20250101000000"}, "20250906120000"},
      {{"20250906120000"}, "20250906120001"},
      {{"20250906120059", "20250906120000"}, "20250906120100"},
      {{"20991231235959"}, "21000101000000"},
      {{"99999999999999"}, "100000000000000"},
      {{"202509061200001"}, "202509061200002"},
  };
  for (const auto& [existing, version] : cases) EXPECT_EQ(next_version(existing, kNow), version);
}

}  // namespace
}  // namespace tide
