#include "sys/csv_file.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "sys/os_error.h"
#include "tide/error.h"

namespace tide {
namespace {

std::int64_t modified_ns(const struct stat& about) {
  return static_cast<std::int64_t>(about.st_mtim.tv_sec) * 1000000000 + about.st_mtim.tv_nsec;
}

}  // namespace

CsvFile::CsvFile(const std::string& path, const std::string& shown, char delimiter, Sha256* digest)
    : path_(path),
      shown_(shown),
      fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
      digest_(digest),
      reader_(
          shown, [this](char* into, std::size_t room) { return read(into, room); }, delimiter) {
  struct stat about {};
  if (!fd_ || ::fstat(fd_.get(), &about) != 0) throw os_error("read", shown, errno);
  if (!S_ISREG(about.st_mode)) throw Error(ErrorKind::kIo, cat(shown, " is no file that can be read as CSV"));
  bytes_ = about.st_size;
  modified_ns_ = modified_ns(about);
  read_header();
}

std::size_t CsvFile::read(char* into, std::size_t room) {
  ssize_t got = 0;
  do got = ::read(fd_.get(), into, room);
  while (got < 0 && errno == EINTR);
  if (got < 0) throw os_error("read", shown_, errno);
  if (digest_ != nullptr) digest_->update({into, static_cast<std::size_t>(got)});
  return static_cast<std::size_t>(got);
}

void CsvFile::read_header() {
  if (!reader_.next()) throw Error(ErrorKind::kIo, cat(shown_, " is empty: its first line names the columns"));
  for (std::size_t i = 0; i < reader_.size(); ++i) {
    std::string name(reader_.field(i));
    const auto place = cat("column ", i + 1);
    if (name.empty()) {
      throw Error(ErrorKind::kIo, cat(place, " has no name: the first line of a CSV file names its columns"))
          .at(shown_, 1);
    }
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      throw Error(ErrorKind::kIo, cat(place, " is called ", name, " too: each column has a name of its own"))
          .at(shown_, 1);
    }
    names_.push_back(std::move(name));
  }
}

bool CsvFile::next() {
  const std::size_t width = names_.size();
  do {
    if (!reader_.next()) return false;
  } while (width > 1 && reader_.size() == 1 && reader_.is_null(0));
  if (reader_.size() == width) return true;
  throw Error(ErrorKind::kIo, cat(reader_.size(), reader_.size() == 1 ? " field" : " fields", " on this line, ", width,
                                  " in the header (", join(names_, ", "), ")"))
      .at(shown_, static_cast<int>(reader_.line()));
}

void CsvFile::go_on_at(std::int64_t offset, std::int64_t line) {
  if (::lseek(fd_.get(), offset, SEEK_SET) < 0) throw os_error("read", shown_, errno);
  reader_.go_on_at(offset, line);
}

void CsvFile::refuse_if_changed() const {
  struct stat about {};
  const bool same = ::stat(path_.c_str(), &about) == 0 && about.st_size == bytes_ && modified_ns(about) == modified_ns_;
  if (!same) throw Error(ErrorKind::kIo, cat(shown_, " was changed while it was being read: put it back to go on"));
}

}  // namespace tide
