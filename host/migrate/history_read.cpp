#include <algorithm>

#include "base/text.h"
#include "migrate/history.h"
#include "migrate/history_row.h"
#include "migrate/history_sql.h"
#include "migrate/version.h"
#include "sys/process_identity.h"

namespace tide {
namespace {

using State = HistoryEntry::State;

constexpr std::size_t kNamed = 5;         // what is wrong with the history: how much of it is said
constexpr std::size_t kUsualRoom = 8192;  // entries; memory that is not touched costs nothing, moving them does

// The columns of HistorySql::load.
enum Column : std::size_t {
  kFormatColumn,
  kEnvironment,
  kVersion,
  kName,
  kState,
  kKind,
  kChecksum,
  kFingerprint,
  kAppliedAt,
  kDuration,
  kBaseline,
};

State state_of(std::string_view text, const std::string& version, std::vector<std::string>& damage) {
  for (State state : {State::kApplied, State::kRunning, State::kFailed}) {
    if (text == state_name(state)) return state;
  }
  damage.push_back(cat("version ", version, " is in the state \"", text, "\"; known are applied, running and failed"));
  return State::kFailed;
}

bool is_version(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

// `entries` are by version.
void find_duplicates(const std::vector<HistoryEntry>& entries, std::vector<std::string>& damage) {
  for (std::size_t i = 1; i < entries.size(); ++i) {
    const std::string& a = entries[i - 1].version;
    const std::string& b = entries[i].version;
    if (a == b) damage.push_back(cat("version ", a, " stands in it more than once"));
    if (a != b && compare_versions(a, b) == 0) damage.push_back(cat("versions ", a, " and ", b, " are the same one"));
  }
}

void refuse_damage(const std::vector<std::string>& damage, const std::string& database) {
  if (damage.empty()) return;
  const std::vector<std::string> named(damage.begin(), damage.begin() + std::min(damage.size(), kNamed));
  const std::string more = damage.size() > kNamed ? cat("; and ", damage.size() - kNamed, " more") : "";
  throw Error(ErrorKind::kHistory, cat("the history in ", database, " was changed by hand: ", join(named, "; "), more))
      .note_done("nothing was run")
      .advise("tide history   (every event, as it was recorded)")
      .advise("correct the rows of the history's table migrations by hand, or restore it from a backup");
}

}  // namespace

History::History(Connection& connection, Actor actor)
    : tables_(connection), sql_(tables_.sql()), actor_(std::move(actor)), process_(own_process_identity()) {}

std::vector<HistoryEntry> History::load() {
  std::unique_ptr<Cursor> rows;
  try {
    rows = tables_.query(sql_.load);
  } catch (const Error&) {
    // the tables of a later format may look otherwise
    if (tables_.connection().transaction_state() == TransactionState::kIdle) tables_.check_format();
    throw;
  }
  std::vector<HistoryEntry> entries;
  std::vector<std::string> damage;
  entries.reserve(kUsualRoom);
  while (rows->next()) {
    if (rows->cell(kVersion).kind != Cell::Kind::kNull) {
      entries.push_back(read_entry(*rows, damage));
      continue;
    }
    tables_.check_format(rows->cell(kFormatColumn).text);
    environment_ = text_at(*rows, kEnvironment);
  }
  auto before = [](const HistoryEntry& a, const HistoryEntry& b) { return version_before(a.version, b.version); };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) std::sort(entries.begin(), entries.end(), before);
  find_duplicates(entries, damage);
  refuse_damage(damage, tables_.connection().info().database);
  return entries;
}

HistoryEntry History::read_entry(Cursor& row, std::vector<std::string>& damage) {
  HistoryEntry entry;
  entry.version = text_at(row, kVersion);
  if (!is_version(entry.version)) damage.push_back(cat("version \"", entry.version, "\" is not made of digits"));
  entry.name = text_at(row, kName);
  entry.state = state_of(row.cell(kState).text, entry.version, damage);
  entry.kind = kind_of(row.cell(kKind).text);
  if (row.cell(kKind).text != kind_text(entry.kind)) {
    damage.push_back(
        cat("version ", entry.version, " is of the kind \"", row.cell(kKind).text, "\"; known are lua and sql"));
  }
  entry.checksum = text_at(row, kChecksum);
  entry.fingerprint = text_at(row, kFingerprint);
  entry.applied_at = time_at(row, kAppliedAt);
  entry.duration_ms = row.cell(kDuration).integer;
  entry.baseline = bool_at(row, kBaseline);
  if (entry.state != State::kApplied) add_unfinished(entry);
  return entry;
}

void History::add_unfinished(HistoryEntry& entry) {
  std::unique_ptr<Cursor> row = tables_.query(sql_.unfinished, {entry.version});
  if (!row->next()) return;
  entry.direction = row->cell(0).text == "down" ? Direction::kDown : Direction::kUp;
  entry.error = text_at(*row, 1);
  entry.run = text_at(*row, 2);
  entry.who = text_at(*row, 3);
  entry.host = text_at(*row, 4);
  if (entry.state == State::kRunning) {
    entry.interrupted = is_interrupted(entry.host, text_at(*row, 5), text_at(*row, 6));
  }
}

// The server knows best: while the session works, the migration runs, even if the process that began it is gone.
// A session that waits for its process to say more, which is gone from this machine, waits for nothing.
// SQLite has no sessions. There a process of another machine (a container that is gone, most likely) counts as gone:
// it cannot be asked, and whether it works is the migrator lock's to say.
bool History::is_interrupted(const std::string& host, const std::string& process, const std::string& session) {
  bool gone = host == actor_.host && !process_alive(process);
  if (session.empty()) return gone || host != actor_.host || process == process_;
  std::unique_ptr<Cursor> state = tables_.query(sql_.session_state, {session});
  if (!state->next()) return true;
  return gone && state->cell(0).text != "active";
}

const std::string& History::environment() {
  if (environment_) return *environment_;
  environment_ = "";
  try {
    if (exists()) environment_ = tables_.first_text(sql_.environment);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kSql && error.kind != ErrorKind::kHistory) throw;
  }
  return *environment_;
}

StoredSource History::load_source(const std::string& version) {
  std::unique_ptr<Cursor> row = tables_.query(sql_.source, {version});
  if (!row->next()) throw Error(ErrorKind::kHistory, cat("the history has no version ", version)).advise("tide status");
  if (row->cell(2).kind == Cell::Kind::kNull) {
    throw Error(ErrorKind::kHistory, cat("the history keeps no source of version ", version));
  }
  StoredSource source;
  source.kind = kind_of(row->cell(0).text);
  source.name = text_at(*row, 1);
  source.text = {text_at(*row, 2), text_at(*row, 3)};
  source.pair = row->cell(3).kind != Cell::Kind::kNull;
  return source;
}

std::vector<HistoryEvent> History::events() {
  std::vector<HistoryEvent> events;
  for (std::unique_ptr<Cursor> row = tables_.query(sql_.events); row->next();) {
    HistoryEvent event;
    event.id = row->cell(0).integer;
    event.at = time_at(*row, 1);
    event.run = text_at(*row, 2);
    event.version = text_at(*row, 3);
    event.name = text_at(*row, 4);
    event.event = text_at(*row, 5);
    event.direction = text_at(*row, 6);
    event.who = text_at(*row, 7);
    event.host = text_at(*row, 8);
    event.duration_ms = row->cell(9).integer;
    event.checksum = text_at(*row, 10);
    event.detail = text_at(*row, 11);
    events.push_back(std::move(event));
  }
  return events;
}

}  // namespace tide
