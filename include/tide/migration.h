#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tide/error.h"

namespace tide {

enum class Direction : std::uint8_t { kUp, kDown };
const char* direction_name(Direction direction);  // "up", "down"

// A migration on disk. Versions are compared as numbers of any length (leading zeros do not count), then as text.
struct Migration {
  enum class Kind : std::uint8_t { kLua, kSql };
  std::string version;  // the leading digits of the file's name
  std::string name;     // "create_users"
  Kind kind = Kind::kLua;
  std::string path;       // Lua file, or the SQL file that holds `up`
  std::string down_path;  // VERSION_name.down.sql of a pair; empty otherwise
  std::string checksum;   // SHA-256 of the bytes (of a pair: of up, a NUL byte, down), hex
};

// What the history says of one version.
struct HistoryEntry {
  enum class State : std::uint8_t { kApplied, kRunning, kFailed };
  std::string version;
  std::string name;
  State state = State::kApplied;
  Migration::Kind kind = Migration::Kind::kLua;
  std::string checksum;
  std::string fingerprint;  // SHA-256 of the token stream: unchanged by comments and white space
  std::string applied_at;   // ISO text, UTC
  std::int64_t duration_ms = 0;
  bool baseline = false;                 // recorded by `baseline` or `resolve`, never run here
  std::string error;                     // of a failed one: what it died of, one line
  Direction direction = Direction::kUp;  // of a running or failed one: which way it was going
  std::string run;                       // of a running or failed one: the run that wrote the row, and by whom
  std::string who;
  std::string host;
  bool interrupted = false;  // of a running one: nobody works on it any more
};
const char* state_name(HistoryEntry::State state);  // "applied", "running", "failed"

// One line of the history's log, which is only ever added to.
struct HistoryEvent {
  std::int64_t id = 0;
  std::string at;  // ISO, UTC
  std::string run;
  std::string version;
  std::string name;
  std::string event;      // "started", "applied", "reverted", "failed", "resolved", "baseline", "renamed"
  std::string direction;  // "up" or "down"; empty where it has none
  std::string who;
  std::string host;
  std::int64_t duration_ms = 0;
  std::string checksum;  // of the file at that time; empty where it has none
  std::string detail;    // error line, reason
};

// Something between source and history that a person should know. `blocks` says whether `up` refuses to run.
struct Problem {
  enum class Kind : std::uint8_t {
    kMissing,      // applied, its file is gone
    kDivergent,    // applied, its file says something else now
    kCosmetic,     // applied, only comments or white space of its file differ
    kOutOfOrder,   // pending below the current version
    kFailed,       // a non-transactional migration stopped half-way
    kInterrupted,  // one whose process is gone; the next `up` takes it on
    kDuplicate,    // two files with one version
    kRenamed,      // applied under another name
    kDamaged,      // what the history keeps of it cannot be compared with its file
    kEnvironment,  // of no version: the database belongs to another environment
  };
  Kind kind;
  std::string version;
  std::string message;            // one sentence: what is so
  std::vector<std::string> next;  // what to do, as commands or short sentences
  bool blocks = false;
};
const char* problem_name(Problem::Kind kind);  // "missing", "divergent", "cosmetic", "out_of_order" ...

struct PlanStep {
  Direction direction = Direction::kUp;
  std::string version;
  std::string name;
  std::string checksum;
  std::optional<Migration> source;  // absent: `down` runs from the source that the history keeps
};

struct Plan {
  std::vector<PlanStep> steps;
  std::string hash;  // SHA-256 over engine-independent lines "direction version checksum", hex
};

}  // namespace tide
