#include "migrate/checksum_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "migrate/source.h"
#include "support/temp_dir.h"

namespace tide::test {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
const std::string kSum(64, 'a');

FileStamp at(std::int64_t second) { return {7, 100, second * kSecond, second * kSecond}; }

class ChecksumCacheTest : public testing::Test {
 protected:
  std::string path() const { return files_.path() + "/.tide/checksums"; }
  std::string find(const FileStamp& now) const { return std::string(ChecksumCache(path()).find("1_a.lua", now, {})); }
  void write(const FileStamp& stamp, std::int64_t read_at) const {
    ChecksumCache::write(path(), {{"1_a.lua", stamp, {}, kSum}, {"2_b.lua", stamp, {}, kSum}}, read_at * kSecond);
  }
  TempDir files_;
};

TEST_F(ChecksumCacheTest, KnowsAFileThatIsAsItWas) {
  write(at(100), 200);
  EXPECT_EQ(find(at(100)), kSum);
}

TEST_F(ChecksumCacheTest, DoesNotKnowAFileOfWhichAnythingDiffers) {
  write(at(100), 200);
  for (int field = 0; field < 4; ++field) {
    FileStamp now = at(100);
    if (field == 0) ++now.inode;
    if (field == 1) ++now.size;
    if (field == 2) ++now.modified_ns;
    if (field == 3) ++now.changed_ns;
    EXPECT_EQ(find(now), "") << field;
  }
}

TEST_F(ChecksumCacheTest, DoesNotBelieveWhatWasFreshWhenItWasRead) {
  write(at(199), 200);
  EXPECT_EQ(find(at(199)), "");
  write(at(300), 200);
  EXPECT_EQ(find(at(300)), "");
}

TEST_F(ChecksumCacheTest, IsEmptyWhenItsFileIsMissingCutOrSomethingElse) {
  EXPECT_EQ(find(at(100)), "");
  write(at(100), 200);
  const std::string whole = read_file(path());
  for (std::size_t size = 0; size < whole.size(); size += 7) {
    write_file(path(), whole.substr(0, size));
    const std::string found = find(at(100));
    EXPECT_TRUE(found.empty() || found == kSum) << size;
  }
  write_file(path(), "something else");
  EXPECT_EQ(find(at(100)), "");
}

class SourceWithCache : public testing::Test {
 protected:
  SourceWithCache() {
    for (int i = 1; i <= 300; ++i) write(i, cat("return { up = function() end } -- ", i));
  }
  std::string name(int i) const { return cat(files_.path(), "/migrations/", i, "_m.lua"); }
  void write(int i, const std::string& text) const { files_.write(cat("migrations/", i, "_m.lua"), text); }
  std::vector<Migration> scan() const { return scan_source("migrations", files_.path()); }
  TempDir files_;
};

TEST_F(SourceWithCache, SeesAnEditThatKeepsSizeAndTimeOfContent) {
  const std::string before = scan()[4].checksum;
  struct stat old {};
  ASSERT_EQ(::stat(name(5).c_str(), &old), 0);
  ::sleep(3);
  EXPECT_EQ(scan()[4].checksum, before);  // writes a cache that is old enough to be believed
  EXPECT_EQ(scan()[4].checksum, before);  // reads it
  write(5, "return { up = function() end } -- 6");
  const timespec times[2] = {old.st_atim, old.st_mtim};
  ASSERT_EQ(::utimensat(AT_FDCWD, name(5).c_str(), times, 0), 0);
  EXPECT_NE(scan()[4].checksum, before);
}

TEST_F(SourceWithCache, GivesTheSameWithAndWithoutIt) {
  const std::vector<Migration> first = scan();
  const std::vector<Migration> second = scan();
  ASSERT_EQ(first.size(), 300U);
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_EQ(first[i].checksum, second[i].checksum);
}

}  // namespace
}  // namespace tide::test
