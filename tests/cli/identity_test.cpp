#include "cli/project.h"

namespace tide::test {
namespace {

const char* const kOne = "20250101000001";

// Two databases and two environments, whose urls come from variables: what a slip of the hand mixes up.
class IdentityTest : public OnEngine {
 protected:
  IdentityTest() {
    project.write("tide.toml",
                  "default_env = \"dev\"\n\n[env.dev]\nurl = \"sqlite:own.db\"\n\n[env.staging]\nurl = "
                  "\"${STAGING_URL}\"\n\n[env.production]\nurl = \"${PRODUCTION_URL}\"\nprotected = true\n");
    project.write("migrations/20250101000001_one.lua", creates("one"));
  }

  std::string staging() const { return url_of(project); }
  std::string production() const { return url_of(other_); }
  // Both urls as they should be.
  Outcome right(Args args) { return tide(std::move(args), staging(), production()); }
  // Each environment's url names the other one's database.
  Outcome swapped(Args args) { return tide(std::move(args), production(), staging()); }
  Outcome tide(Args args, const std::string& staging_url, const std::string& production_url) {
    if (confirm_) args.insert(args.end(), {"--confirm", "production"});
    return project.tide(args, {{"STAGING_URL", staging_url}, {"PRODUCTION_URL", production_url}});
  }
  void apply_to_both() {
    ASSERT_TRUE(exits(right({"-e", "staging", "up"}), 0));
    ASSERT_TRUE(exits(right({"-e", "production", "up"}), 0));
  }
  std::string name_of_staging() { return project.value("SELECT value FROM " + meta() + " WHERE key = 'environment'"); }
  std::string meta() const { return project.on_postgres() ? "tide.meta" : "tide_meta"; }

  bool confirm_ = true;

 private:
  static std::string url_of(const Project& one) {
    return one.on_postgres() ? one.url() : "sqlite:" + one.path("dev.db");
  }
  Project other_{GetParam()};
};
TIDE_ON_BOTH_ENGINES(IdentityTest);

TEST_P(IdentityTest, ADatabaseGetsTheNameOfItsFirstEnvironment) {
  apply_to_both();
  EXPECT_EQ(name_of_staging(), "staging");
  EXPECT_TRUE(exits(right({"-e", "staging", "redo"}), 0));
}

TEST_P(IdentityTest, NothingIsChangedInAnotherEnvironmentsDatabase) {
  apply_to_both();
  project.write("migrations/20250101000002_two.lua", creates("two"));
  for (const char* name : {"staging", "production"}) {
    const std::string bears = std::string(name) == "staging" ? "production" : "staging";
    for (const Args& args :
         {Args{"up"}, Args{"down"}, Args{"redo"}, Args{"plan"}, Args{"plan", "--sql"}, Args{"verify"},
          Args{"baseline", "20250101000002"}, Args{"resolve", kOne, "--reverted", "--reason", "no"}}) {
      Args command = {"-e", name};
      command.insert(command.end(), args.begin(), args.end());
      const Outcome outcome = swapped(command);
      EXPECT_TRUE(exits(outcome, 6)) << testing::PrintToString(command);
      EXPECT_TRUE(contains(outcome.err, "the database of environment '" + bears + "', not of '" + name + "'"));
      EXPECT_TRUE(contains(outcome.err, "nothing was changed"));
      EXPECT_TRUE(contains(outcome.err, "tide -e " + std::string(name) + " resolve --was " + bears));
    }
  }
  EXPECT_EQ(project.tables(), "one");
}

TEST_P(IdentityTest, WhatOnlyShowsTheHistoryWarnsAndShowsIt) {
  apply_to_both();
  const Outcome status = swapped({"-e", "production", "status"});
  EXPECT_TRUE(exits(status, 0));
  EXPECT_TRUE(contains(status.err, "warning: this is the database of environment 'staging'"));
  EXPECT_TRUE(contains(status.out, "problem: this is the database of environment 'staging'"));
  EXPECT_TRUE(contains(status.out, kOne));
  EXPECT_TRUE(exits(swapped({"-e", "production", "status", "--exit-code"}), 5));
  const Json json = parse_json(swapped({"-e", "production", "status", "--json"}).out);
  ASSERT_EQ(json["problems"].size(), 1u);
  EXPECT_EQ(json["problems"][0].value("kind", ""), "environment");
  const Outcome history = swapped({"-e", "production", "history"});
  EXPECT_TRUE(exits(history, 0));
  EXPECT_TRUE(contains(history.err, "warning: this is the database of environment 'staging'"));
  EXPECT_TRUE(contains(history.out, kOne));
}

TEST_P(IdentityTest, ACopyOfProductionBecomesStagingByItsOwnCommandOnly) {
  apply_to_both();
  const std::string copy = production();
  EXPECT_TRUE(exits(tide({"-e", "staging", "up"}, copy, copy), 6));
  const Args resolve = {"-e", "staging", "resolve", "--was", "production", "--reason", "restored last night"};
  EXPECT_TRUE(exits(tide(resolve, copy, copy), 0));
  EXPECT_TRUE(exits(tide({"-e", "staging", "up"}, copy, copy), 0));
  EXPECT_TRUE(exits(tide({"-e", "production", "up"}, copy, copy), 6));
  const Outcome history = tide({"-e", "staging", "history"}, copy, copy);
  EXPECT_TRUE(contains(history.out, "renamed"));
  EXPECT_TRUE(contains(history.out, "environment production is staging: restored last night"));
  const Outcome again = tide(resolve, copy, copy);
  EXPECT_TRUE(exits(again, 0));
  EXPECT_TRUE(contains(again.err, "belongs to environment staging already"));
}

TEST_P(IdentityTest, ARenamingNamesWhatTheDatabaseWasAndWhy) {
  apply_to_both();
  const Args wrong = {"-e", "staging", "resolve", "--was", "dev", "--reason", "guessed"};
  const Outcome outcome = tide(wrong, production(), staging());
  EXPECT_TRUE(exits(outcome, 2));
  EXPECT_TRUE(contains(outcome.err, "belongs to environment 'production', not to 'dev'"));
  EXPECT_TRUE(exits(swapped({"-e", "staging", "resolve", "--was", "production"}), 2));
  EXPECT_TRUE(exits(swapped({"-e", "staging", "resolve", kOne, "--was", "production", "--reason", "both"}), 2));
  EXPECT_TRUE(exits(swapped({"resolve", "--was", "production", "--reason", "x", "--url", production()}), 2));
  EXPECT_EQ(name_of_staging(), "staging");
}

TEST_P(IdentityTest, ARenamingAsksForAProtectedEnvironmentsName) {
  apply_to_both();
  confirm_ = false;
  EXPECT_TRUE(exits(swapped({"-e", "production", "resolve", "--was", "staging", "--reason", "x", "-y"}), 6));
  EXPECT_EQ(name_of_staging(), "staging");
}

TEST_P(IdentityTest, WhoNeverNamesAnEnvironmentIsNeverAskedForOne) {
  confirm_ = false;
  for (const Args& args : {Args{"up"}, Args{"down"}, Args{"up"}, Args{"verify"}}) {
    Args command = args;
    command.insert(command.end(), {"--url", staging()});
    EXPECT_TRUE(exits(project.tide(command), 0)) << args[0];
    EXPECT_TRUE(exits(project.tide(args, {{"DATABASE_URL", staging()}}), 0)) << args[0];
  }
  EXPECT_EQ(name_of_staging(), "");
  project.remove("tide.toml");
  EXPECT_TRUE(exits(project.tide({"redo"}, {{"DATABASE_URL", staging()}}), 0));
  EXPECT_EQ(name_of_staging(), "");
}

TEST_P(IdentityTest, ADatabaseThatHasANameWantsItSaid) {
  apply_to_both();
  confirm_ = false;
  project.write("migrations/20250101000002_two.lua", creates("two"));
  const Outcome bare = project.tide({"up", "--url", staging()});
  EXPECT_TRUE(exits(bare, 6));
  EXPECT_TRUE(contains(bare.err, "the database of environment 'staging', and no environment was named"));
  EXPECT_TRUE(contains(bare.err, "-e staging"));
  EXPECT_TRUE(exits(project.tide({"up"}, {{"DATABASE_URL", staging()}}), 6));
  EXPECT_EQ(project.tables(), "one");
  EXPECT_TRUE(exits(project.tide({"up", "--url", staging(), "--confirm", "staging"}), 0));
  EXPECT_EQ(project.tables(), "one two");
}

TEST_P(IdentityTest, AnAliasIsAnotherWayToTheSameDatabase) {
  project.write("tide.toml",
                project.read("tide.toml") + "\n[env.direct]\nurl = \"" + staging() + "\"\nalias_of = \"staging\"\n");
  EXPECT_TRUE(exits(right({"-e", "direct", "up"}), 0));
  EXPECT_EQ(name_of_staging(), "staging");
  EXPECT_TRUE(exits(right({"-e", "staging", "redo"}), 0));
  EXPECT_TRUE(exits(right({"-e", "direct", "redo"}), 0));
  EXPECT_TRUE(contains(swapped({"-e", "production", "redo"}).err, "environment 'staging', not of 'production'"));
}

TEST_P(IdentityTest, AHistoryThatBearsNoNameYetGetsOne) {
  EXPECT_TRUE(exits(project.tide({"up", "--url", staging()}), 0));
  project.write("migrations/20250101000002_two.lua", creates("two"));
  EXPECT_TRUE(exits(right({"-e", "staging", "up"}), 0));
  EXPECT_EQ(name_of_staging(), "staging");
}

}  // namespace
}  // namespace tide::test
