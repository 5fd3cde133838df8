#include "migrate/corrections.h"

#include "base/text.h"
#include "migrate/in_doubt.h"
#include "migrate/pairing.h"
#include "migrate/planner.h"
#include "migrate/version.h"

namespace tide {
namespace {

// What the events keep of a correction, and so tell whether it was committed.
struct Trace {
  std::string version;
  std::string event;
};

// All of it or nothing, and true also when the answer to COMMIT is lost.
void write_in_transaction(EngineSession& session, const std::string& what, const std::function<Trace()>& write) {
  const std::shared_ptr<Connection> connection = session.connection();
  TransactionOptions transaction;
  transaction.managed = true;
  connection->begin(transaction);
  try {
    const Trace trace = write();
    const auto committed = [&](Connection& other) {
      return History(other, session.history().actor()).was_logged(trace.version, trace.event);
    };
    commit_or_ask(*connection, {what, committed}, session.events());
  } catch (Error& error) {
    if (!error.detail.empty() && error.kind == ErrorKind::kConnect) error.note_done(std::exchange(error.detail, ""));
    if (connection->transaction_state() != TransactionState::kLost) connection->rollback();
    throw;
  }
}

void resolve_applied(EngineSession& session, const Pairing& pair, const std::string& reason) {
  if (pair.file == nullptr) return session.history().resolve_applied(pair.version(), reason);
  session.history().resolve_applied(session.record_of(*pair.file), reason);
}

void resolve_pair(EngineSession& session, const Pairing& pair, Resolution resolution, const std::string& reason) {
  if (resolution == Resolution::kApplied) return resolve_applied(session, pair, reason);
  if (pair.entry == nullptr) {
    throw Error(ErrorKind::kUsage,
                cat(pair.version(), " ", pair.name(), " is pending already: the history has no row of it"));
  }
  session.history().resolve_removed(pair.version(), resolution == Resolution::kRetry ? "retry" : "reverted", reason);
}

}  // namespace

std::vector<std::string> baseline(EngineSession& session, const std::string& version) {
  std::vector<std::string> recorded;
  session.under_lock([&](MigratorLock&) {
    session.claim();
    const Situation now = session.look();
    const std::string target = find_version(version, now.source, now.history);
    std::vector<Migration> below;
    for (const auto& migration : pending_of(now.source, now.history)) {
      if (compare_versions(migration.version, target) <= 0) below.push_back(migration);
    }
    if (below.empty()) return;
    write_in_transaction(session, cat("the baseline ", target), [&] {
      for (const auto& migration : below) {
        session.history().record_baseline(session.record_of(migration));
        recorded.push_back(migration.version);
      }
      return Trace{recorded.back(), "baseline"};
    });
  });
  return recorded;
}

std::string resolve(EngineSession& session, const std::string& version, Resolution resolution,
                    const std::string& reason) {
  std::string target;
  session.under_lock([&](MigratorLock&) {
    session.claim();
    const Situation now = session.look();
    target = find_version(version, now.source, now.history);
    write_in_transaction(session, cat("the resolution of ", target), [&] {
      for (const auto& pair : pair_versions(now.source, now.history)) {
        if (pair.version() == target) resolve_pair(session, pair, resolution, reason);
      }
      return Trace{target, "resolved"};
    });
  });
  return target;
}

bool rename_environment(EngineSession& session, const std::string& was, const std::string& reason) {
  const std::string& name = session.options().identity.environment;
  bool renamed = false;
  session.under_lock([&](MigratorLock&) {
    const std::string bears = session.history().environment();
    if (bears == name) return;
    if (bears != was) {
      throw Error(ErrorKind::kUsage,
                  bears.empty() ? "this database belongs to no environment yet: the first `tide up` names it"
                                : cat("this database belongs to environment '", bears, "', not to '", was, "'"));
    }
    write_in_transaction(session, cat("the name '", name, "'"), [&] {
      session.history().rename_environment(name, reason);
      return Trace{"", "renamed"};
    });
    renamed = true;
  });
  return renamed;
}

}  // namespace tide
