#include <filesystem>
#include <random>

#include "backup/clock.h"
#include "backup/newest.h"
#include "host/backup_fixture.h"
#include "support/pg_cluster.h"

namespace tide::test {
namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

class BackupVerifyTest : public testing::TestWithParam<std::string> {
 protected:
  BackupFixture fixture{GetParam()};

  StoredBackup of_format(BackupFormat format) const {
    return fixture.create(format_name(format), [&](CreateOptions& o) { o.format = format; });
  }
  std::string biggest_file(const StoredBackup& backup) const {
    const BackupFile* found = &backup.manifest->files.front();
    for (const BackupFile& file : backup.manifest->files) {
      if (file.size > found->size) found = &file;
    }
    return backup.folder + "/" + found->name;
  }
  std::string why_none(std::int64_t max_age_ms = 0, Proof proof = Proof::kDecompressed) const {
    return newest_verified(fixture.context().dir, *open_connection(fixture.url()), max_age_ms, proof).why_none;
  }
};
TIDE_ON_BOTH_ENGINES(BackupVerifyTest);

TEST_P(BackupVerifyTest, EachLevelIsReachedInEveryFormat) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = of_format(format);
    for (const Proof level : {Proof::kHash, Proof::kDecompressed, Proof::kRestored}) {
      EXPECT_EQ(fixture.verify(backup, level).proof, level);
      EXPECT_EQ(read_proof(backup.folder, *backup.manifest)->proof, level);
    }
  }
}

TEST_P(BackupVerifyTest, TheStrongestLevelIsTheDefault) {
  EXPECT_EQ(verify_backup(fixture.context(), fixture.create("one"), {}).proof, Proof::kRestored);
}

TEST_P(BackupVerifyTest, AWeakerProofDoesNotReplaceAStrongerOne) {
  fixture.verify(fixture.create("one"), Proof::kRestored);
  const StoredBackup again = find_backup(fixture.context().dir, "one", nullptr);
  fixture.verify(again, Proof::kHash);
  EXPECT_EQ(read_proof(again.folder, *again.manifest)->proof, Proof::kRestored);
}

TEST_P(BackupVerifyTest, ItIsRefusedTruncatedAtAnyByte) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = of_format(format);
    const std::string file = biggest_file(backup);
    const std::string whole = bytes_of(file);
    for (std::size_t size = 0; size < whole.size(); ++size) {
      fs::resize_file(file, size);
      const std::string why = raised([&] { verify_files(fixture.context(), backup); }).message;
      EXPECT_TRUE(holds(why, size == 0 ? " is empty" : " is truncated: ")) << why;
      fs::resize_file(file, whole.size());
      write_bytes(file, whole);
      if (whole.size() > 3000) size += whole.size() / 3000;
    }
    EXPECT_EQ(fixture.verify(backup, Proof::kHash).proof, Proof::kHash);
  }
}

TEST_P(BackupVerifyTest, ItIsRefusedWithABitFlippedAnywhere) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = of_format(format);
    for (const BackupFile& one : backup.manifest->files) {
      const std::string file = backup.folder + "/" + one.name;
      const std::string whole = bytes_of(file);
      const std::size_t stride = whole.size() / 500 + 1;
      for (std::size_t at = 0; at < whole.size(); at += stride) {
        std::string changed = whole;
        changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
        write_bytes(file, changed);
        const std::string why = raised([&] { verify_hash(fixture.context(), backup); }).message;
        EXPECT_TRUE(holds(why, "are not those that were written")) << why;
      }
      write_bytes(file, whole);
    }
    EXPECT_EQ(fixture.verify(backup, Proof::kHash).proof, Proof::kHash);
  }
}

// The manifest fits the cut file: reading it to its end finds out by itself.
TEST_P(BackupVerifyTest, ACutThatTheManifestHidesIsFoundByReading) {
  std::mt19937 random(7);
  for (const BackupFormat format : formats_of(fixture)) {
    if (format == BackupFormat::kDirectory) continue;  // each of its files is compressed by itself, as in custom
    const StoredBackup backup = of_format(format);
    const std::string file = biggest_file(backup);
    const std::string whole = bytes_of(file);
    for (int i = 0; i < 12; ++i) {
      const std::size_t size = std::uniform_int_distribution<std::size_t>(0, whole.size() - 100)(random);
      write_bytes(file, whole.substr(0, size));
      const std::string why = fixture.refusal(fixture.with_fitting_manifest(backup), Proof::kRestored);
      EXPECT_FALSE(why.empty()) << size << " of " << whole.size() << " bytes";
    }
  }
}

TEST_P(BackupVerifyTest, ItIsRefusedWhenAFileIsMissingOrToo) {
  const StoredBackup backup = of_format(formats_of(fixture).front());
  const std::string file = biggest_file(backup);
  const std::string whole = bytes_of(file);
  write_bytes(file, "");
  EXPECT_TRUE(holds(fixture.refusal(backup), " is empty"));
  write_bytes(file, whole + "x");
  EXPECT_TRUE(holds(fixture.refusal(backup), " has grown: "));
  fs::remove(file);
  EXPECT_EQ(raised([&] { fixture.verify(backup, Proof::kHash); }).kind, ErrorKind::kVerify);
}

TEST_P(BackupVerifyTest, ItIsRefusedWhenItIsOfAnotherDatabase) {
  const StoredBackup backup = fixture.create("one");
  BackupFixture other(GetParam());
  const Error error = raised([&] { verify_backup(other.context(), backup, {}); });
  EXPECT_EQ(error.kind, ErrorKind::kVerify);
  EXPECT_TRUE(holds(error.message, "it is a backup of another database: of ")) << error.message;
  VerifyOptions options;
  options.other_database = true;
  EXPECT_EQ(verify_backup(other.context(), backup, options).proof, Proof::kRestored);
}

TEST_P(BackupVerifyTest, ItIsRefusedWhenItIsOlderThanAllowed) {
  StoredBackup backup = fixture.create("one");
  backup = fixture.with_fitting_manifest(
      backup, [](Manifest& m) { m.started_at = iso_time(now_ms() - std::int64_t{45} * 60 * 1000); });
  VerifyOptions options;
  options.level = Proof::kHash;
  options.max_age_ms = std::int64_t{30} * 60 * 1000;
  const std::string why = raised([&] { verify_backup(fixture.context(), backup, options); }).message;
  EXPECT_TRUE(holds(why, "older than the 30m 00s allowed")) << why;
  options.max_age_ms *= 2;
  EXPECT_EQ(verify_backup(fixture.context(), backup, options).proof, Proof::kHash);
}

TEST_P(BackupVerifyTest, ItIsRefusedWhenATableIsMissing) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup = fixture.with_fitting_manifest(of_format(format), [](Manifest& m) {
      m.tables.push_back({m.tables.front().schema, "vanished", 1});
    });
    const std::string why = fixture.refusal(backup, Proof::kRestored);
    EXPECT_TRUE(holds(why, "vanished is missing")) << why;
  }
}

TEST_P(BackupVerifyTest, ItIsRefusedWhenTheRowsAreNotTheCountedOnes) {
  for (const BackupFormat format : formats_of(fixture)) {
    const StoredBackup backup =
        fixture.with_fitting_manifest(of_format(format), [](Manifest& m) { m.tables[2].rows = 4; });
    const std::string why = fixture.refusal(backup, Proof::kRestored);
    EXPECT_TRUE(holds(why, "users has 3 rows, the manifest says 4")) << why;
  }
}

TEST_P(BackupVerifyTest, ARefusalEndsWhatWasProvenBefore) {
  fixture.verify(fixture.create("one"), Proof::kRestored);
  StoredBackup backup = find_backup(fixture.context().dir, "one", nullptr);
  write_bytes(biggest_file(backup), "x");
  fixture.refusal(backup);
  EXPECT_FALSE(read_proof(backup.folder, *backup.manifest).has_value());
}

TEST_P(BackupVerifyTest, OnlyAVerifiedWholeYoungBackupOfTheDatabaseCountsForAGate) {
  EXPECT_TRUE(holds(why_none(), "there is no backup in "));
  const StoredBackup backup = fixture.create("one");
  EXPECT_EQ(why_none(), "one is not verified");
  fixture.verify(backup, Proof::kHash);
  EXPECT_EQ(why_none(), "one is proven only as hash");
  fixture.verify(backup, Proof::kDecompressed);
  EXPECT_EQ(why_none(), "");
  EXPECT_EQ(why_none(0, Proof::kRestored), "one is proven only as decompressed");
  EXPECT_TRUE(holds(why_none(1), "one is ")) << "older than a millisecond";
  BackupFixture other(GetParam());
  const auto connection = open_connection(other.url());
  EXPECT_EQ(newest_verified(fixture.context().dir, *connection, 0, Proof::kHash).why_none,
            "one is of another database");
}

TEST_P(BackupVerifyTest, AProofHoldsForTheSameBytesOnly) {
  const StoredBackup backup = fixture.create("one");
  fixture.verify(backup, Proof::kRestored);
  const std::string file = biggest_file(backup);
  const std::string whole = bytes_of(file);
  write_bytes(file, whole);  // touched, the same
  EXPECT_FALSE(read_proof(backup.folder, *backup.manifest)->unchanged);
  EXPECT_EQ(why_none(), "");
  std::string changed = whole;
  changed[whole.size() / 2] = static_cast<char>(changed[whole.size() / 2] ^ 1);
  write_bytes(file, changed);
  EXPECT_EQ(why_none(), "one is not verified");
}

TEST_P(BackupVerifyTest, ProofGoesOnWithoutTheDatabaseAsFarAsItCan) {
  const StoredBackup backup = fixture.create("one");
  BackupContext away = fixture.context();
  away.url = fixture.postgres() ? "postgres://postgres@127.0.0.1:1/none" : "sqlite:/nonexistent/app.db";
  const Verification verification = verify_backup(away, backup, {});
  EXPECT_EQ(verification.proof, fixture.postgres() ? Proof::kDecompressed : Proof::kRestored);
  EXPECT_FALSE(verification.notes.empty());
}

TEST(BackupVerifyPostgres, LeavesNoThrowawayDatabase) {
  BackupFixture fixture("postgres");
  const std::string count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tide\\_verify%'";
  fixture.verify(fixture.create("one"), Proof::kRestored);
  EXPECT_EQ(fixture.value(count), "0");
  fixture.refusal(fixture.with_fitting_manifest(fixture.create("two"), [](Manifest& m) { m.tables.clear(); }),
                  Proof::kRestored);
  EXPECT_EQ(fixture.value(count), "0");
}

TEST(BackupVerifyPostgres, WithoutTheRightToMakeDatabasesItSaysSo) {
  BackupFixture fixture("postgres");
  fixture.execute("DROP ROLE IF EXISTS backup_modest");
  fixture.execute("CREATE ROLE backup_modest LOGIN");
  const StoredBackup backup = fixture.create("one");
  BackupContext modest = fixture.context();
  modest.url.replace(modest.url.find("//postgres@"), 11, "//backup_modest@");
  const Verification verification = verify_backup(modest, backup, {});
  EXPECT_EQ(verification.proof, Proof::kDecompressed);
  EXPECT_TRUE(holds(verification.notes.front(), "the user backup_modest may not create databases there (CREATEDB)"));
  VerifyOptions strict;
  strict.level = Proof::kRestored;
  EXPECT_EQ(raised([&] { verify_backup(modest, backup, strict); }).kind, ErrorKind::kUsage);
  strict.scratch = fixture.url();
  EXPECT_EQ(verify_backup(modest, backup, strict).proof, Proof::kRestored);
  fixture.execute("DROP ROLE backup_modest");
}

TEST(BackupVerifySqlite, AFileCopiedWithoutItsWalIsRefused) {
  BackupFixture fixture("sqlite");
  const StoredBackup backup = fixture.create("one");
  const std::string live = fixture.value("SELECT file FROM pragma_database_list");
  const auto writer = open_connection(fixture.url());
  writer->query("PRAGMA journal_mode = WAL");
  writer->execute("PRAGMA wal_autocheckpoint = 0");
  writer->execute("INSERT INTO users VALUES (4, 'only in the wal')");
  fs::copy_file(live, backup.data_path(), fs::copy_options::overwrite_existing);
  const auto counted = [](Manifest& m) { m.tables[2].rows = 4; };
  const std::string why = fixture.refusal(fixture.with_fitting_manifest(backup, counted), Proof::kRestored);
  EXPECT_TRUE(holds(why, "its file was copied without its WAL")) << why;
}

TEST(BackupVerifySqlite, DamageThatTheManifestHidesIsFoundBySqlite) {
  BackupFixture fixture("sqlite");
  const StoredBackup backup = fixture.create("one");
  std::string bytes = bytes_of(backup.data_path());
  for (std::size_t at = 4096; at < 4096 + 64; ++at) bytes[at] = '\xee';
  write_bytes(backup.data_path(), bytes);
  const std::string why = fixture.refusal(fixture.with_fitting_manifest(backup), Proof::kDecompressed);
  EXPECT_TRUE(holds(why, "SQLite")) << why;
}

}  // namespace
}  // namespace tide::test
