#include <gtest/gtest.h>

#include "backup/clock.h"
#include "backup/prune.h"

namespace tide::test {
namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 3600 * 1000;
constexpr std::int64_t kNow = 1'800'000'000'000;

StoredBackup made(const std::string& label, int days_ago, Proof proof, const std::string& database = "app") {
  StoredBackup backup;
  backup.label = label;
  backup.manifest.emplace();
  backup.manifest->database = {"postgres", database, "7437", database};
  backup.manifest->finished_at = iso_time(kNow - days_ago * kDay);
  if (proof != Proof::kNone) backup.proof = ProofRecord{proof, "", true};
  return backup;
}

using Labels = std::vector<std::string>;

TEST(BackupPrune, KeepsTheNewestAndTheYoung) {
  const std::vector<StoredBackup> backups = {made("d0", 0, Proof::kRestored), made("d1", 1, Proof::kRestored),
                                             made("d5", 5, Proof::kRestored), made("d9", 9, Proof::kRestored)};
  struct Case {
    PruneOptions options;
    Labels removed;
  };
  for (const Case& one : std::vector<Case>{
           {{1, 0}, {"d1", "d5", "d9"}},
           {{3, 0}, {"d9"}},
           {{9, 0}, {}},
           {{0, 2}, {"d5", "d9"}},
           {{3, 2}, {"d9"}},
           {{1, 6}, {"d9"}},
       }) {
    EXPECT_EQ(plan_pruning(backups, one.options, kNow).removed, one.removed)
        << "--keep " << one.options.keep << " --keep-days " << one.options.keep_days;
  }
}

TEST(BackupPrune, NeverRemovesTheLastVerifiedOne) {
  const std::vector<StoredBackup> backups = {made("new", 0, Proof::kNone), made("hashed", 1, Proof::kHash),
                                             made("proven", 5, Proof::kDecompressed), made("old", 9, Proof::kRestored)};
  const Pruned pruned = plan_pruning(backups, {1, 0}, kNow);
  EXPECT_EQ(pruned.removed, (Labels{"hashed", "old"}));
  EXPECT_EQ(pruned.kept, (Labels{"new", "proven"}));
  EXPECT_EQ(pruned.verified, Labels{"proven"});
}

TEST(BackupPrune, DoesNotTakeAPartForAVerifiedBackup) {
  std::vector<StoredBackup> backups = {made("part", 0, Proof::kRestored), made("whole", 9, Proof::kRestored)};
  backups[0].manifest->selected = true;
  EXPECT_EQ(plan_pruning(backups, {1, 0}, kNow).removed, Labels{});
}

TEST(BackupPrune, KeepsTheNewestWhereNoneIsVerified) {
  const std::vector<StoredBackup> backups = {made("a", 20, Proof::kNone), made("b", 30, Proof::kNone)};
  EXPECT_EQ(plan_pruning(backups, {0, 7}, kNow).removed, Labels{"b"});
}

TEST(BackupPrune, CountsEachDatabaseByItself) {
  const std::vector<StoredBackup> backups = {made("a1", 0, Proof::kRestored), made("b1", 1, Proof::kRestored, "shop"),
                                             made("a2", 2, Proof::kRestored), made("b2", 3, Proof::kRestored, "shop")};
  EXPECT_EQ(plan_pruning(backups, {1, 0}, kNow).removed, (Labels{"a2", "b2"}));
}

TEST(BackupPrune, LeavesDamagedOnesAlone) {
  std::vector<StoredBackup> backups = {made("good", 0, Proof::kRestored)};
  backups.push_back({"damaged", "/x/damaged", std::nullopt, "its manifest is damaged", std::nullopt});
  const Pruned pruned = plan_pruning(backups, {1, 0}, kNow);
  EXPECT_EQ(pruned.removed, Labels{});
  EXPECT_EQ(pruned.kept, Labels{"good"});
}

}  // namespace
}  // namespace tide::test
