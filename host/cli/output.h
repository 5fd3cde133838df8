#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/redact.h"

namespace tide {

// The way out: data to stdout, everything else to stderr, both without secrets. A reader that went away (EPIPE) is
// no failure, and stderr never is: a migration does not stop because nobody looks.
class Output {
 public:
  Output(std::FILE* data, std::FILE* messages, const Redactor& redactor)
      : data_(data), messages_(messages), redactor_(redactor) {}

  void print(std::string_view text);
  void document(const Json& value);  // on one line
  void message(std::string_view text);
  void event(const Json& value);  // on one line, among the messages

  // Raises kIo when data could not be written.
  void finish();

 private:
  std::FILE* data_;
  std::FILE* messages_;
  const Redactor& redactor_;
  int failure_ = 0;  // errno of the first write that failed
};

}  // namespace tide
