#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "sys/descriptor.h"
#include "sys/http.h"

namespace tide {

// A file that is sent as a request's body. Raises kIo where it cannot be read or is no file.
class HttpUpload {
 public:
  explicit HttpUpload(std::string path);

  std::int64_t size() const { return size_; }
  std::size_t read(char* buffer, std::size_t capacity);  // kIo also when it has become shorter
  void rewind(std::int64_t offset);

 private:
  std::string path_;
  Descriptor fd_;
  std::int64_t size_ = 0;
  std::int64_t offset_ = 0;
};

// Where the body of an answer goes: into memory, or, of a 2xx, into the request's `to_file`, which appears under its
// name when it is complete and not at all when it is not.
class HttpDownload {
 public:
  explicit HttpDownload(const HttpRequest& request) : request_(request) {}
  ~HttpDownload();
  HttpDownload(const HttpDownload&) = delete;
  HttpDownload& operator=(const HttpDownload&) = delete;

  void write(int status, std::string_view piece);  // HttpFailure beyond the request's max_size; kIo
  void complete(int status);                       // the whole body has come
  std::int64_t size() const { return size_; }
  std::string take_text() { return std::move(text_); }

 private:
  bool goes_to_file(int status) const { return !request_.to_file.empty() && status >= 200 && status < 300; }
  void open_file();
  void append_to_file(std::string_view piece);
  [[noreturn]] void fail_to_write() const;

  const HttpRequest& request_;
  std::string partial_;  // the file's name while it is not complete; empty = there is none
  Descriptor file_;
  std::string text_;
  std::int64_t size_ = 0;
};

}  // namespace tide
