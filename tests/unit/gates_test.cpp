#include "migrate/gates.h"

#include <gtest/gtest.h>

#include "support/databases.h"
#include "tide/error.h"

namespace tide {
namespace {

using test::raised;
using Lines = std::vector<std::string>;

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kHour = 60 * kMinute;
constexpr std::int64_t kNow = 1'800'000'000'000;

class GatesTest : public test::SqliteTest {
 protected:
  // A backup that was taken `age_ms` ago.
  void provide(std::int64_t age_ms) {
    means_.newest_backup = [age_ms](Connection&) { return BackupProof{"nightly", kNow - age_ms, "restored"}; };
  }
  void provide_none() {
    means_.newest_backup = [](Connection&) { return std::nullopt; };
  }
  GateQuestion question() { return {plan_, means_, db(), kNow}; }
  // "who: why" of every demanded gate that is shut.
  Lines shut(const Lines& demanded) {
    Lines lines;
    for (const ShutGate& gate : find_shut(demanded, question())) lines.push_back(gate.who + ": " + gate.unmet.why);
    return lines;
  }
  std::string shut_backup(const std::string& limit) {
    const auto gate = find_shut_backup("1 a", limit, question());
    return gate ? gate->unmet.why : "open";
  }

  GateMeans means_;

 private:
  Plan plan_{{}, "abc"};
};

TEST_F(GatesTest, every_gate_has_a_name_and_says_what_it_demands) {
  EXPECT_EQ(gate_names(), (Lines{"backup", "rehearsal", "signature"}));
  for (const Gate& gate : gates()) EXPECT_STRNE(gate.demand, "") << gate.name;
}

TEST_F(GatesTest, what_is_not_demanded_is_not_asked_for) {
  means_.newest_backup = [](Connection&) -> std::optional<BackupProof> {
    ADD_FAILURE() << "asked";
    return std::nullopt;
  };
  EXPECT_EQ(shut({}), Lines{});
  EXPECT_EQ(shut({"signature"}), Lines{"gate 'signature': this tide cannot check one"});
}

TEST_F(GatesTest, a_gate_without_means_stays_shut) {
  EXPECT_EQ(shut({"backup", "rehearsal", "signature"}),
            (Lines{"gate 'backup': this tide has no backups", "gate 'rehearsal': this tide cannot rehearse",
                   "gate 'signature': this tide cannot check one"}));
}

TEST_F(GatesTest, a_rehearsal_opens_its_gate_for_a_week_and_that_of_a_down_for_ever) {
  const auto prove = [&](const std::string& why, std::int64_t taken_at_ms) {
    means_.rehearsal = [why, taken_at_ms](const Plan&) { return RehearsalProof{why, "", taken_at_ms}; };
  };
  prove("", kNow - 7 * 24 * kHour);
  EXPECT_EQ(shut({"rehearsal"}), Lines{});
  prove("", kNow - 8 * 24 * kHour);
  EXPECT_EQ(shut({"rehearsal"}), Lines{"gate 'rehearsal': the newest one is 8d 00h old"});
  prove("", 0);
  EXPECT_EQ(shut({"rehearsal"}), Lines{});
  prove("there is none", 0);
  EXPECT_EQ(shut({"rehearsal"}), Lines{"gate 'rehearsal': there is none"});
}

TEST_F(GatesTest, a_gate_that_nobody_knows_stays_shut) {
  EXPECT_EQ(shut({"bakcup"}), Lines{"gate 'bakcup': there is no such gate"});
}

TEST_F(GatesTest, a_backup_opens_its_gate_for_a_day) {
  provide_none();
  EXPECT_EQ(shut({"backup"}), Lines{"gate 'backup': there is none"});
  for (const std::int64_t age : {std::int64_t{0}, kHour, 24 * kHour, -kMinute}) {
    provide(age);
    EXPECT_EQ(shut({"backup"}), Lines{}) << age;
  }
  provide(25 * kHour);
  EXPECT_EQ(shut({"backup"}), Lines{"gate 'backup': the newest one, nightly, is 1d 01h old"});
}

TEST_F(GatesTest, a_migration_may_demand_a_younger_one) {
  provide(29 * kMinute);
  EXPECT_EQ(shut_backup("30m"), "open");
  provide(31 * kMinute);
  EXPECT_EQ(shut_backup("30m"), "the newest one, nightly, is 31m 00s old");
  EXPECT_EQ(shut_backup("1h"), "open");
  provide_none();
  EXPECT_EQ(shut_backup("1h"), "there is none");
  EXPECT_EQ(raised([&] { shut_backup("soon"); }).kind, ErrorKind::kConfig);
}

TEST_F(GatesTest, a_backup_from_the_future_proves_only_that_a_clock_is_wrong) {
  provide(-3 * kHour);
  EXPECT_EQ(shut({"backup"}), Lines{"gate 'backup': the newest one, nightly, was taken 3h 00m from now: this machine's "
                                    "clock is wrong, or that of the one that took it"});
}

TEST_F(GatesTest, the_provider_is_asked_about_the_database_of_the_run) {
  Connection* asked = nullptr;
  means_.newest_backup = [&](Connection& connection) {
    asked = &connection;
    return BackupProof{"nightly", kNow, "hash"};
  };
  EXPECT_EQ(shut({"backup"}), Lines{});
  EXPECT_EQ(asked, &db());
}

TEST(RefuseShut, says_all_of_them_and_how_to_satisfy_each) {
  const std::vector<ShutGate> shut = {{"gate 'backup'", "a backup", {"there is none", "tide backup create"}},
                                      {"1 a", "a backup, not older than 1h", {"there is none", "tide backup create"}},
                                      {"gate 'signature'", "a signature", {"nobody signed", "tide sign"}}};
  const Error error = raised([&] { refuse_shut("production", shut); });
  EXPECT_EQ(error.kind, ErrorKind::kGate);
  EXPECT_EQ(
      error.message,
      "environment 'production' may not be changed now: gate 'backup' demands a backup: there is none; 1 a demands "
      "a backup, not older than 1h: there is none; gate 'signature' demands a signature: nobody signed");
  EXPECT_EQ(error.done, Lines{"nothing was changed"});
  EXPECT_EQ(error.next, (Lines{"tide backup create", "tide sign"}));
  EXPECT_NO_THROW(refuse_shut("production", {}));
}

}  // namespace
}  // namespace tide
