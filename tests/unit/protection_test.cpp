#include "cli/protection.h"

#include <gtest/gtest.h>

#include "tide/error.h"

namespace tide {
namespace {

Environment production() {
  Environment environment;
  environment.name = "production";
  environment.is_protected = true;
  return environment;
}

// The message of the refusal; "" when it may go on. `asked` counts the questions.
std::string outcome(const Environment& environment, std::optional<std::string> confirm,
                    std::optional<std::string> answer, int& asked) {
  Consent consent;
  consent.confirm = std::move(confirm);
  consent.ask = [&](const std::string& question) {
    ++asked;
    EXPECT_EQ(question, "environment 'production' is protected: postgres://h/d\nType its name to go on: ");
    return answer;
  };
  try {
    check_protection(environment, "postgres://h/d", consent);
    return "";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kGate);
    EXPECT_EQ(error.next, std::vector<std::string>{"give its name: --confirm production"});
    return error.message;
  }
}

TEST(Protection, OnlyTheNameOpensIt) {
  struct Case {
    std::optional<std::string> confirm, answer;
    const char* message;
    int asked;
  };
  const Case cases[] = {
      {"production", std::nullopt, "", 0},
      {std::nullopt, "production", "", 1},
      {std::nullopt, " production ", "", 1},
      {"staging", "production", "environment 'production' is protected, and --confirm names 'staging'", 0},
      {"", "production", "environment 'production' is protected, and --confirm names ''", 0},
      {std::nullopt, "y", "environment 'production' is protected, and the answer was not its name", 1},
      {std::nullopt, "", "environment 'production' is protected, and the answer was not its name", 1},
      {std::nullopt, std::nullopt,
       "environment 'production' is protected, and there is no terminal to ask for its name", 1},
  };
  for (const Case& c : cases) {
    int asked = 0;
    EXPECT_EQ(outcome(production(), c.confirm, c.answer, asked), c.message);
    EXPECT_EQ(asked, c.asked);
  }
}

TEST(Protection, AnUnprotectedEnvironmentIsNotAskedFor) {
  Environment dev;
  dev.name = "dev";
  int asked = 0;
  EXPECT_EQ(outcome(dev, std::nullopt, std::nullopt, asked), "");
  EXPECT_EQ(outcome(dev, "other", std::nullopt, asked), "");
  EXPECT_EQ(asked, 0);
}

}  // namespace
}  // namespace tide
