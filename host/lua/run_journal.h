#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/json.h"
#include "sys/deadline.h"
#include "sys/file_lock.h"
#include "sys/journal.h"
#include "sys/terminal.h"
#include "tide/event.h"

namespace tide {

// The journal of the runbook that is run here: its own entries, and as a reader of the events what its steps did. Each
// run has a folder of its own below `folder`. Secrets are masked before anything is written.
class RunJournal {
 public:
  using Redact = std::function<std::string(const std::string&)>;
  RunJournal(std::string folder, Redact redact) : folder_(std::move(folder)), redact_(std::move(redact)) {}

  const std::string& folder() const { return folder_; }  // absolute
  std::string path_of(const std::string& run) const;

  // Only one process at a time has the lock of that name. Returns the line of the one who has it, "" when it is ours.
  std::string lock(const std::string& name, const std::string& holder_line);

  void create(const std::string& run);
  void open(const std::string& run);
  bool is_open() const { return journal_.has_value(); }
  // On disk when it returns, with everything before it, when `sync`. Returns the hash of the journal.
  std::string append(const Json& entry, bool sync);

  // From here on events are of this step, until the next call; "" = of none.
  void enter(const std::string& step);
  // The bytes of output that were not kept since enter().
  std::int64_t dropped() const { return dropped_; }
  void read(const Event& event);

  // Interrupts the step when it is still under way after so long; 0 = never.
  void arm(std::int64_t ms);
  bool timed_out() const { return deadline_ && deadline_->passed(); }

  void restore_terminal() const noexcept { terminal_.restore(); }

 private:
  void keep(Json::Object fields);
  Json masked(const Json& value) const;

  std::string folder_;
  Redact redact_;
  std::unique_ptr<FileLock> lock_;
  std::optional<Journal> journal_;
  std::string step_;
  std::int64_t kept_ = 0;
  std::int64_t dropped_ = 0;
  std::unique_ptr<Deadline> deadline_;
  TerminalSettings terminal_;
};

}  // namespace tide
