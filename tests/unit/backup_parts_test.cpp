#include <gtest/gtest.h>

#include "backup/clock.h"
#include "backup/pg_tools.h"
#include "backup/store.h"
#include "backup/table_messages.h"
#include "backup/tables.h"
#include "backup/tree.h"
#include "support/databases.h"

namespace tide::test {
namespace {

TEST(BackupTools, TellTheirVersion) {
  struct Case {
    const char* text;
    const char* version;
    int major;
  };
  for (const Case& one : std::vector<Case>{
           {"pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", "15.18", 15},
           {"pg_restore (PostgreSQL) 9.6.24\n", "9.6.24", 9},
           {"psql (PostgreSQL) 18beta1\n", "18beta1", 18},
           {"something else 15\n", "", 0},
           {"", "", 0},
       }) {
    EXPECT_EQ(pg_tool_version(one.text), one.version);
    EXPECT_EQ(major_of(one.version), one.major);
  }
}

TEST(BackupTools, TheServersOwnVersionIsBestThenTheNextNewer) {
  const auto best = [](std::vector<int> majors, int server) -> int {
    std::vector<PgTool> tools;
    for (const int major : majors) tools.push_back({"", "", major});
    const std::size_t at = best_tool(tools, server);
    return at == std::string::npos ? 0 : tools[at].major;
  };
  EXPECT_EQ(best({17, 15, 16}, 15), 15);
  EXPECT_EQ(best({17, 14, 16}, 15), 16);
  EXPECT_EQ(best({14, 13}, 15), 0);
  EXPECT_EQ(best({}, 15), 0);
}

TEST(BackupTables, DifferencesNameEachTable) {
  const std::vector<TableRows> manifest = {{"public", "a", 3}, {"public", "b", 0}, {"public", "c", std::nullopt}};
  EXPECT_EQ(table_differences(manifest, {{"public", "a", 3}, {"public", "b", 0}, {"public", "c", 9}}),
            std::vector<std::string>{});
  EXPECT_EQ(table_differences(manifest, {{"public", "a", 1}, {"public", "c", 0}, {"public", "d", 4}}),
            (std::vector<std::string>{"public.a has 1 row, the manifest says 3", "table public.b is missing",
                                      "table public.d is not in the manifest"}));
}

TEST(BackupMessages, AreReadInWhateverPiecesTheyCome) {
  const std::string all =
      "pg_dump: reading schemas\npg_dump: dumping contents of table \"public.a\"\n"
      "pg_dump: dumping contents of table \"public.b \"q\"\"\n";
  for (std::size_t size = 1; size <= all.size(); ++size) {
    TableMessages messages("dumping contents of table \"", 7);
    for (std::size_t at = 0; at < all.size(); at += size) messages.read(std::string_view(all).substr(at, size));
    EXPECT_EQ(messages.text(), ", table public.b \"q\" (2 of 7)") << "pieces of " << size;
  }
}

TEST(BackupLabel, IsAPlainName) {
  for (const char* good : {"before-yield", "app-20261120T095540Z", "a.b_c+d@e", "7"})
    EXPECT_NO_THROW(check_label(good));
  for (const char* bad : {"", ".hidden", "-x", "a/b", "..", "a b", "größe"}) {
    EXPECT_EQ(raised([&] { check_label(bad); }).kind, ErrorKind::kUsage) << bad;
  }
}

TEST(BackupClock, ReadsWhatItWrites) {
  EXPECT_EQ(iso_time(1'732'096'540'123), "2024-11-20T09:55:40.123Z");
  EXPECT_EQ(parse_iso_ms("2024-11-20T09:55:40.123Z"), 1'732'096'540'123);
  EXPECT_EQ(parse_iso_ms("yesterday"), -1);
}

TEST(BackupSize, IsSaidByThousands) {
  EXPECT_EQ(size_text(999), "999 bytes");
  EXPECT_EQ(size_text(12'345), "12.3 kB");
  EXPECT_EQ(size_text(5'000'000'000), "5.0 GB");
}

}  // namespace
}  // namespace tide::test
