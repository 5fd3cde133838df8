#include "migrate/source.h"

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "migrate/checksum_cache.h"
#include "migrate/file_name.h"
#include "migrate/version.h"
#include "sys/digest.h"
#include "sys/files.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::size_t kFilesForAnotherThread = 400;  // below that starting one costs more than it saves
constexpr std::size_t kMaxThreads = 4;
constexpr std::size_t kWorthACache = 256;  // files; fewer are read as quickly
constexpr std::string_view kBlank = " \t\r\n\f\v";
constexpr std::string_view kPairSeparator("\0", 1);

struct File {
  FileName parsed;
  std::string name;
};

std::string in_directory(const std::string& directory, const std::string& name) {
  return ends_with(directory, "/") ? directory + name : cat(directory, "/", name);
}

Directory open_directory(const std::string& directory, const std::string& project_dir) {
  std::string path = absolute_path(directory, project_dir);
  if (is_directory(path)) return Directory(path);
  std::string what = is_file(path) ? " is a file, not a directory" : " does not exist";
  throw Error(ErrorKind::kConfig, cat("the migrations directory ", path, what)).advise("tide init");
}

bool file_before(const File& a, const File& b) {
  int order = compare_versions(a.parsed.version, b.parsed.version);
  if (order != 0) return order < 0;
  return std::tie(a.parsed.version, a.parsed.name, a.parsed.kind, a.parsed.part) <
         std::tie(b.parsed.version, b.parsed.name, b.parsed.kind, b.parsed.part);
}

std::vector<File> list_files(const Directory& directory, const std::string& shown) {
  std::vector<File> files;
  for (DirectoryEntry& entry : directory.list()) {
    std::optional<FileName> parsed = parse_file_name(entry.name);
    if (!parsed) continue;
    if (entry.is_directory) {
      throw Error(ErrorKind::kConfig,
                  cat(in_directory(shown, entry.name), " is named like a migration but is a directory"));
    }
    files.push_back({std::move(*parsed), std::move(entry.name)});
  }
  std::sort(files.begin(), files.end(), file_before);
  return files;
}

Migration migration_of(const File& file, const std::string& shown) {
  Migration migration;
  migration.version = file.parsed.version;
  migration.name = file.parsed.name;
  migration.kind = file.parsed.kind;
  migration.path = in_directory(shown, file.name);
  return migration;
}

// A .down.sql sorts right behind the .up.sql it belongs to.
void add_down(std::vector<Migration>& migrations, const File& down, const std::string& shown, bool after_its_up) {
  std::string path = in_directory(shown, down.name);
  if (after_its_up) {
    migrations.back().down_path = path;
    return;
  }
  std::string up = cat(path.substr(0, path.size() - std::string_view(".down.sql").size()), ".up.sql");
  throw Error(ErrorKind::kConfig, cat(path, " has no ", base_name(up), " beside it")).at(path);
}

std::vector<Migration> pair_up(const std::vector<File>& files, const std::string& shown) {
  std::vector<Migration> migrations;
  migrations.reserve(files.size());
  const FileName* up = nullptr;
  for (const File& file : files) {
    if (file.parsed.part == FileName::Part::kDown) {
      bool fits = up != nullptr && up->version == file.parsed.version && up->name == file.parsed.name;
      add_down(migrations, file, shown, fits);
      continue;
    }
    migrations.push_back(migration_of(file, shown));
    up = file.parsed.part == FileName::Part::kUp ? &file.parsed : nullptr;
  }
  return migrations;
}

Error empty_file(const Migration& migration) {
  const char* needs = migration.kind == Migration::Kind::kLua
                          ? " is empty: a Lua migration returns a table with an `up` function"
                          : " is empty: a SQL migration holds the statements that apply it";
  return Error(ErrorKind::kConfig, migration.path + needs).at(migration.path);
}

void check_utf8(const std::string& text, const std::string& path) {
  std::size_t bad = first_bad_utf8(text);
  if (bad == std::string::npos) return;
  int line = 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(bad), '\n'));
  int byte = static_cast<unsigned char>(text[bad]);
  throw Error(ErrorKind::kConfig,
              cat("byte ", bad + 1, " of the file (value ", byte, ") is not UTF-8; save the file as UTF-8"))
      .at(path, line);
}

// Whether a text that arrives in pieces is UTF-8.
class Utf8Check {
 public:
  void feed(std::string_view piece) {
    text_.append(piece);
    const std::size_t bad = first_bad_utf8(text_);
    if (bad != std::string::npos && text_.size() - bad > kLongestCharacter) broken_ = true;
    text_.erase(0, bad);  // what is left may be the beginning of a character
  }
  bool ended_well() const { return !broken_ && text_.empty(); }
  void reset() {
    text_.clear();
    broken_ = false;
  }

 private:
  static constexpr std::size_t kLongestCharacter = 4;
  std::string text_;
  bool broken_ = false;
};

// Hashes the migrations of one thread's share, with buffers that it uses again.
class Hasher {
 public:
  Hasher(const Directory& directory, const ChecksumCache* cache) : directory_(directory), cache_(cache) {}

  // Whether the file had to be read. `entry` is what the cache should know of it.
  bool hash(Migration& migration, ChecksumCache::Entry& entry) {
    if (cache_ != nullptr) {
      const std::string name = base_name(migration.path);
      entry.stamp = directory_.stamp(name);
      if (!migration.down_path.empty()) entry.other = directory_.stamp(base_name(migration.down_path));
      migration.checksum = cache_->find(name, entry.stamp, entry.other);
    }
    const bool unknown = migration.checksum.empty();
    if (unknown) read(migration);
    entry.name = std::string_view(migration.path).substr(migration.path.rfind('/') + 1);
    entry.checksum = migration.checksum;
    return unknown;
  }

 private:
  void read(Migration& migration) {
    Sha256 sum;
    if (!add_file(migration.path, sum)) throw empty_file(migration);
    if (!migration.down_path.empty()) {
      sum.update(kPairSeparator);
      add_file(migration.down_path, sum);
    }
    migration.checksum = sum.hex();
  }

  // Whether there was more in it than white space.
  bool add_file(const std::string& path, Sha256& sum) {
    bool blank = true;
    utf8_.reset();
    directory_.read(base_name(path), buffer_, [&](std::string_view piece) {
      sum.update(piece);
      blank = blank && piece.find_first_not_of(kBlank) == std::string_view::npos;
      utf8_.feed(piece);
    });
    if (!utf8_.ended_well()) check_utf8(whole_file(path), path);
    return !blank;
  }

  std::string whole_file(const std::string& path) {
    std::string text;
    directory_.read(base_name(path), buffer_, [&](std::string_view piece) { text.append(piece); });
    return text;
  }

  const Directory& directory_;
  const ChecksumCache* cache_;
  std::vector<char> buffer_;
  Utf8Check utf8_;
};

// All of a folder's migrations, with what the cache says and shall say of them.
struct Batch {
  const Directory& directory;
  std::vector<Migration>& migrations;
  const ChecksumCache* cache;  // null for a folder that is read as quickly
  std::vector<ChecksumCache::Entry> entries;
};

// Whether one of them had to be read.
bool hash_share(Batch& batch, std::size_t first, std::size_t last) {
  Hasher hasher(batch.directory, batch.cache);
  bool any = false;
  for (; first != last; ++first) any = hasher.hash(batch.migrations[first], batch.entries[first]) || any;
  return any;
}

// The calling thread takes the first share. Of several bad files the first by version is the one reported.
bool hash_all(Batch& batch) {
  const std::size_t count = batch.migrations.size();
  std::size_t wanted = 1 + count / kFilesForAnotherThread;
  std::size_t threads = std::min({wanted, kMaxThreads, std::max<std::size_t>(1, std::thread::hardware_concurrency())});
  std::size_t share = (count + threads - 1) / threads;
  std::vector<std::future<bool>> others;
  for (std::size_t i = 1; i < threads; ++i) {
    std::size_t first = std::min(i * share, count), last = std::min(first + share, count);
    others.push_back(std::async(std::launch::async, hash_share, std::ref(batch), first, last));
  }
  bool any = hash_share(batch, 0, std::min(share, count));
  for (std::future<bool>& other : others) any = other.get() || any;
  return any;
}

std::int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void hash_with_cache(const Directory& directory, std::vector<Migration>& migrations, const std::string& cache_path) {
  const std::int64_t began = now_ns();
  const ChecksumCache cache(cache_path);
  Batch batch{directory, migrations, &cache, std::vector<ChecksumCache::Entry>(migrations.size())};
  if (hash_all(batch)) ChecksumCache::write(cache_path, batch.entries, began);
}

}  // namespace

std::vector<Migration> scan_source(const std::string& directory, const std::string& project_dir) {
  Directory opened = open_directory(directory, project_dir);
  std::vector<Migration> migrations = pair_up(list_files(opened, directory), directory);
  if (migrations.size() >= kWorthACache) {
    hash_with_cache(opened, migrations, cat(project_dir, "/.tide/checksums"));
  } else {
    Batch batch{opened, migrations, nullptr, std::vector<ChecksumCache::Entry>(migrations.size())};
    hash_all(batch);
  }
  return migrations;
}

MigrationText read_source(const Migration& migration, const std::string& project_dir) {
  MigrationText text;
  Sha256 sum;
  text.up = read_file(absolute_path(migration.path, project_dir));
  sum.update(text.up);
  if (!migration.down_path.empty()) {
    text.down = read_file(absolute_path(migration.down_path, project_dir));
    sum.update(kPairSeparator);
    sum.update(text.down);
  }
  if (sum.hex() == migration.checksum) return text;
  throw Error(ErrorKind::kIo, cat(migration.path, " was changed while this run was under way; nothing of it was run"))
      .at(migration.path);
}

}  // namespace tide
