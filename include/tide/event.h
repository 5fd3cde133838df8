#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tide/error.h"
#include "tide/value.h"

namespace tide {

// What happens, in the order it happens. Console, JSON lines, the log, the plan's recorder and the journal are
// readers of this stream; nothing else calls them.
struct Event {
  enum class Kind : std::uint8_t {
    kStepBegun,      // version, name, direction
    kStepDone,       // version, name, direction, state, ms, statements, rows
    kStepFailed,     // version, name, direction, ms, error
    kStatementDone,  // sql, params, rows, ms, file, line; `error` when it was refused
    kNotice,         // level ("NOTICE", "WARNING" ...), text, detail in `sql` is never used
    kLog,            // level ("debug", "info", "warn", "error"), text: log.* and print of a script
    kProgress,       // text (label), done, total (0 = unknown), state (for people), params (name, value ...)
    kWarning,        // text: something the user should know that is not an error
    kWaiting,        // text: what is waited for (the lock and who holds it)
    kEffect,         // name ("shell", "http", "backup"), text (what, for people), ms; `error` when it failed
    kOutput,         // name (the program), level ("out", "err"), text: a line that a command printed, as it came
  };
  Kind kind;
  std::string version;
  std::string name;
  std::string direction;  // "up", "down", "verify"
  std::string state;      // "applied", "reverted", "verified", "recorded"
  std::string level;
  std::string text;
  std::string sql;
  std::vector<Value> params;
  std::string file;
  int line = 0;
  std::int64_t rows = 0;  // rows affected or returned
  std::int64_t statements = 0;
  double ms = 0;
  std::int64_t done = 0;
  std::int64_t total = 0;
  bool internal = false;  // a statement or effect of the engine or the stdlib, not of the script
  bool recorded = false;  // a dry run recorded the statement or effect and did not do it
  std::shared_ptr<const Error> error;
};

using EventReader = std::function<void(const Event&)>;

// Delivers each event to every reader, in the order they were added, on the thread that emits.
class EventStream {
 public:
  void add(EventReader reader) { readers_.push_back(std::move(reader)); }
  void emit(const Event& event) const {
    for (const auto& reader : readers_) reader(event);
  }

 private:
  std::vector<EventReader> readers_;
};

}  // namespace tide
