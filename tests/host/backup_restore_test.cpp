#include <filesystem>
#include <thread>

#include "backup/copy.h"
#include "backup/prune.h"
#include "backup/restore.h"
#include "host/backup_fixture.h"
#include "support/pg_cluster.h"
#include "sys/files.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class BackupRestoreTest : public testing::TestWithParam<std::string> {
 protected:
  BackupFixture fixture{GetParam()};

  std::string users() const { return fixture.value("SELECT count(*) FROM users"); }
  Restoration restore(const StoredBackup& backup, bool drop_old = false) const {
    RestoreOptions options;
    options.drop_old = drop_old;
    return restore_backup(fixture.context(), backup, options);
  }
};
TIDE_ON_BOTH_ENGINES(BackupRestoreTest);

TEST_P(BackupRestoreTest, PutsBackWhatWasThereAndKeepsWhatItReplaced) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = fixture.create(format_name(format), [&](CreateOptions& o) { o.format = format; });
    fixture.execute("INSERT INTO users VALUES (10, 'late')");
    const Restoration done = restore(backup);
    EXPECT_EQ(users(), "3");
    ASSERT_FALSE(done.kept.empty());
    if (fixture.postgres()) {
      EXPECT_EQ(shared_cluster().value(done.kept, "SELECT count(*) FROM users"), "4");
      shared_cluster().drop_database(done.kept);
    } else {
      EXPECT_EQ(first_text(*open_connection("sqlite:" + done.kept), "SELECT count(*) FROM users"), "4");
    }
  }
}

TEST_P(BackupRestoreTest, SaysWhatWouldBeLost) {
  const StoredBackup backup = fixture.create("one");
  fixture.execute("INSERT INTO users VALUES (10, 'late')");
  fixture.execute("CREATE TABLE later (n integer)");
  fixture.execute("DROP TABLE empty_one");
  const Loss loss = what_would_be_lost(fixture.context(), backup);
  ASSERT_EQ(loss.tables.size(), 3U);
  EXPECT_FALSE(loss.tables[0].now.has_value());
  EXPECT_FALSE(loss.tables[1].backup.has_value());
  EXPECT_EQ(loss.tables[2].now, 4);
  EXPECT_EQ(loss.tables[2].backup, 3);
  EXPECT_FALSE(loss.confirmation.empty());
}

TEST_P(BackupRestoreTest, DropsWhatItReplacedWhenAsked) {
  const StoredBackup backup = fixture.create("one");
  EXPECT_EQ(restore(backup, true).kept, "");
  EXPECT_EQ(users(), "3");
  if (fixture.postgres()) {
    EXPECT_EQ(fixture.value("SELECT count(*) FROM pg_database WHERE starts_with(datname, current_database() || '_')"),
              "0");
  }
}

TEST_P(BackupRestoreTest, ADamagedBackupChangesNothing) {
  const StoredBackup backup = fixture.create("one");
  std::string bytes = bytes_of(backup.data_path());
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
  write_bytes(backup.data_path(), bytes);
  fixture.execute("INSERT INTO users VALUES (10, 'late')");
  EXPECT_EQ(raised([&] { restore(backup); }).kind, ErrorKind::kVerify);
  EXPECT_EQ(users(), "4");
}

TEST_P(BackupRestoreTest, OneThatIsNotWhatItsManifestSaysChangesNothing) {
  const StoredBackup backup =
      fixture.with_fitting_manifest(fixture.create("one"), [](Manifest& m) { m.tables[2].rows = 7; });
  fixture.execute("INSERT INTO users VALUES (10, 'late')");
  const Error error = raised([&] { restore(backup); });
  EXPECT_EQ(error.kind, ErrorKind::kVerify);
  EXPECT_TRUE(holds(error.message, "the manifest says 7")) << error.message;
  EXPECT_EQ(users(), "4");
  if (fixture.postgres()) {
    EXPECT_EQ(fixture.value("SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_restore%'"), "0");
  }
}

TEST_P(BackupRestoreTest, ADatabaseInUseIsRefused) {
  const StoredBackup backup = fixture.create("one");
  const auto other = open_connection(fixture.url());
  EXPECT_EQ(first_text(*other, "SELECT count(*) FROM users"), "3");
  const Error error = raised([&] { restore(backup); });
  EXPECT_EQ(error.kind, ErrorKind::kLock);
  EXPECT_TRUE(holds(error.message, " is in use")) << error.message;
  EXPECT_EQ(first_text(*other, "SELECT count(*) FROM users"), "3");
}

TEST_P(BackupRestoreTest, APartIsNotPutInThePlaceOfTheWhole) {
  StoredBackup backup = fixture.create("one");
  backup.manifest->selected = true;
  EXPECT_EQ(raised([&] { restore(backup); }).kind, ErrorKind::kUsage);
}

TEST_P(BackupRestoreTest, OfAnotherDatabaseOnlyWhenThatIsSaid) {
  const StoredBackup backup = fixture.create("one");
  BackupFixture other(GetParam());
  other.execute("DELETE FROM orders");
  EXPECT_EQ(raised([&] { restore_backup(other.context(), backup, {}); }).kind, ErrorKind::kVerify);
  EXPECT_EQ(other.value("SELECT count(*) FROM orders"), "0");
  restore_backup(other.context(), backup, {true, true});
  EXPECT_EQ(other.value("SELECT count(*) FROM orders"), "2");
}

TEST_P(BackupRestoreTest, ACopyIsABackupToo) {
  const StoredBackup backup = fixture.create("one");
  fixture.verify(backup, Proof::kRestored);
  BackupContext elsewhere = fixture.context();
  elsewhere.dir += "-copies";
  EXPECT_EQ(copy_backup(fixture.context(), backup, elsewhere.dir).destination, elsewhere.dir + "/one");
  const StoredBackup copy = find_backup(elsewhere.dir, "one", nullptr);
  EXPECT_EQ(manifest_text(*copy.manifest), manifest_text(*backup.manifest));
  EXPECT_EQ(standing_proof(copy.folder, *copy.manifest), Proof::kRestored);
  EXPECT_EQ(raised([&] { copy_backup(fixture.context(), backup, elsewhere.dir); }).kind, ErrorKind::kIo);
  EXPECT_EQ(restore_backup(elsewhere, copy, {false, true}).label, "one");
}

TEST_P(BackupRestoreTest, PruningRemovesWhatItSaysAndNothingElse) {
  for (const char* label : {"a", "b", "c"}) fixture.create(label);
  fixture.verify(find_backup(fixture.context().dir, "a", nullptr), Proof::kDecompressed);
  PruneOptions options;
  options.keep = 1;
  options.dry_run = true;
  EXPECT_EQ(prune_backups(fixture.context(), options).removed, std::vector<std::string>{"b"});
  EXPECT_EQ(fixture.labels().size(), 3U);
  options.dry_run = false;
  EXPECT_EQ(prune_backups(fixture.context(), options).removed, std::vector<std::string>{"b"});
  EXPECT_EQ(fixture.entries(), (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(raised([&] { prune_backups(fixture.context(), {}); }).kind, ErrorKind::kUsage);
}

TEST(BackupRestorePostgres, WhatBelongsToTheDatabaseComesAlong) {
  BackupFixture fixture("postgres");
  const std::string name = fixture.value("SELECT current_database()");
  fixture.execute("DROP ROLE IF EXISTS backup_guest");
  fixture.execute("CREATE ROLE backup_guest");
  for (const std::string& sql :
       {"ALTER DATABASE " + name + " SET search_path = public, x", "ALTER DATABASE " + name + " SET work_mem = '8MB'",
        "COMMENT ON DATABASE " + name + " IS 'it''s ours'", "GRANT CONNECT ON DATABASE " + name + " TO backup_guest",
        "REVOKE ALL ON DATABASE " + name + " FROM PUBLIC", "ALTER DATABASE " + name + " CONNECTION LIMIT 50"}) {
    fixture.execute(sql);
  }
  const std::string facts =
      "SELECT format('%s %s %s %s', datconnlimit, shobj_description(oid, 'pg_database'), datacl::text, (SELECT "
      "setconfig::text FROM pg_db_role_setting WHERE setdatabase = d.oid)) FROM pg_database d WHERE datname = "
      "current_database()";
  const std::string before = fixture.value(facts);
  const Restoration done = restore_backup(fixture.context(), fixture.create("one"), {false, true});
  EXPECT_EQ(done.notes, std::vector<std::string>{});
  EXPECT_EQ(fixture.value(facts), before);
  fixture.execute("DROP OWNED BY backup_guest");
  fixture.execute("DROP ROLE backup_guest");
}

TEST(BackupRestoreSqlite, ADatabaseThatCannotBeReadIsReplacedAndKept) {
  BackupFixture fixture("sqlite");
  const StoredBackup backup = fixture.create("one");
  const std::string live = fixture.value("SELECT file FROM pragma_database_list");
  write_bytes(live, std::string(8192, 'x'));
  EXPECT_FALSE(what_would_be_lost(fixture.context(), backup).unreadable.empty());
  const Restoration done = restore_backup(fixture.context(), backup, {});
  EXPECT_EQ(fixture.value("SELECT count(*) FROM users"), "3");
  EXPECT_EQ(bytes_of(done.kept), std::string(8192, 'x'));
}

TEST(BackupRestoreSqlite, ADatabaseThatIsGoneComesBack) {
  BackupFixture fixture("sqlite");
  const StoredBackup backup = fixture.create("one");
  fs::remove(fixture.value("SELECT file FROM pragma_database_list"));
  EXPECT_EQ(restore_backup(fixture.context(), backup, {}).kept, "");
  EXPECT_EQ(fixture.value("SELECT count(*) FROM users"), "3");
}

TEST(BackupRestoreSqlite, WalModeAndFilePermissionsStay) {
  BackupFixture fixture("sqlite");
  fixture.value("PRAGMA journal_mode = WAL");
  const std::string live = fixture.value("SELECT file FROM pragma_database_list");
  fs::permissions(live, fs::perms::owner_read | fs::perms::owner_write);
  restore_backup(fixture.context(), fixture.create("one"), {});
  EXPECT_EQ(fixture.value("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(fs::status(live).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace
}  // namespace tide::test
