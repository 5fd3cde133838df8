#include "base/text.h"
#include "migrate/history.h"
#include "migrate/history_row.h"
#include "migrate/history_sql.h"

namespace tide {
namespace {

using State = HistoryEntry::State;

// Neither engine keeps such text in a text column.
Value storable(const std::string& text) {
  bool fits = text.find('\0') == std::string::npos && is_utf8(text);
  return fits ? Value(text) : Value(Null());
}

Error not_there(const std::string& version) {
  return Error(ErrorKind::kHistory, cat("the history has no version ", version)).advise("tide status");
}

}  // namespace

struct History::Note {
  std::string event;
  std::string detail;
};

struct History::Written {
  State state;
  std::string session;
  bool baseline;
  bool replace;  // also a row that is applied already
};

struct History::Marked {
  State state;
  Direction direction;
  Value error;
  std::int64_t duration_ms;
  std::string session;
};

void History::record_applied(const HistoryRecord& record) {
  write(record, {State::kApplied, "", false, false}, {"applied", ""});
}

void History::record_running_up(const HistoryRecord& record) {
  write(record, {State::kRunning, own_session(), false, false}, {"started", ""});
}

void History::record_running_down(const std::string& version) {
  mark(version, {State::kRunning, Direction::kDown, Null(), 0, own_session()}, {"started", ""});
}

void History::record_failed(const std::string& version, Direction direction, std::int64_t duration_ms,
                            const std::string& error) {
  mark(version, {State::kFailed, direction, error, duration_ms, ""}, {"failed", error});
}

void History::record_reverted(const std::string& version, std::int64_t duration_ms) {
  remove(version, duration_ms, {"reverted", ""});
}

void History::record_baseline(const HistoryRecord& record) {
  write(record, {State::kApplied, "", true, false}, {"baseline", ""});
}

void History::resolve_applied(const HistoryRecord& record, const std::string& reason) {
  write(record, {State::kApplied, "", true, true}, {"resolved", cat("applied: ", reason)});
}

void History::resolve_applied(const std::string& version, const std::string& reason) {
  mark(version, {State::kApplied, Direction::kUp, Null(), 0, ""}, {"resolved", cat("applied: ", reason)});
}

void History::resolve_removed(const std::string& version, const std::string& how, const std::string& reason) {
  remove(version, 0, {"resolved", cat(how, ": ", reason)});
}

// Whoever has written to the history holds its lock until his transaction has ended, so that what is read after waiting
// for the lock is final.
void History::begin_after_writers() {
  TransactionOptions options;
  options.isolation = "read committed";
  options.lock_timeout = "1s";
  tables_.connection().begin(options);
  try {
    if (*sql_.wait_for_writers) tables_.execute(sql_.wait_for_writers);
  } catch (const Error& error) {
    tables_.connection().rollback();
    if (error.sqlstate != "55P03") throw;
    throw Error(ErrorKind::kLock, "a transaction that has written to the history is still open on the server");
  }
}

void History::wait_for_writers() {
  if (!*sql_.wait_for_writers) return;
  begin_after_writers();
  tables_.connection().rollback();
}

bool History::was_recorded(const std::string& version, Direction direction) {
  return was_logged(version, direction == Direction::kUp ? "applied" : "reverted");
}

bool History::was_logged(const std::string& version, const std::string& event) {
  begin_after_writers();
  const std::unique_ptr<Cursor> row = tables_.query(sql_.was_recorded, {actor_.run, version, event});
  const bool recorded = row->next() && bool_at(*row, 0);
  tables_.connection().rollback();
  return recorded;
}

bool History::made_since_started(const std::string& version, const std::string& checksum, const std::string& table,
                                 const std::string& index) {
  if (!*sql_.made_since_started) return false;
  return tables_.first_bool(sql_.made_since_started, {version, checksum, table, index, actor_.run});
}

void History::record_event(const HistoryEvent& event) {
  tables_.execute(sql_.add_event, {actor_.run, event.version, event.name, event.event, event.direction, actor_.who,
                                   actor_.host, event.duration_ms, event.checksum, event.detail});
}

void History::claim(const std::string& environment) {
  tables_.execute(sql_.claim, {environment});
  environment_ = tables_.first_text(sql_.environment);
}

void History::rename_environment(const std::string& environment, const std::string& reason) {
  tables_.in_transaction([&] {
    const std::string before = tables_.first_text(sql_.environment);
    tables_.execute(sql_.rename_environment, {environment});
    HistoryEvent event;
    event.event = "renamed";
    event.detail = cat("environment ", before, " is ", environment, ": ", reason);
    record_event(event);
  });
  environment_ = environment;
}

void History::write(const HistoryRecord& record, const Written& as, const Note& note) {
  const Migration& migration = record.migration;
  Value down = migration.down_path.empty() ? Value(Null()) : storable(record.text.down);
  HistoryEvent event;
  event.version = migration.version;
  event.name = migration.name;
  event.event = note.event;
  event.direction = direction_name(Direction::kUp);
  event.duration_ms = record.duration_ms;
  event.checksum = migration.checksum;
  event.detail = note.detail;
  std::int64_t rows =
      write_row({migration.version, migration.name, state_name(as.state), kind_text(migration.kind), migration.checksum,
                 record.fingerprint, storable(record.text.up), down, record.duration_ms, actor_.run, actor_.who,
                 actor_.host, process_, as.session, as.baseline},
                as.replace, event);
  if (rows > 0) return;
  throw Error(ErrorKind::kHistory, cat("version ", migration.version,
                                       " is in the history as applied already; nothing of it was recorded again"))
      .advise("tide status");
}

std::int64_t History::write_row(std::vector<Value> row, bool replace, const HistoryEvent& event) {
  std::vector<Value> params = row;
  params.emplace_back(replace);
  if (!*sql_.add_row) {
    params.insert(params.end(), {event.event, event.detail});
    return tables_.execute(sql_.write_row, std::move(params));
  }
  std::int64_t rows = 0;
  tables_.in_transaction([&] {
    rows = tables_.execute(sql_.add_row, std::move(row));
    if (rows == 0) rows = tables_.execute(sql_.write_row, std::move(params));
    if (rows > 0) record_event(event);
  });
  return rows;
}

void History::mark(const std::string& version, const Marked& as, const Note& note) {
  std::vector<Value> params = {version, state_name(as.state), direction_name(as.direction), as.error, as.duration_ms};
  params.insert(params.end(), {actor_.run, actor_.who, actor_.host, process_, as.session});
  std::int64_t rows = 0;
  if (!*sql_.event_of_row) {
    params.insert(params.end(), {note.event, note.detail});
    rows = tables_.execute(sql_.mark_row, std::move(params));
  } else {
    tables_.in_transaction([&] {
      rows = tables_.execute(sql_.mark_row, std::move(params));
      if (rows > 0) tables_.execute(sql_.event_of_row, {version, note.event, note.detail});
    });
  }
  if (rows == 0) throw not_there(version);
}

void History::remove(const std::string& version, std::int64_t duration_ms, const Note& note) {
  tables_.in_transaction([&] {
    std::int64_t rows = tables_.execute(
        sql_.event_of_removal, {version, note.event, duration_ms, actor_.run, actor_.who, actor_.host, note.detail});
    if (rows == 0) throw not_there(version);
    if (*sql_.delete_row) tables_.execute(sql_.delete_row, {version});
  });
}

std::string History::own_session() { return *sql_.own_session ? tables_.first_text(sql_.own_session) : ""; }

}  // namespace tide
