#include "migrate/aftermath.h"

#include <utility>

#include "base/text.h"

namespace tide {

namespace {

// "... cannot run inside a transaction block"
bool needs_no_transaction(const Error& error) { return error.sqlstate == "25001"; }

}  // namespace

std::string label(const Work& work) { return cat(work.step.version, " ", work.step.name); }

bool gave_up_on_lock(const Error& error) { return error.sqlstate == "55P03" || error.sqlstate == "40P01"; }

std::string advice_after(const Error& error, Direction direction) {
  const std::string again = cat("tide ", direction_name(direction));
  if (error.kind == ErrorKind::kConnect) return cat("tide status   asks the server what was applied; then: ", again);
  if (error.kind == ErrorKind::kInterrupted || error.file.empty()) return again;
  if (gave_up_on_lock(error)) return cat("when the table is less busy, or with a longer lock_timeout: ", again);
  if (needs_no_transaction(error)) {
    return cat("set transaction = false in ", error.file, " (in a SQL file -- tide:no-transaction), then: ", again);
  }
  return cat("correct ", error.file, error.line > 0 ? cat(":", error.line) : "", ", then: ", again);
}

void note_fate(const Connection& connection, const std::string& all, Error& error) {
  if (connection.transaction_state() != TransactionState::kLost) {
    error.note_done(cat("rolled back: ", all, "; the history is as it was before"));
    return;
  }
  error.note_done(error.detail.empty()
                      ? cat("not committed: the connection was lost before COMMIT, so the server rolls back ", all)
                      : error.detail);
  error.detail.clear();
}

void note_half_done(const Work& work, std::int64_t committed, bool recorded, Error& error) {
  const std::string stays = cat("stays: what the ", committed, " statements before it did, each committed by itself; ");
  if (!recorded) {
    const bool lost = error.kind == ErrorKind::kConnect;
    if (lost && !error.detail.empty()) error.note_done(std::exchange(error.detail, ""));
    error.note_done(cat(stays, lost ? "whether the statement under way was done is not known; " : "", label(work),
                        " is recorded as running"));
    error.advise(cat("tide ", direction_name(work.step.direction), "   runs it again from its start"));
    return;
  }
  error.note_done(cat(stays, label(work), " is recorded as failed"));
  error.advise(cat("put right what is half done, then: tide resolve ", work.step.version,
                   " --retry --reason \"...\"   runs it again from its start"));
  error.advise(cat("tide resolve ", work.step.version, " --applied --reason \"...\"   when you finished it by hand"));
  error.advise(cat("tide resolve ", work.step.version, " --reverted --reason \"...\"   when you undid it by hand"));
}

}  // namespace tide
