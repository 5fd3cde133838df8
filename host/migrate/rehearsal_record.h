#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "tide/error.h"
#include "tide/migration.h"

namespace tide {

// A lock on a relation that a statement was the first of its transaction to take.
struct RehearsedLock {
  std::string relation;  // with its schema: "public.users"
  std::string mode;      // "ACCESS EXCLUSIVE"
  double held_ms = 0;    // from the statement's beginning to the end of its transaction
  bool is_new = false;   // the migration has made the relation: nobody else knows it yet
  bool is_table = false;
};

// A statement, with its repetitions: the same text from the same place in the same step is one of these.
struct RehearsedStatement {
  std::string sql;
  std::string file;
  int line = 0;
  bool in_transaction = false;
  std::int64_t times = 0;
  std::int64_t rows = 0;
  double ms = 0;
  std::vector<RehearsedLock> locks;
  std::vector<std::string> rewritten;     // relations that got a new file
  std::vector<std::string> scanned;       // tables that were read from end to end; not known outside a transaction
  std::optional<std::int64_t> wal_bytes;  // none: not known
  std::string error;                      // why the database refused it; "" = it did not
};

// One run of a migration in one direction.
struct RehearsedPass {
  Direction direction = Direction::kUp;
  bool again = false;  // the second `up`
  double ms = 0;
  std::vector<RehearsedStatement> statements;
};

struct RehearsedStep {
  enum class Down : std::uint8_t {
    kSame,          // everything is as it was before
    kDiffers,       // `differences` says what is not
    kMissing,       // there is none, and nothing says that there cannot be one
    kIrreversible,  // declared; `reason` says why
    kSkipped,       // --no-down
    kNotReached,    // something failed before
  };
  std::string version;
  std::string name;
  std::string checksum;
  bool transaction = true;
  Down down = Down::kNotReached;
  std::string reason;
  std::vector<std::string> differences;  // sentences
  std::vector<RehearsedPass> passes;
};
const char* down_name(RehearsedStep::Down down);  // "same", "differs", "missing", "irreversible", "skipped" ...

// What was rehearsed, on what, and how it went. As JSON in docs/rehearsal.md.
struct RehearsalRecord {
  std::string plan;  // its hash
  std::string environment;
  std::string engine;
  std::string server_version;  // of the copy
  std::string tide_version;
  std::string rehearsed_at;  // ISO, UTC
  double ms = 0;             // of the plan, without the making of the copy
  std::string place;         // "scratch cluster", "named server", "file"
  std::string filled;        // "backup", "schema", "file"
  std::string backup;        // its label
  std::string backup_time;
  bool effects_done = false;  // --with-effects
  std::vector<RehearsedStep> steps;
  std::shared_ptr<const Error> error;

  bool passed() const { return error == nullptr; }
};

// The record as it is kept, and as --json shows it; the last member is a digest of all before it.
Json record_json(const RehearsalRecord& record);
// kVerify when its digest is not that of the rest, or it is no record.
RehearsalRecord parse_record(const std::string& text);

// The strongest lock on a relation that others can see, tables first; nothing when there is none.
const RehearsedLock* strongest_lock(const RehearsedPass& pass);
const RehearsedLock* strongest_lock(const RehearsedStatement& statement);
int lock_strength(const std::string& mode);  // 1 of ACCESS SHARE to 8 of ACCESS EXCLUSIVE; 0 of another text

// The first `up` of a step: what the real one will be like.
const RehearsedPass* first_up(const RehearsedStep& step);

}  // namespace tide
