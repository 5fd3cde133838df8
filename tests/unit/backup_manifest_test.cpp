#include <gtest/gtest.h>

#include "backup/manifest.h"
#include "support/databases.h"

namespace tide::test {
namespace {

Manifest example() {
  Manifest manifest;
  manifest.label = "app-20261120T095540Z";
  manifest.format = BackupFormat::kDirectory;
  manifest.database = {"postgres", "app", "7437", "16384"};
  manifest.server_version = "15.18";
  manifest.url = "postgres://app@db/app";
  manifest.data = "data";
  manifest.files = {{"data/1.dat.gz", 10, "aa"}, {"data/toc.dat", 20, "bb"}};
  manifest.started_at = "2026-11-20T09:55:40.000Z";
  manifest.finished_at = "2026-11-20T09:55:41.000Z";
  manifest.tools = {{"tide", "0.1.0"}, {"pg_dump", "15.18"}};
  manifest.tables = {{"public", "users", 3}, {"public", "größe \"x\"", std::nullopt}};
  manifest.excluded = {"rows of the foreign table public.remote"};
  return manifest;
}

TEST(BackupManifest, IsReadAsItWasWritten) {
  const std::string text = manifest_text(example());
  const Manifest read = parse_manifest(text);
  EXPECT_EQ(manifest_text(read), text);
  EXPECT_EQ(read.format, BackupFormat::kDirectory);
  EXPECT_EQ(read.tables[0].rows, 3);
  EXPECT_FALSE(read.tables[1].rows.has_value());
  EXPECT_EQ(read.size(), 30);
}

TEST(BackupManifest, IsRefusedWhenAnyBitOfItWasFlipped) {
  const std::string text = manifest_text(example());
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string changed = text;
    changed[at] = static_cast<char>(changed[at] ^ (1 << at % 8));
    EXPECT_EQ(raised([&] { parse_manifest(changed); }).kind, ErrorKind::kVerify) << "byte " << at;
  }
}

TEST(BackupManifest, IsRefusedWhenItWasCutAnywhere) {
  const std::string text = manifest_text(example());
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(raised([&] { parse_manifest(text.substr(0, size)); }).kind, ErrorKind::kVerify) << size << " bytes";
  }
}

TEST(BackupManifest, KnowsOneDatabaseFromAnother) {
  const DatabaseIdentity app{"postgres", "app", "7437", "16384"};
  struct Case {
    DatabaseIdentity other;
    bool same_database;
    bool same_place;
  };
  for (const Case& one : std::vector<Case>{
           {{"postgres", "app", "7437", "16384"}, true, true},
           {{"postgres", "renamed", "7437", "16384"}, true, false},
           {{"postgres", "app", "7437", "99999"}, false, true},
           {{"postgres", "app", "1111", "16384"}, false, false},
           {{"postgres", "app", "", "16384"}, false, false},
           {{"sqlite", "app", "7437", "16384"}, false, false},
       }) {
    EXPECT_EQ(same_database(app, one.other), one.same_database) << one.other.name << " " << one.other.system;
    EXPECT_EQ(same_place(app, one.other), one.same_place) << one.other.name << " " << one.other.system;
  }
}

TEST(BackupManifest, WithoutASystemIdentifierNameAndObjectDecide) {
  const DatabaseIdentity app{"postgres", "app", "", "16384"};
  EXPECT_TRUE(same_database(app, {"postgres", "app", "", "16384"}));
  EXPECT_FALSE(same_database(app, {"postgres", "shop", "", "16384"}));
}

TEST(BackupManifest, WordsForLevelsAndFormatsAreTheKnownOnes) {
  EXPECT_EQ(proof_of("restored"), Proof::kRestored);
  EXPECT_EQ(format_of("plain"), BackupFormat::kPlain);
  EXPECT_EQ(raised([] { proof_of("none"); }).message,
            "the level is one of hash, decompressed, restored; 'none' is none of them");
  EXPECT_EQ(raised([] { format_of("tar"); }).message,
            "the format is one of custom, directory, plain, sqlite; 'tar' is none of them");
}

}  // namespace
}  // namespace tide::test
