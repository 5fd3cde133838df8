#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "host/backup_fixture.h"
#include "support/pg_cluster.h"
#include "sys/digest.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;
using Labels = std::vector<std::string>;

class BackupCreateTest : public testing::TestWithParam<std::string> {
 protected:
  BackupFixture fixture{GetParam()};

  // Nothing that a failed one began is left.
  Error failing(const std::function<void(CreateOptions&)>& set = {}) {
    const Error error = raised([&] { fixture.create("failed", set); });
    EXPECT_EQ(fixture.entries(), Labels{}) << error.message;
    return error;
  }
};
TIDE_ON_BOTH_ENGINES(BackupCreateTest);

TEST_P(BackupCreateTest, TheManifestSaysWhatWasBackedUp) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = fixture.create(format_name(format), [&](CreateOptions& o) { o.format = format; });
    const Manifest manifest = list_backups(fixture.context().dir).front().manifest.value();
    EXPECT_EQ(manifest_text(manifest), manifest_text(*backup.manifest));
    ASSERT_EQ(manifest.tables.size(), 3U);
    EXPECT_EQ(manifest.tables[0].name, "empty_one");
    EXPECT_EQ(manifest.tables[0].rows, 0);
    EXPECT_EQ(manifest.tables[1].rows, 2);
    EXPECT_EQ(manifest.tables[2].rows, 3);
    EXPECT_GT(manifest.size(), 0);
    EXPECT_LE(manifest.started_at, manifest.finished_at);
    EXPECT_FALSE(manifest.database.object.empty());
    EXPECT_FALSE(manifest.database.system.empty());
    EXPECT_EQ(manifest.tools.size(), 2U);
    if (manifest.files.size() == 1) {
      EXPECT_EQ(manifest.sha256(), sha256_hex(bytes_of(backup.data_path())));
    }
  }
}

TEST_P(BackupCreateTest, ItsFilesAreItsOwnAlone) {
  fixture.create("one");
  EXPECT_EQ(fixture.entries(), Labels{"one"});
  EXPECT_EQ(fixture.labels(), Labels{"one"});
}

TEST_P(BackupCreateTest, ALabelIsGivenOnce) {
  fixture.create("one");
  EXPECT_EQ(raised([&] { fixture.create("one"); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(fixture.labels(), Labels{"one"});
  const std::string first = fixture.create("").label;
  EXPECT_NE(fixture.create("").label, first);
}

TEST_P(BackupCreateTest, AFolderThatIsAFileIsRefused) {
  fixture.context().dir += "/below";
  write_bytes(fs::path(fixture.context().dir).parent_path(), "a file");
  const Error error = raised([&] { fixture.create("failed"); });
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_NE(error.message.find(fixture.context().dir.substr(0, fixture.context().dir.rfind('/'))), std::string::npos);
}

TEST_P(BackupCreateTest, AReadOnlyFolderIsRefused) {
  fs::create_directory(fixture.context().dir);
  if (geteuid() == 0) {
    // root writes into every folder but into one of a file system that cannot be written
    if (mount("none", fixture.context().dir.c_str(), "tmpfs", MS_RDONLY, "size=1m") != 0) {
      GTEST_SKIP() << "this machine lets nobody mount a read-only folder";
    }
  } else {
    fs::permissions(fixture.context().dir, fs::perms::owner_read | fs::perms::owner_exec);
  }
  const Error error = failing();
  if (geteuid() == 0) umount(fixture.context().dir.c_str());
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_NE(error.message.find("write to the folder"), std::string::npos) << error.message;
}

TEST_P(BackupCreateTest, ADiskWithoutRoomIsSaidToHaveNone) {
  fs::create_directory(fixture.context().dir);
  if (geteuid() != 0 || mount("none", fixture.context().dir.c_str(), "tmpfs", 0, "size=128k") != 0) {
    GTEST_SKIP() << "only root can make a disk that is full";
  }
  const std::string filler = fixture.postgres()
                                 ? "INSERT INTO users SELECT i, md5(i::text) || md5((-i)::text) FROM "
                                   "generate_series(10, 20000) i"
                                 : "INSERT INTO users WITH RECURSIVE c(i) AS (SELECT 10 UNION ALL SELECT i + 1 FROM c "
                                   "WHERE i < 20000) SELECT i, hex(randomblob(30)) FROM c";
  fixture.execute(filler);
  const Error error = failing();
  umount(fixture.context().dir.c_str());
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_EQ(error.message.rfind("no space for the backup in ", 0), 0U) << error.message;
}

TEST_P(BackupCreateTest, OptionsThatDoNotGoTogetherAreRefused) {
  EXPECT_EQ(failing([](CreateOptions& o) { o.schema_only = o.data_only = true; }).kind, ErrorKind::kUsage);
  EXPECT_EQ(failing([](CreateOptions& o) { o.jobs = 2; }).kind, ErrorKind::kUsage);
  EXPECT_EQ(failing([](CreateOptions& o) { o.label = "a/b"; }).kind, ErrorKind::kUsage);
  const BackupFormat other = fixture.postgres() ? BackupFormat::kSqlite : BackupFormat::kCustom;
  EXPECT_EQ(failing([&](CreateOptions& o) { o.format = other; }).kind, ErrorKind::kUsage);
}

class BackupPostgresTest : public testing::Test {
 protected:
  BackupFixture fixture{"postgres"};

  std::string stand_in(const std::string& script) {
    const std::string path = bin.write("pg_dump", "#!/bin/sh\n" + script);
    fs::permissions(path, fs::perms::owner_all | fs::perms::group_exec | fs::perms::others_exec);
    return bin.path();
  }
  TempDir bin;
};

TEST_F(BackupPostgresTest, APgDumpThatIsTooOldIsRefusedWithWhatToInstall) {
  fixture.context().pg_bin = stand_in("echo 'pg_dump (PostgreSQL) 9.6.24'");
  const Error error = raised([&] { fixture.create("old"); });
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_NE(error.message.find("is pg_dump 9.6.24, too old for a server of version "), std::string::npos);
  EXPECT_NE(error.message.find("install postgresql-client-"), std::string::npos) << error.message;
  EXPECT_EQ(fixture.entries(), Labels{});
}

TEST_F(BackupPostgresTest, APgDumpThatIsNoneIsRefused) {
  fixture.context().pg_bin = stand_in("echo hello");
  EXPECT_EQ(raised([&] { fixture.create("odd"); }).kind, ErrorKind::kIo);
  fixture.context().pg_bin = "/nonexistent";
  EXPECT_EQ(raised([&] { fixture.create("gone"); }).kind, ErrorKind::kIo);
  EXPECT_EQ(fixture.entries(), Labels{});
}

TEST_F(BackupPostgresTest, AFailingPgDumpLeavesNothingAndSaysWhatItSaid) {
  fixture.context().pg_bin = stand_in(
      "case $1 in --version) echo 'pg_dump (PostgreSQL) 99.1';; *) echo 'pg_dump: error: the moon' >&2; exit 1;; esac");
  const Error error = raised([&] { fixture.create("failed"); });
  EXPECT_EQ(error.message, "pg_dump failed with exit code 1: pg_dump: error: the moon");
  EXPECT_EQ(fixture.entries(), Labels{});
}

TEST_F(BackupPostgresTest, ATableThatMayNotBeReadIsNamedBeforeAnythingIsDumped) {
  fixture.execute("DROP ROLE IF EXISTS backup_reader");
  fixture.execute("CREATE ROLE backup_reader LOGIN");
  fixture.execute("GRANT SELECT ON users, empty_one TO backup_reader");
  std::string url = fixture.url();
  fixture.context().url = url.replace(url.find("//postgres@"), 11, "//backup_reader@");
  const Error error = raised([&] { fixture.create("closed"); });
  EXPECT_EQ(error.message, "no permission to read public.orders as backup_reader: a backup would not be whole");
  EXPECT_EQ(error.sqlstate, "42501");
  EXPECT_EQ(fixture.entries(), Labels{});
  fixture.context().url = fixture.url();
  fixture.execute("DROP OWNED BY backup_reader");
  fixture.execute("DROP ROLE backup_reader");
}

TEST_F(BackupPostgresTest, RowsAreCountedInTheSnapshotThatIsDumped) {
  // rows that come while pg_dump works are in neither
  fixture.context().pg_bin = stand_in(
      "[ \"$1\" = --version ] || " + shared_cluster().bin_directory() + "/psql -qX -d '" + fixture.url() +
      "' -c \"INSERT INTO users VALUES (99, 'late')\"\nexec " + shared_cluster().bin_directory() + "/pg_dump \"$@\"\n");
  const StoredBackup backup = fixture.create("snapshot");
  fixture.context().pg_bin.clear();
  EXPECT_EQ(fixture.value("SELECT count(*) FROM users"), "4");
  EXPECT_EQ(backup.manifest->tables[2].rows, 3);
  EXPECT_EQ(fixture.verify(backup, Proof::kRestored).proof, Proof::kRestored);
}

TEST_F(BackupPostgresTest, SomeTablesAreTheNamedOnesAndThePartitionsOfThem) {
  fixture.execute("CREATE SCHEMA \"Shop x\"");
  fixture.execute("CREATE TABLE \"Shop x\".\"or\"\"ders\" (n integer)");
  fixture.execute("CREATE TABLE parts (n integer) PARTITION BY RANGE (n)");
  fixture.execute("CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)");
  fixture.execute("INSERT INTO parts VALUES (1), (2)");
  const StoredBackup backup = fixture.create("some", [](CreateOptions& o) {
    o.tables = {"Shop x.or\"ders", "parts", "orders"};
  });
  Labels names;
  for (const TableRows& table : backup.manifest->tables) names.push_back(table_text(table));
  EXPECT_EQ(names, (Labels{"Shop x.or\"ders", "public.orders", "public.part_1"}));
  EXPECT_FALSE(backup.manifest->whole());
  EXPECT_EQ(fixture.verify(backup, Proof::kRestored).proof, Proof::kRestored);
  const Error error = raised([&] { fixture.create("no", [](CreateOptions& o) { o.tables = {"order"}; }); });
  EXPECT_EQ(error.message, "there is no table 'order' to back up; did you mean 'orders'?");
}

TEST_F(BackupPostgresTest, SchemaOnlyAndDataOnlySayWhatTheyAre) {
  const StoredBackup schema = fixture.create("schema", [](CreateOptions& o) { o.schema_only = true; });
  EXPECT_FALSE(schema.manifest->whole());
  EXPECT_FALSE(schema.manifest->tables[1].rows.has_value());
  EXPECT_EQ(fixture.verify(schema, Proof::kRestored).proof, Proof::kRestored);
  const StoredBackup data = fixture.create("data", [](CreateOptions& o) { o.data_only = true; });
  const Verification verification = verify_backup(fixture.context(), data, {});
  EXPECT_EQ(verification.proof, Proof::kDecompressed);
  ASSERT_EQ(verification.notes.size(), 1U);
}

TEST_F(BackupPostgresTest, AServerWithAPasswordIsBackedUpAndNoProcessShowsIt) {
  PgClusterOptions options;
  options.password = "wonder land";
  const PgCluster cluster(options);
  const std::string seen = bin / "seen";
  BackupContext context = fixture.context();
  context.url = "postgres://postgres:wonder%20land@127.0.0.1:" + std::to_string(cluster.port()) + "/postgres";
  context.pg_bin = stand_in("echo \"$@\" >> " + seen + "; exec " + cluster.bin_directory() + "/pg_dump \"$@\"");
  create_backup(context, {});
  EXPECT_NE(bytes_of(seen).find("--dbname="), std::string::npos);
  EXPECT_EQ(bytes_of(seen).find("wonder"), std::string::npos);
}

TEST_F(BackupPostgresTest, ProgressNamesTheTable) {
  EventStream events;
  std::vector<std::string> texts;
  events.add([&](const Event& event) {
    if (event.kind == Event::Kind::kProgress) texts.push_back(event.text);
  });
  fixture.context().events = &events;
  fixture.create("told");
  fixture.context().events = nullptr;
  ASSERT_FALSE(texts.empty());
  EXPECT_NE(std::find(texts.begin(), texts.end(), "backup told, table public.users (3 of 3)"), texts.end());
}

TEST(BackupSqliteTest, WhatTheWalHoldsIsInIt) {
  BackupFixture fixture("sqlite");
  const auto writer = open_connection(fixture.url());
  writer->query("PRAGMA journal_mode = WAL");
  writer->execute("PRAGMA wal_autocheckpoint = 0");
  writer->execute("INSERT INTO users VALUES (4, 'only in the wal')");
  const StoredBackup backup = fixture.create("wal");
  EXPECT_TRUE(backup.manifest->wal);
  EXPECT_EQ(backup.manifest->tables[2].rows, 4);
  EXPECT_EQ(fixture.verify(backup, Proof::kRestored).proof, Proof::kRestored);
}

TEST(BackupSqliteTest, ADatabaseThatIsNotThereIsNotMade) {
  BackupFixture fixture("sqlite");
  fixture.context().url = "sqlite:" + fixture.context().dir + "-none.db";
  EXPECT_EQ(raised([&] { fixture.create("none"); }).kind, ErrorKind::kConnect);
  EXPECT_FALSE(fs::exists(fixture.context().dir + "-none.db"));
}

}  // namespace
}  // namespace tide::test
