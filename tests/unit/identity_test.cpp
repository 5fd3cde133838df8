#include "migrate/identity.h"

#include <gtest/gtest.h>

namespace tide {
namespace {

struct Case {
  const char* what;
  Identity identity;
  const char* bears;
  const char* message;  // "" = it may be worked on
};

class FindMistaken : public testing::TestWithParam<Case> {};

TEST_P(FindMistaken, compares_the_names) {
  const auto error = find_mistaken(GetParam().identity, GetParam().bears, "postgres://h/d");
  EXPECT_EQ(error ? error->message : "", GetParam().message) << GetParam().what;
  if (!error) return;
  EXPECT_EQ(error->kind, ErrorKind::kGate);
  EXPECT_EQ(error->done, std::vector<std::string>{"nothing was changed"});
  EXPECT_FALSE(error->next.empty());
}

const Case kCases[] = {
    {"its own", {"production", true, ""}, "production", ""},
    {"one without a name", {"production", true, ""}, "", ""},
    {"one without a name, and nobody names one", {"dev", false, ""}, "", ""},
    {"another one's",
     {"production", true, ""},
     "staging",
     "this is the database of environment 'staging', not of 'production': postgres://h/d"},
    {"the reverse",
     {"staging", true, ""},
     "production",
     "this is the database of environment 'production', not of 'staging': postgres://h/d"},
    {"a word for the wrong name opens nothing",
     {"staging", true, "production"},
     "production",
     "this is the database of environment 'production', not of 'staging': postgres://h/d"},
    {"a bare URL",
     {"dev", false, ""},
     "production",
     "this is the database of environment 'production', and no environment was named: postgres://h/d"},
    {"a bare URL, and the word for it", {"dev", false, "production"}, "production", ""},
    {"a bare URL, and another word",
     {"dev", false, "staging"},
     "production",
     "this is the database of environment 'production', and no environment was named: postgres://h/d"},
    {"a bare URL to the default environment's own", {"dev", false, ""}, "dev", ""},
};

INSTANTIATE_TEST_SUITE_P(all, FindMistaken, testing::ValuesIn(kCases));

}  // namespace
}  // namespace tide
