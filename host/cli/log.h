#pragma once

#include <memory>
#include <string>

#include "base/redact.h"
#include "tide/event.h"

namespace tide {

// The log file: every event with its time (UTC) and level, without secrets, appended. Independent of -q and -v.
class FileLog {
 public:
  // kIo when the file cannot be opened for appending.
  FileLog(const std::string& path, const Redactor& redactor);
  ~FileLog();

  void read(const Event& event);
  void info(const std::string& text);
  void error(const Error& error);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace tide
