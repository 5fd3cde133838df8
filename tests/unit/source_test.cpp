#include "migrate/source.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "migrate/file_name.h"
#include "support/temp_dir.h"
#include "sys/digest.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

using test::TempDir;

std::vector<Migration> scan(const TempDir& dir) { return scan_source("migrations", dir.path()); }

Error refusal(const TempDir& dir) {
  try {
    scan(dir);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kInternal, "no error");
}

TEST(FileName, says_version_name_and_kind) {
  struct Case {
    const char* file;
    const char* says;  // version|name|kind|part, "" = no migration
  };
  for (const Case& c : {Case{"20250906200000_create_users.lua", "20250906200000|create_users|lua|whole"},
                        Case{"1_a.sql", "1|a|sql|whole"},
                        Case{"0001_a.up.sql", "0001|a|sql|up"},
                        Case{"0001_a.down.sql", "0001|a|sql|down"},
                        Case{"2-a-b.sql", "2|a-b|sql|whole"},
                        Case{"3.a.sql", "3|a|sql|whole"},
                        Case{"4.sql", "4||sql|whole"},
                        Case{"4.up.sql", "4||sql|up"},
                        Case{"123456789012345678901234567890_x.lua", "123456789012345678901234567890|x|lua|whole"},
                        Case{"5_gr\xC3\xBC\xC3\x9F"
                             "e.lua",
                             "5|gr\xC3\xBC\xC3\x9F"
                             "e|lua|whole"},
                        Case{"6_up.sql", "6|up|sql|whole"},
                        Case{"README.md", ""},
                        Case{".gitkeep", ""},
                        Case{"helpers.lua", ""},
                        Case{"V1__a.sql", ""},
                        Case{"1_a.sql~", ""},
                        Case{".1_a.sql.swp", ""},
                        Case{"1_a.txt", ""},
                        Case{"1", ""},
                        Case{"", ""},
                        Case{"3d_models.lua", ""},
                        Case{"1_a.lua.orig", ""}}) {
    std::optional<FileName> name = parse_file_name(c.file);
    std::string says;
    if (name) {
      const char* parts[] = {"whole", "up", "down"};
      says = cat(name->version, "|", name->name, "|", name->kind == Migration::Kind::kLua ? "lua" : "sql", "|",
                 parts[static_cast<int>(name->part)]);
    }
    EXPECT_EQ(says, c.says) << c.file;
  }
}

TEST(Source, lists_migrations_by_version_as_a_number) {
  TempDir dir;
  for (const char* file : {"10_ten.lua", "9_nine.sql", "0008_eight.lua", "99999999999999999999_big.sql",
                           "100000000000000000000_bigger.sql", "README.md", "helpers.lua"}) {
    dir.write(std::string("migrations/") + file, "return 1");
  }
  std::vector<std::string> names;
  for (const Migration& migration : scan(dir)) names.push_back(migration.name);
  EXPECT_EQ(names, (std::vector<std::string>{"eight", "nine", "ten", "big", "bigger"}));
}

TEST(Source, tells_of_each_file_what_the_user_would_call_it) {
  TempDir dir;
  dir.write("migrations/1_a.lua", "return {}");
  dir.write("migrations/2_b.up.sql", "SELECT 1");
  dir.write("migrations/2_b.down.sql", "SELECT 2");
  std::vector<Migration> found = scan(dir);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].version, "1");
  EXPECT_EQ(found[0].kind, Migration::Kind::kLua);
  EXPECT_EQ(found[0].path, "migrations/1_a.lua");
  EXPECT_EQ(found[0].checksum, sha256_hex("return {}"));
  EXPECT_EQ(found[1].kind, Migration::Kind::kSql);
  EXPECT_EQ(found[1].path, "migrations/2_b.up.sql");
  EXPECT_EQ(found[1].down_path, "migrations/2_b.down.sql");
  EXPECT_EQ(found[1].checksum, sha256_hex(std::string_view("SELECT 1\0SELECT 2", 17)));
}

TEST(Source, an_up_file_alone_is_a_migration_without_down) {
  TempDir dir;
  dir.write("migrations/2_b.up.sql", "SELECT 1");
  std::vector<Migration> found = scan(dir);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].down_path, "");
  EXPECT_EQ(found[0].checksum, sha256_hex("SELECT 1"));
}

TEST(Source, keeps_duplicates_side_by_side) {
  TempDir dir;
  for (const char* file : {"1_a.lua", "1_a.sql", "01_b.sql", "2_c.sql"}) {
    dir.write(std::string("migrations/") + file, "SELECT 1");
  }
  std::vector<std::string> paths;
  for (const Migration& migration : scan(dir)) paths.push_back(migration.path);
  EXPECT_EQ(paths, (std::vector<std::string>{"migrations/01_b.sql", "migrations/1_a.lua", "migrations/1_a.sql",
                                             "migrations/2_c.sql"}));
}

TEST(Source, an_empty_directory_holds_no_migrations) {
  TempDir dir;
  make_directories(dir / "migrations");
  EXPECT_TRUE(scan(dir).empty());
}

TEST(Source, hashes_thousands_of_files_and_large_ones_alike) {
  TempDir dir;
  for (int i = 1; i <= 2000; ++i) dir.write(cat("migrations/", i, "_m.sql"), cat("SELECT ", i));
  std::string large(300000, ' ');
  large += "SELECT 1";
  dir.write("migrations/2001_large.sql", large);
  std::vector<Migration> found = scan(dir);
  ASSERT_EQ(found.size(), 2001u);
  for (int i = 1; i <= 2000; ++i) {
    ASSERT_EQ(found[static_cast<std::size_t>(i - 1)].checksum, sha256_hex(cat("SELECT ", i)));
  }
  EXPECT_EQ(found.back().checksum, sha256_hex(large));
}

struct Refusal {
  const char* what;
  const char* file;
  std::string text;
  std::string message;
  int line;
};

class SourceRefuses : public testing::TestWithParam<Refusal> {};

TEST_P(SourceRefuses, naming_the_file) {
  TempDir dir;
  dir.write(std::string("migrations/") + GetParam().file, GetParam().text);
  Error error = refusal(dir);
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.message, GetParam().message);
  EXPECT_EQ(error.line, GetParam().line);
}

INSTANTIATE_TEST_SUITE_P(
    all, SourceRefuses,
    testing::Values(Refusal{"empty Lua", "1_a.lua", "",
                            "migrations/1_a.lua is empty: a Lua migration returns a table with an `up` function", 0},
                    Refusal{"blank SQL", "1_a.sql", " \n\t\r\n",
                            "migrations/1_a.sql is empty: a SQL migration holds the statements that apply it", 0},
                    Refusal{"Latin-1", "1_a.lua", "return {\n  -- caf\xE9\n}",
                            "byte 18 of the file (value 233) is not UTF-8; save the file as UTF-8", 2},
                    Refusal{"lonely down", "1_a.down.sql", "SELECT 1",
                            "migrations/1_a.down.sql has no 1_a.up.sql beside it", 0},
                    Refusal{"a folder", "1_a.sql/up.sql", "SELECT 1",
                            "migrations/1_a.sql is named like a migration but is a directory", 0}));

TEST(Source, a_down_file_of_another_name_belongs_to_no_up) {
  TempDir dir;
  dir.write("migrations/1_a.up.sql", "SELECT 1");
  dir.write("migrations/1_b.down.sql", "SELECT 1");
  EXPECT_EQ(refusal(dir).message, "migrations/1_b.down.sql has no 1_b.up.sql beside it");
}

TEST(Source, of_several_bad_files_the_first_is_named_whichever_thread_met_it) {
  TempDir dir;
  for (int i = 1; i <= 1500; ++i) dir.write(cat("migrations/", i, "_m.sql"), i == 700 || i == 1400 ? "" : "SELECT 1");
  EXPECT_EQ(refusal(dir).message, "migrations/700_m.sql is empty: a SQL migration holds the statements that apply it");
}

TEST(Source, a_directory_that_is_not_there_is_named_in_full) {
  TempDir dir;
  Error error = refusal(dir);
  EXPECT_EQ(error.kind, ErrorKind::kConfig);
  EXPECT_EQ(error.message, cat("the migrations directory ", dir / "migrations", " does not exist"));
  EXPECT_EQ(error.next, std::vector<std::string>{"tide init"});
  dir.write("migrations", "x");
  EXPECT_EQ(refusal(dir).message, cat("the migrations directory ", dir / "migrations", " is a file, not a directory"));
}

TEST(Source, a_link_that_leads_nowhere_is_an_error_with_its_path) {
  TempDir dir;
  make_directories(dir / "migrations");
  ASSERT_EQ(::symlink("gone", (dir / "migrations/1_a.lua").c_str()), 0);
  EXPECT_EQ(refusal(dir).message, cat("cannot open \"", dir / "migrations/1_a.lua", "\": No such file or directory"));
}

TEST(Source, the_text_read_later_is_the_text_that_was_hashed) {
  TempDir dir;
  dir.write("migrations/1_a.up.sql", "SELECT 1");
  dir.write("migrations/1_a.down.sql", "SELECT 2");
  Migration migration = scan(dir).at(0);
  MigrationText text = read_source(migration, dir.path());
  EXPECT_EQ(text.up, "SELECT 1");
  EXPECT_EQ(text.down, "SELECT 2");
  dir.write("migrations/1_a.down.sql", "SELECT 3");
  try {
    read_source(migration, dir.path());
    FAIL() << "a changed file was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kIo);
    EXPECT_EQ(error.message, "migrations/1_a.up.sql was changed while this run was under way; nothing of it was run");
  }
}

}  // namespace
}  // namespace tide
