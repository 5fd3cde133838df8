#include "migrate/replay.h"

#include "base/text.h"
#include "migrate/engine_session.h"
#include "migrate/version.h"

namespace tide {
namespace {

void run(const Work& work, const std::shared_ptr<Connection>& scratch) {
  if (!work.transaction) return work.run(scratch);
  TransactionOptions transaction;
  transaction.managed = true;
  scratch->begin(transaction);
  work.run(scratch);
  scratch->commit();
}

void replay(EngineSession& session, const HistoryEntry& entry, const std::shared_ptr<Connection>& scratch) {
  const std::string label = cat(entry.version, " ", entry.name);
  if (entry.state != HistoryEntry::State::kApplied) {
    throw Error(ErrorKind::kHistory, cat(label, " is ", std::string_view(state_name(entry.state)),
                                         ": what the schema should be is known when it is finished"))
        .advise("tide status");
  }
  try {
    run(session.load({Direction::kUp, entry.version, entry.name, entry.checksum, std::nullopt}), scratch);
    scratch->reset_session();
  } catch (Error& error) {
    if (error.kind == ErrorKind::kInterrupted) throw;
    error.step = cat(label, " (replayed)");
    error.note_done("this was on a scratch database; nothing was changed anywhere else");
    error.advise("what was there before the first migration is not in the history: give it a migration of its own");
    error.advise("tide diff ENVIRONMENT FILE   compares with a snapshot instead");
    throw;
  }
}

// Effects of scripts are recorded while it lives.
class DryRun {
 public:
  explicit DryRun(EngineSession& session) : session_(session) { session_.set_dry_run(true); }
  ~DryRun() { session_.set_dry_run(false); }
  DryRun(const DryRun&) = delete;
  DryRun& operator=(const DryRun&) = delete;

 private:
  EngineSession& session_;
};

}  // namespace

int replay_history(EngineSession& session, const std::shared_ptr<Connection>& scratch) {
  if (!session.history().exists()) {
    throw Error(ErrorKind::kHistory, "there is no history in this database: nothing says what its schema should be")
        .advise("tide baseline VERSION   records what it already has")
        .advise("tide diff ENVIRONMENT FILE   compares it with a snapshot");
  }
  std::vector<HistoryEntry> entries = session.history().load();
  const DryRun dry(session);
  for (const HistoryEntry& entry : entries) replay(session, entry, scratch);
  return static_cast<int>(entries.size());
}

}  // namespace tide
