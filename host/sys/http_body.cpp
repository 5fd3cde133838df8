#include "sys/http_body.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "base/text.h"
#include "sys/os_error.h"

namespace tide {

HttpUpload::HttpUpload(std::string path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  struct stat status {};
  if (!fd_ || ::fstat(fd_.get(), &status) != 0) throw os_error("read", path_, errno);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorKind::kIo, cat("cannot send \"", path_, "\": it is not a file"));
  size_ = status.st_size;
}

std::size_t HttpUpload::read(char* buffer, std::size_t capacity) {
  ssize_t count = 0;
  do {
    count = ::pread(fd_.get(), buffer, capacity, offset_);
  } while (count < 0 && errno == EINTR);
  if (count < 0) throw os_error("read", path_, errno);
  if (count == 0 && offset_ < size_) {
    throw Error(ErrorKind::kIo, cat("\"", path_, "\" became shorter while it was sent"));
  }
  offset_ += count;
  return static_cast<std::size_t>(count);
}

void HttpUpload::rewind(std::int64_t offset) { offset_ = offset; }

HttpDownload::~HttpDownload() {
  if (!partial_.empty()) std::remove(partial_.c_str());
}

void HttpDownload::write(int status, std::string_view piece) {
  size_ += static_cast<std::int64_t>(piece.size());
  if (request_.max_size > 0 && size_ > request_.max_size) {
    HttpFailure failure(
        cat(http_text(request_), ": the answer is larger than max_size, ", request_.max_size, " bytes"));
    failure.lasting = true;
    throw failure;
  }
  if (goes_to_file(status)) {
    append_to_file(piece);
  } else {
    text_.append(piece);
  }
}

void HttpDownload::complete(int status) {
  if (!goes_to_file(status)) return;
  if (partial_.empty()) open_file();
  if (::fsync(file_.get()) != 0 || std::rename(partial_.c_str(), request_.to_file.c_str()) != 0) fail_to_write();
  partial_.clear();
}

// Never through a link, and never into a file that somebody else has open.
void HttpDownload::open_file() {
  const std::string name = cat(request_.to_file, ".partial");
  std::remove(name.c_str());
  file_ = Descriptor(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file_) fail_to_write();
  partial_ = name;
}

void HttpDownload::append_to_file(std::string_view piece) {
  if (partial_.empty()) open_file();
  while (!piece.empty()) {
    const ssize_t count = ::write(file_.get(), piece.data(), piece.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_to_write();
    piece.remove_prefix(static_cast<std::size_t>(count));
  }
}

void HttpDownload::fail_to_write() const { throw os_error("write", request_.to_file, errno); }

}  // namespace tide
