#include <ctime>
#include <filesystem>
#include <regex>

#include "cli/project.h"

namespace tide::test {
namespace {

class InitTest : public testing::Test {
 protected:
  Outcome tide(const Args& args) {
    Command command = project.command(args);
    command.directory = folder.path();
    return run(command);
  }
  bool has(const std::string& name) { return std::filesystem::exists(folder / name); }
  // The one file that stands in migrations/ (or another folder); "" when there is none.
  std::string only_file(const std::string& in = "migrations") {
    std::string found;
    for (const auto& entry : std::filesystem::directory_iterator(folder / in)) {
      if (entry.path().filename().string()[0] == '.') continue;
      EXPECT_EQ(found, "") << "also " << entry.path();
      found = in + "/" + entry.path().filename().string();
    }
    return found;
  }
  Project project;
  TempDir folder;
};

TEST_F(InitTest, ScaffoldsAProjectThatWorksAtOnce) {
  EXPECT_TRUE(exits(tide({"init"}), 0));
  for (const char* name : {"tide.toml", "migrations", "scripts", ".luarc.json", ".gitignore"}) {
    EXPECT_TRUE(has(name)) << name;
  }
  EXPECT_FALSE(parse_json(folder.read(".luarc.json")).empty());
  EXPECT_TRUE(exits(tide({"status"}), 0));
  EXPECT_TRUE(exits(tide({"up"}), 0));
}

TEST_F(InitTest, TakesTheFolderFromTheProjectFlag) {
  std::filesystem::create_directory(folder / "inner");
  EXPECT_TRUE(exits(tide({"-C", "inner", "init"}), 0));
  EXPECT_TRUE(has("inner/tide.toml"));
  EXPECT_FALSE(has("tide.toml"));
}

TEST_F(InitTest, NeverOverwritesWhatIsThere) {
  folder.write("tide.toml", "default_env = \"mine\"\n[env.mine]\nurl = \"sqlite:mine.db\"\n");
  folder.write(".gitignore", "/mine\n");
  tide({"init"});
  EXPECT_TRUE(contains(folder.read("tide.toml"), "sqlite:mine.db"));
  EXPECT_TRUE(contains(folder.read(".gitignore"), "/mine\n"));
}

TEST_F(InitTest, TwiceChangesNothing) {
  tide({"init"});
  const std::string before = folder.read("tide.toml") + folder.read(".gitignore") + folder.read(".luarc.json");
  tide({"init"});
  EXPECT_EQ(folder.read("tide.toml") + folder.read(".gitignore") + folder.read(".luarc.json"), before);
}

TEST_F(InitTest, NewWritesALuaTemplateWithAUtcVersionAndSaysWhere) {
  tide({"init"});
  const Outcome outcome = tide({"new", "Create users"});
  EXPECT_TRUE(exits(outcome, 0));
  const std::string file = only_file();
  EXPECT_TRUE(std::regex_match(file, std::regex("migrations/[0-9]{14}_create_users\\.lua"))) << file;
  EXPECT_TRUE(contains(outcome.out, file));
  EXPECT_TRUE(contains(folder.read(file), "up = function(db)"));
  EXPECT_TRUE(contains(folder.read(file), "--"));
  std::time_t now = std::time(nullptr);
  char today[9];
  std::strftime(today, sizeof today, "%Y%m%d", std::gmtime(&now));
  EXPECT_TRUE(contains(file, today));
}

TEST_F(InitTest, NewMigrationsRunAsTheyAre) {
  tide({"init"});
  EXPECT_TRUE(exits(tide({"new", "plain"}), 0));
  EXPECT_TRUE(exits(tide({"new", "data fix", "--data"}), 0));
  EXPECT_TRUE(exits(tide({"up"}), 0));
  EXPECT_TRUE(exits(tide({"verify"}), 0));
}

TEST_F(InitTest, NewSqlWritesSqlWithBothParts) {
  tide({"init"});
  const Outcome outcome = tide({"new", "create users", "--sql"});
  EXPECT_TRUE(exits(outcome, 0));
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "migrations")) {
    if (entry.path().extension() == ".sql") all += folder.read("migrations/" + entry.path().filename().string());
  }
  EXPECT_NE(all, "");
  EXPECT_TRUE(contains(outcome.out, "_create_users"));
}

TEST_F(InitTest, NewDataWritesADataFix) {
  tide({"init"});
  EXPECT_TRUE(exits(tide({"new", "fix phones", "--data"}), 0));
  const std::string file = only_file();
  EXPECT_TRUE(contains(file, "_fix_phones.lua"));
  EXPECT_TRUE(contains(folder.read(file), "WHERE"));
}

TEST_F(InitTest, TwoNewInTheSameSecondHaveDifferentVersions) {
  tide({"init"});
  for (const char* name : {"one", "two", "three"}) EXPECT_TRUE(exits(tide({"new", name}), 0));
  const Outcome status = tide({"status", "--json"});
  const Json document = parse_json(status.out);
  EXPECT_EQ(document["pending"].size(), 3u);
  EXPECT_EQ(document["problems"].size(), 0u) << status.out;
}

TEST_F(InitTest, NewRefusesANameThatLeavesTheFolder) {
  tide({"init"});
  for (const char* name : {"../evil", "a/b", "", "///"}) {
    const Outcome outcome = tide({"new", name});
    if (outcome.code != 0) {
      EXPECT_TRUE(exits(outcome, 2)) << name;
      continue;
    }
    EXPECT_TRUE(std::regex_match(only_file(), std::regex("migrations/[0-9]{14}_[a-z_]+\\.lua"))) << name;
    std::filesystem::remove(folder / only_file());
  }
  EXPECT_FALSE(has("evil.lua"));
}

TEST_F(InitTest, NewAsJsonNamesTheFile) {
  tide({"init"});
  const Outcome outcome = tide({"new", "one", "--json"});
  EXPECT_TRUE(exits(outcome, 0));
  EXPECT_TRUE(contains(parse_json(outcome.out).dump(), "_one.lua"));
}

}  // namespace
}  // namespace tide::test
