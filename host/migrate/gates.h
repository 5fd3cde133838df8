#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "migrate/rehearsal_store.h"
#include "tide/connection.h"
#include "tide/migration.h"

namespace tide {

// A backup of one database that was verified.
struct BackupProof {
  std::string label;             // as `tide backup list` names it
  std::int64_t taken_at_ms = 0;  // what was written later is not in it; since 1970
  std::string proof;             // how far it was verified: "hash", "decompressed", "restored"
};

// Where gates get their evidence. A function that is not there means that this build has no such thing: what depends on
// it stays shut, and says so.
struct GateMeans {
  // The newest verified backup of the database that the connection is open on; nothing when there is none.
  std::function<std::optional<BackupProof>(Connection& connection)> newest_backup;
  // What the records of rehearsals say of a plan.
  std::function<RehearsalProof(const Plan& plan)> rehearsal;
};

// What is about to be done, and where.
struct GateQuestion {
  const Plan& plan;
  const GateMeans& means;
  Connection& connection;
  std::int64_t now_ms = 0;  // since 1970
};

// Why a demand is not met, for people: "the newest one, nightly, is 2d 3h old", and the command that meets it.
struct Unmet {
  std::string why;
  std::string remedy;
};

// Something that tide.toml can demand of an environment (`gates = [...]`) before `up`, `down` and `redo`.
struct Gate {
  const char* name;
  const char* demand;  // "a verified backup of this database, not older than 24h"
  std::optional<Unmet> (*check)(const GateQuestion& question);
};

struct ShutGate {
  std::string who;  // demands it: "gate 'backup'", "20250101000000 create_users"
  std::string demand;
  Unmet unmet;
};

// Every gate that there is.
const std::vector<Gate>& gates();
std::vector<std::string> gate_names();

// Those of the demanded ones that are shut, in that order.
std::vector<ShutGate> find_shut(const std::vector<std::string>& demanded, const GateQuestion& question);

// The demand of one migration: `requires = { backup = "30m" }`.
std::optional<ShutGate> find_shut_backup(const std::string& who, const std::string& limit,
                                         const GateQuestion& question);

// "gate 'backup' demands a verified backup of this database, not older than 24h: there is none".
std::string gate_text(const ShutGate& gate);

// kGate with all of them, each with what opens it; nothing when there are none.
void refuse_shut(const std::string& environment, const std::vector<ShutGate>& shut);

}  // namespace tide
