#include "sys/journal.h"

#include <fcntl.h>

#include <cerrno>

#include "base/text.h"
#include "sys/digest.h"
#include "sys/files.h"
#include "sys/os_error.h"

namespace tide {
namespace {

constexpr std::string_view kBefore = R"({"hash":")";
constexpr std::string_view kBetween = R"(","entry":)";
constexpr std::size_t kHashSize = 64;

std::string first_hash() { return std::string(kHashSize, '0'); }

std::string next_hash(const std::string& previous, std::string_view entry) {
  Sha256 hash;
  hash.update(previous);
  hash.update(entry);
  return hash.hex();
}

// The entry of a line that follows `previous`; nothing when it does not.
std::string_view entry_of(std::string_view line, const std::string& previous) {
  constexpr std::size_t kFrame = kBefore.size() + kHashSize + kBetween.size();
  if (line.size() <= kFrame || !starts_with(line, kBefore) || line.back() != '}') return {};
  if (line.substr(kBefore.size() + kHashSize, kBetween.size()) != kBetween) return {};
  const std::string_view entry = line.substr(kFrame, line.size() - kFrame - 1);
  return line.substr(kBefore.size(), kHashSize) == next_hash(previous, entry) ? entry : std::string_view();
}

Error edited(const std::string& path, std::size_t line) {
  return Error(ErrorKind::kVerify, "the journal was changed: this line does not follow from the one before it")
      .at(path, static_cast<int>(line));
}

}  // namespace

JournalText read_journal(const std::string& path) {
  const std::string text = read_file(path);
  JournalText found;
  found.hash = first_hash();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    found.torn = end == std::string::npos;
    if (found.torn) break;
    const std::string_view entry = entry_of(std::string_view(text).substr(begin, end - begin), found.hash);
    if (entry.empty()) throw edited(path, found.entries.size() + 1);
    found.hash = next_hash(found.hash, entry);
    found.entries.emplace_back(entry);
    found.size = begin = end + 1;
  }
  return found;
}

Journal Journal::create(const std::string& path) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0666);
  if (fd < 0) throw os_error("create", path, errno);
  return {path, fd, first_hash(), 0};
}

Journal Journal::open(const std::string& path, const JournalText& found) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd < 0) throw os_error("write", path, errno);
  Journal journal(path, fd, found.hash, found.size);
  if (::ftruncate(fd, static_cast<off_t>(found.size)) != 0) throw os_error("write", path, errno);
  return journal;
}

void Journal::append(std::string_view entry) {
  const std::string hash = next_hash(hash_, entry);
  const std::string line = cat(kBefore, hash, kBetween, entry, "}\n");
  for (std::size_t put = 0; put < line.size();) {
    const ssize_t now = ::write(fd_.get(), line.data() + put, line.size() - put);
    if (now >= 0) {
      put += static_cast<std::size_t>(now);
    } else if (errno != EINTR) {
      const int code = errno;
      if (::ftruncate(fd_.get(), static_cast<off_t>(size_)) != 0) fd_ = Descriptor();  // nothing may follow half a line
      throw os_error("write", path_, code);
    }
  }
  size_ += line.size();
  hash_ = hash;
}

void Journal::sync() {
  if (::fdatasync(fd_.get()) != 0) throw os_error("sync", path_, errno);
}

}  // namespace tide
