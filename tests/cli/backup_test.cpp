#include <filesystem>

#include "cli/project.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

class BackupCommandTest : public OnEngine {
 protected:
  BackupCommandTest() {
    project.write("migrations/0001_users.lua",
                  "return { up = function(db) db:execute 'CREATE TABLE users (n integer)' "
                  "db:execute 'INSERT INTO users VALUES (1), (2)' end, down = function() end }\n");
    EXPECT_TRUE(exits(project.tide({"up"}), 0));
  }
  std::string name() const { return project.on_postgres() ? project.value("SELECT current_database()") : "dev.db"; }
  void add_row() const { project.value("INSERT INTO users VALUES (3) RETURNING n"); }
  std::string rows() const { return project.value("SELECT count(*) FROM users"); }
  void protect() const {
    std::string toml = project.read("tide.toml");
    project.write("tide.toml", toml + "protected = true\n");
  }
};
TIDE_ON_BOTH_ENGINES(BackupCommandTest);

TEST_P(BackupCommandTest, ABackupIsMadeShownProvenAndPutBack) {
  const Json made = project.json({"backup", "create", "before"});
  EXPECT_EQ(made["label"], "before");
  EXPECT_EQ(made["proof"], "none");
  EXPECT_TRUE(fs::exists(made["path"].get<std::string>()));
  EXPECT_EQ(project.json({"backup", "verify"})["proof"], "restored");
  const Json shown = project.json({"backup", "list"})["backups"];
  ASSERT_EQ(shown.size(), 1U);
  EXPECT_EQ(shown[0]["proof"], "restored");
  EXPECT_EQ(shown[0]["sha256"], made["sha256"]);
  add_row();
  const Outcome restored = project.tide({"backup", "restore", "before", "--confirm", name()});
  EXPECT_TRUE(exits(restored, 0));
  EXPECT_TRUE(contains(restored.err, "users  has 3 rows, the backup 2: 1 more now"));
  EXPECT_TRUE(contains(restored.out, "what it was before is kept as "));
  EXPECT_EQ(rows(), "2");
}

TEST_P(BackupCommandTest, ARestoreAsksForTheNameOfTheDatabase) {
  ASSERT_TRUE(exits(project.tide({"backup", "create", "before"}), 0));
  add_row();
  for (const Args& args : {Args{}, Args{"-y"}, Args{"--confirm", "dev"}, Args{"--confirm", ""}}) {
    Args all{"backup", "restore", "before"};
    all.insert(all.end(), args.begin(), args.end());
    EXPECT_TRUE(exits(project.tide(all), 6));
  }
  for (const char* answer : {"dev\r", "y\r", "\r"}) {
    EXPECT_TRUE(
        exits(run_in_terminal(project.command({"backup", "restore", "before"}), {{"Type the name", answer}}), 6));
  }
  EXPECT_EQ(rows(), "3");
  const Outcome typed =
      run_in_terminal(project.command({"backup", "restore", "before"}), {{"Type the name", name() + "\r"}});
  EXPECT_TRUE(exits(typed, 0));
  EXPECT_EQ(rows(), "2");
}

TEST_P(BackupCommandTest, AProtectedEnvironmentAsksForBothNames) {
  ASSERT_TRUE(exits(project.tide({"backup", "create", "before"}), 0));
  protect();
  EXPECT_TRUE(exits(project.tide({"backup", "create"}), 0));
  EXPECT_TRUE(exits(project.tide({"backup", "restore", "before", "--confirm", name()}), 6));
  EXPECT_TRUE(exits(project.tide({"backup", "restore", "before", "--confirm", "dev"}), 6));
  EXPECT_TRUE(exits(project.tide({"backup", "restore", "before", "--confirm", "dev", "--confirm", name()}), 0));
}

TEST_P(BackupCommandTest, ADamagedBackupFailsWithFour) {
  const Json made = project.json({"backup", "create", "before"});
  fs::resize_file(made["path"].get<std::string>(), 10);
  const Outcome outcome = project.tide({"backup", "verify", "before"});
  EXPECT_TRUE(exits(outcome, 4));
  EXPECT_TRUE(contains(outcome.err, "the backup before is refused: its file data."));
  EXPECT_TRUE(contains(outcome.err, "is truncated: 10 bytes, "));
}

TEST_P(BackupCommandTest, AnOlderOneThanAllowedFailsWithFour) {
  ASSERT_TRUE(exits(project.tide({"backup", "create", "before"}), 0));
  EXPECT_TRUE(exits(project.tide({"backup", "verify", "--max-age", "1ms"}), 4));
  EXPECT_TRUE(exits(project.tide({"backup", "verify", "--max-age", "1h", "--level", "hash"}), 0));
}

TEST_P(BackupCommandTest, AMigrationThatRequiresOneTakesNoOther) {
  project.write(
      "migrations/0002_more.lua",
      "return { requires = { backup = \"30m\" }, up = function(db) db:execute 'CREATE TABLE more (n integer)' "
      "end, down = function() end }\n");
  EXPECT_TRUE(exits(project.tide({"up"}), 6));
  ASSERT_TRUE(exits(project.tide({"backup", "create", "before"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 6));
  ASSERT_TRUE(exits(project.tide({"backup", "verify", "--level", "hash"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 6));
  ASSERT_TRUE(exits(project.tide({"backup", "verify"}), 0));
  EXPECT_TRUE(exits(project.tide({"up"}), 0));
  EXPECT_EQ(project.tables(), "more users");
}

TEST_P(BackupCommandTest, PruneAndCopyDoWhatTheySay) {
  for (const char* label : {"a", "b", "c"}) ASSERT_TRUE(exits(project.tide({"backup", "create", label}), 0));
  EXPECT_TRUE(exits(project.tide({"backup", "prune"}), 2));
  EXPECT_EQ(project.json({"backup", "prune", "--keep", "1"})["removed"], (Json{"b", "a"}));
  EXPECT_TRUE(exits(project.tide({"backup", "copy", "c", project.path("off-site")}), 0));
  EXPECT_TRUE(exits(project.tide({"backup", "verify", "c", "--dir", "off-site"}), 0));
}

TEST_P(BackupCommandTest, WordsAndOptionsThatMeanNothingAreRefused) {
  for (const Args& args : {Args{"backup"}, Args{"backup", "creat"}, Args{"backup", "list", "x"},
                           Args{"backup", "create", "--keep", "1"}, Args{"backup", "create", "a", "b"},
                           Args{"backup", "restore"}, Args{"backup", "verify", "none"}, Args{"backup", "copy", "x"}}) {
    EXPECT_TRUE(exits(project.tide(args), 2)) << testing::PrintToString(args);
  }
}

TEST_P(BackupCommandTest, InLuaTheSameIsDone) {
  project.write("scripts/save.lua", R"(
    local made = backup.create { label = "lua" }
    assert(made.label == "lua" and made.size > 0 and #made.sha256 == 64 and made.proof == "none")
    assert(backup.verify(made).proof == "restored")
    assert(backup.verify("lua", { level = "hash", max_age = "1h" }).proof == "hash")
    assert(backup.list()[1].proof == "restored")
    local ok, failure = pcall(backup.restore, made, { confirm = "wrong" })
    assert(not ok and failure.kind == "gate")
    ok, failure = pcall(backup.create, { lable = "x" })
    assert(not ok and failure.kind == "usage" and failure.message:find("did you mean 'label'?", 1, true))
    ok, failure = pcall(backup.verify, "none")
    assert(not ok and failure.kind == "usage")
    assert(backup.copy(made, "copies").destination == "copies/lua")
    assert(#backup.list { dir = "copies" } == 1)
    assert(#backup.prune { keep = 1 }.removed == 0)
  )");
  EXPECT_TRUE(exits(project.tide({"run", "save"}), 0));
  const Outcome recorded = project.tide({"run", "save", "--dry-run"});
  EXPECT_EQ(project.json({"backup", "list"})["backups"].size(), 1U) << recorded.err;
}

TEST(BackupSsh, ACopyIsCheckedOnTheOtherMachine) {
  const Project project;
  ASSERT_TRUE(exits(project.tide({"run", project.write("make.lua", "")}), 0));
  project.value("SELECT 1");
  fs::create_directory(project.path("far"));
  // ssh and scp that stay on this machine; with FLIP set, a bit changes on the way
  project.write("bin/ssh", "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\nexec sh -c \"$*\"\n");
  project.write("bin/scp",
                "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\ncp -r \"$2\" \"${3#*:}\"\n"
                "[ -z \"$FLIP\" ] || printf x >> \"${3#*:}\"/data.sqlite\n");
  for (const char* name : {"bin/ssh", "bin/scp"}) fs::permissions(project.path(name), fs::perms::owner_all);
  const std::string path = project.path("bin") + ":" + std::getenv("PATH");
  project.write("migrations/0001_a.lua", creates("a"));
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  ASSERT_TRUE(exits(project.tide({"backup", "create", "one"}), 0));
  const Args copy{"backup", "copy", "one", "me@far:" + project.path("far")};
  EXPECT_TRUE(exits(project.tide(copy, {{"PATH", path}, {"FLIP", "1"}}), 1));
  EXPECT_TRUE(fs::is_empty(project.path("far")));
  EXPECT_TRUE(exits(project.tide(copy, {{"PATH", path}}), 0));
  EXPECT_TRUE(exits(project.tide({"backup", "verify", "one", "--dir", "far"}), 0));
  EXPECT_TRUE(exits(project.tide(copy, {{"PATH", path}}), 1));
}

TEST(BackupS3, ACopyArrivesFileByFileAndTheManifestLast) {
  const Project project;
  project.write("migrations/0001_a.lua", creates("a"));
  ASSERT_TRUE(exits(project.tide({"up"}), 0));
  ASSERT_TRUE(exits(project.tide({"backup", "create", "one@1"}), 0));
  ASSERT_TRUE(exits(project.tide({"backup", "verify"}), 0));
  Command serve;
  serve.argv = {"python3", TIDE_SOURCE_DIR "/tests/cli/s3_store.py", project.path("store")};
  Process store(serve);
  ASSERT_TRUE(store.wait_for("listening"));
  const Env env = {{"AWS_ACCESS_KEY_ID", "key"},
                   {"AWS_SECRET_ACCESS_KEY", "very/secret"},
                   {"AWS_ENDPOINT_URL", "http://127.0.0.1:" + project.read("store/port")}};
  const Args copy{"backup", "copy", "one@1", "s3://bucket/some folder"};
  EXPECT_TRUE(exits(project.tide(copy), 2)) << "without keys";
  EXPECT_TRUE(exits(project.tide(copy, env), 0));
  EXPECT_EQ(project.read("store/order"), "data.sqlite proof.json manifest.json ");
  EXPECT_TRUE(exits(project.tide({"backup", "verify", "one@1", "--dir", "store/bucket/some folder"}), 0));
  EXPECT_TRUE(exits(project.tide(copy, env), 1)) << "it is there already";
  project.write("store/corrupt", "");
  EXPECT_TRUE(exits(project.tide({"backup", "copy", "one@1", "s3://bucket/other"}, env), 1));
  EXPECT_FALSE(project.has("store/bucket/other/one@1/manifest.json"));
}

}  // namespace
}  // namespace tide::test
