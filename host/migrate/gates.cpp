#include "migrate/gates.h"

#include <algorithm>

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr std::int64_t kBackupLimitMs = 24 * 3'600'000;
constexpr std::int64_t kClockSkewMs = 120'000;  // two machines' clocks may differ by so much
constexpr std::int64_t kRehearsalLimitMs = 7 * kBackupLimitMs;
constexpr const char* kRehearse = "tide rehearse   (runs the pending plan on a throwaway copy)";
constexpr const char* kMakeBackup = "tide backup create && tide backup verify   (makes one, and proves it)";

std::string words(std::int64_t ms) { return human_duration(static_cast<double>(ms)); }

// Why a backup that is there does not do; "" when it does.
std::string fault_of(const BackupProof& proof, std::int64_t limit_ms, std::int64_t now_ms) {
  const std::int64_t age_ms = now_ms - proof.taken_at_ms;
  if (age_ms < -kClockSkewMs) {
    return cat("the newest one, ", proof.label, ", was taken ", words(-age_ms),
               " from now: this machine's clock is wrong, or that of the one that took it");
  }
  return age_ms <= limit_ms ? "" : cat("the newest one, ", proof.label, ", is ", words(age_ms), " old");
}

std::optional<Unmet> check_backup(std::int64_t limit_ms, const GateQuestion& question) {
  if (!question.means.newest_backup) {
    return Unmet{"this tide has no backups", "use a tide that has `backup`, or take the demand out"};
  }
  const std::optional<BackupProof> proof = question.means.newest_backup(question.connection);
  if (!proof) return Unmet{"there is none", kMakeBackup};
  std::string fault = fault_of(*proof, limit_ms, question.now_ms);
  if (fault.empty()) return std::nullopt;
  return Unmet{std::move(fault), kMakeBackup};
}

std::optional<Unmet> backup(const GateQuestion& question) { return check_backup(kBackupLimitMs, question); }

// A `down` that was rehearsed stays rehearsed: it is for the day when something is wrong.
std::optional<Unmet> rehearsal(const GateQuestion& question) {
  if (!question.means.rehearsal) {
    return Unmet{"this tide cannot rehearse", "use a tide that has `rehearse`, or take \"rehearsal\" out of `gates`"};
  }
  const RehearsalProof proof = question.means.rehearsal(question.plan);
  if (!proof.why.empty()) return Unmet{proof.why, kRehearse};
  if (proof.taken_at_ms == 0) return std::nullopt;
  const std::int64_t age_ms = question.now_ms - proof.taken_at_ms;
  if (age_ms <= kRehearsalLimitMs) return std::nullopt;
  return Unmet{cat("the newest one is ", words(age_ms), " old"), kRehearse};
}

std::optional<Unmet> signature(const GateQuestion&) {
  return Unmet{"this tide cannot check one", "use a tide that has `sign`, or take \"signature\" out of `gates`"};
}

ShutGate unknown(const std::string& name) {
  return {cat("gate '", name, "'"),
          "what this tide does not know",
          {"there is no such gate", cat("gates: ", join(gate_names(), ", "))}};
}

}  // namespace

const std::vector<Gate>& gates() {
  static const std::vector<Gate> rows = {
      {"backup", "a verified backup of this database, not older than 24h", backup},
      {"rehearsal", "a rehearsal of exactly this plan, not older than 7d", rehearsal},
      {"signature", "a signature of exactly this plan", signature},
  };
  return rows;
}

std::vector<std::string> gate_names() {
  std::vector<std::string> names;
  for (const Gate& gate : gates()) names.emplace_back(gate.name);
  return names;
}

std::vector<ShutGate> find_shut(const std::vector<std::string>& demanded, const GateQuestion& question) {
  std::vector<ShutGate> shut;
  for (const std::string& name : demanded) {
    const auto named = [&](const Gate& gate) { return gate.name == name; };
    const auto gate = std::find_if(gates().begin(), gates().end(), named);
    if (gate == gates().end()) {
      shut.push_back(unknown(name));
    } else if (auto unmet = gate->check(question)) {
      shut.push_back({cat("gate '", name, "'"), gate->demand, std::move(*unmet)});
    }
  }
  return shut;
}

std::optional<ShutGate> find_shut_backup(const std::string& who, const std::string& limit,
                                         const GateQuestion& question) {
  const std::int64_t limit_ms = parse_duration_ms(limit);
  if (limit_ms < 0) {
    throw Error(ErrorKind::kConfig,
                cat(who, " requires a backup of \"", limit, "\", which is no duration such as \"30m\""));
  }
  auto unmet = check_backup(limit_ms, question);
  if (!unmet) return std::nullopt;
  return ShutGate{who, cat("a verified backup of this database, not older than ", limit), std::move(*unmet)};
}

std::string gate_text(const ShutGate& gate) { return cat(gate.who, " demands ", gate.demand, ": ", gate.unmet.why); }

void refuse_shut(const std::string& environment, const std::vector<ShutGate>& shut) {
  if (shut.empty()) return;
  std::vector<std::string> reasons;
  for (const ShutGate& gate : shut) reasons.push_back(gate_text(gate));
  Error error(ErrorKind::kGate, cat("environment '", environment, "' may not be changed now: ", join(reasons, "; ")));
  error.note_done("nothing was changed");
  for (const ShutGate& gate : shut) {
    const bool said = std::find(error.next.begin(), error.next.end(), gate.unmet.remedy) != error.next.end();
    if (!said) error.advise(gate.unmet.remedy);
  }
  throw error;
}

}  // namespace tide
