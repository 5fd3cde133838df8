#include "migrate/checksum_cache.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "tide/error.h"

namespace tide {

namespace {

constexpr std::string_view kMagic = "tide checksums 1\n";
constexpr std::int64_t kSettledNs = 2'000'000'000;  // coarser than any file system's clock

template <class Number>
void put(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
Number take(const char* from) {
  Number number;
  std::memcpy(&number, from, sizeof number);
  return number;
}

bool settled(const FileStamp& stamp, std::int64_t read_at_ns) {
  return std::max(stamp.changed_ns, stamp.modified_ns) + kSettledNs < read_at_ns;
}

}  // namespace

FileStamp ChecksumCache::Record::stamp(std::size_t index) const {
  return take<FileStamp>(fixed + index * sizeof(FileStamp));
}

ChecksumCache::ChecksumCache(const std::string& path) {
  try {
    if (is_file(path)) text_ = read_file(path);
  } catch (const Error&) {
    return;
  }
  constexpr std::size_t kHead = kMagic.size() + sizeof read_at_ns_;
  if (text_.size() < kHead || !starts_with(text_, kMagic)) return;
  read_at_ns_ = take<std::int64_t>(text_.data() + kMagic.size());
  const char* const end = text_.data() + text_.size();
  for (const char* at = text_.data() + kHead; end - at >= 4;) {
    const auto size = take<std::uint32_t>(at);
    at += sizeof size;
    if (static_cast<std::size_t>(end - at) < size + Record::kFixedSize) break;
    records_.push_back({{at, size}, at + size});
    at += size + Record::kFixedSize;
  }
}

std::string_view ChecksumCache::find(std::string_view name, const FileStamp& stamp, const FileStamp& other) const {
  const auto found =
      std::lower_bound(records_.begin(), records_.end(), name,
                       [](const Record& record, std::string_view wanted) { return record.name < wanted; });
  if (found == records_.end() || found->name != name) return {};
  if (found->stamp(0) != stamp || found->stamp(1) != other) return {};
  return settled(stamp, read_at_ns_) && settled(other, read_at_ns_) ? found->checksum() : std::string_view();
}

void ChecksumCache::write(const std::string& path, const std::vector<Entry>& entries,
                          std::int64_t read_at_ns) noexcept {
  try {
    std::vector<const Entry*> sorted;
    for (const Entry& entry : entries) sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
    std::string text(kMagic);
    put(text, read_at_ns);
    for (const Entry* entry : sorted) {
      put(text, static_cast<std::uint32_t>(entry->name.size()));
      text += entry->name;
      put(text, entry->stamp);
      put(text, entry->other);
      text += entry->checksum;
    }
    make_directories(parent_directory(path));
    write_file(path, text);
  } catch (const std::exception&) {
    // a folder that may not be written to is read again next time
  }
}

}  // namespace tide
