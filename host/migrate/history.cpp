#include "migrate/history.h"

#include <algorithm>
#include <chrono>

#include "base/text.h"
#include "migrate/history_sql.h"
#include "migrate/version.h"
#include "sys/process_identity.h"

namespace tide {
namespace {

using State = HistoryEntry::State;

constexpr const char* kFormat = "1";
constexpr std::size_t kUsualRoom = 8192;  // entries; memory that is not touched costs nothing, moving them does

// The columns of HistorySql::load.
enum Column : std::size_t {
  kFormatColumn,
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

Statement internal(const char* sql, std::vector<Value> params) {
  Statement statement(sql, std::move(params));
  statement.internal = true;
  return statement;
}

const HistorySql& sql_for(const std::string& engine) {
  return engine == "sqlite" ? sqlite_history_sql() : postgres_history_sql();
}

// SQLite takes its write lock at once then: two readers that both go on to write would refuse each other.
TransactionOptions to_write() {
  TransactionOptions options;
  options.managed = true;
  return options;
}

// One transaction around several statements, unless the caller has one open.
class OwnTransaction {
 public:
  explicit OwnTransaction(Connection& connection)
      : connection_(connection), open_(connection.transaction_state() == TransactionState::kIdle) {
    if (open_) connection_.begin(to_write());
  }
  OwnTransaction(const OwnTransaction&) = delete;
  OwnTransaction& operator=(const OwnTransaction&) = delete;
  ~OwnTransaction() {
    try {
      if (open_) connection_.rollback();
    } catch (const Error&) {  // the connection is gone, and the transaction with it
    }
  }
  void commit() {
    if (open_) connection_.commit();
    open_ = false;
  }

 private:
  Connection& connection_;
  bool open_;
};

const char* kind_text(Migration::Kind kind) { return kind == Migration::Kind::kLua ? "lua" : "sql"; }
Migration::Kind kind_of(std::string_view text) { return text == "sql" ? Migration::Kind::kSql : Migration::Kind::kLua; }

std::string text_at(Cursor& cursor, std::size_t column) {
  Cell cell = cursor.cell(column);
  return cell.kind == Cell::Kind::kNull ? "" : std::string(cell.text);
}

// SQLite has no booleans, only 0 and 1.
bool bool_at(Cursor& cursor, std::size_t column) {
  Cell cell = cursor.cell(column);
  return cell.kind == Cell::Kind::kBool ? cell.boolean : cell.integer != 0;
}

void put_digits(std::string& text, std::size_t at, int digits, std::int64_t value) {
  for (; digits > 0; --digits, value /= 10)
    text[at + static_cast<std::size_t>(digits) - 1] = static_cast<char>('0' + value % 10);
}

// By hand: the library's formatting would take as long as the rest of reading a history of thousands.
std::string iso_time(std::int64_t ms_since_1970) {
  using namespace std::chrono;
  sys_time<milliseconds> time{milliseconds(ms_since_1970)};
  sys_days day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(time - day);
  std::string text = "0000-00-00T00:00:00.000Z";
  put_digits(text, 0, 4, static_cast<int>(date.year()));
  put_digits(text, 5, 2, static_cast<unsigned>(date.month()));
  put_digits(text, 8, 2, static_cast<unsigned>(date.day()));
  put_digits(text, 11, 2, clock.hours().count());
  put_digits(text, 14, 2, clock.minutes().count());
  put_digits(text, 17, 2, clock.seconds().count());
  put_digits(text, 20, 3, clock.subseconds().count());
  return text;
}

std::string time_at(Cursor& cursor, std::size_t column) {
  Cell cell = cursor.cell(column);
  return cell.kind == Cell::Kind::kInteger ? iso_time(cell.integer) : std::string(cell.text);
}

State state_of(std::string_view text, const std::string& version) {
  for (State state : {State::kApplied, State::kRunning, State::kFailed}) {
    if (text == state_name(state)) return state;
  }
  throw Error(ErrorKind::kHistory, cat("the history has version ", version, " in the state \"", text,
                                       "\"; known are applied, running and failed"));
}

// Neither engine keeps such text in a text column.
Value storable(const std::string& text) {
  bool fits = text.find('\0') == std::string::npos && is_utf8(text);
  return fits ? Value(text) : Value(Null());
}

Error not_there(const std::string& version) {
  return Error(ErrorKind::kHistory, cat("the history has no version ", version)).advise("tide status");
}

bool is_denied(const Error& error) { return error.sqlstate == "42501"; }

Error cannot_create(const Error& cause, const ConnectionInfo& info) {
  Error error = cause;
  error.cause = std::make_shared<Error>(cause);
  error.message = cat("the history cannot be created in ", info.database, ": ", cause.message);
  if (!is_denied(cause)) return error;
  error.next.clear();
  error.message =
      cat("the history cannot be created: ", info.user, " may not create the schema tide in database ", info.database);
  return error.advise(cat("GRANT CREATE ON DATABASE ", info.database, " TO ", info.user))
      .advise(cat("or, as the owner of the database: CREATE SCHEMA tide AUTHORIZATION ", info.user));
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

History::History(Connection& connection, Actor actor)
    : connection_(connection),
      sql_(sql_for(connection.info().engine)),
      actor_(std::move(actor)),
      process_(own_process_identity()) {}

bool History::exists() { return first_bool(sql_.exists); }

void History::ensure() {
  if (exists()) return refuse_later_format();
  try {
    create();
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kSql) throw;
    throw cannot_create(error, connection_.info());
  }
}

void History::create() {
  OwnTransaction transaction(connection_);
  if (*sql_.serialize_creation) query(sql_.serialize_creation);
  if (exists()) return;
  if (*sql_.create_schema && !first_bool(sql_.schema_exists)) execute(sql_.create_schema);
  for (const char* statement : sql_.create) execute(statement);
  transaction.commit();
}

void History::refuse_later_format() {
  std::string format = first_text(sql_.format);
  if (format == kFormat) return;
  throw Error(ErrorKind::kHistory, cat("the history in ", connection_.info().database, " has format ", format,
                                       "; this tide knows format ", kFormat, ". Nothing was changed"))
      .advise("use the tide version that wrote it, or a later one");
}

std::vector<HistoryEntry> History::load() {
  std::unique_ptr<Cursor> rows;
  try {
    rows = query(sql_.load);
  } catch (const Error&) {
    // the tables of a later format may look otherwise
    if (connection_.transaction_state() == TransactionState::kIdle) refuse_later_format();
    throw;
  }
  std::vector<HistoryEntry> entries;
  entries.reserve(kUsualRoom);
  while (rows->next()) {
    if (rows->cell(kFormatColumn).text != kFormat) refuse_later_format();
    if (rows->cell(kVersion).kind == Cell::Kind::kNull) break;  // no migration yet
    entries.push_back(read_entry(*rows));
  }
  auto before = [](const HistoryEntry& a, const HistoryEntry& b) { return version_before(a.version, b.version); };
  if (!std::is_sorted(entries.begin(), entries.end(), before)) std::sort(entries.begin(), entries.end(), before);
  return entries;
}

HistoryEntry History::read_entry(Cursor& row) {
  HistoryEntry entry;
  entry.version = text_at(row, kVersion);
  entry.name = text_at(row, kName);
  entry.state = state_of(row.cell(kState).text, entry.version);
  entry.kind = kind_of(row.cell(kKind).text);
  entry.checksum = text_at(row, kChecksum);
  entry.fingerprint = text_at(row, kFingerprint);
  entry.applied_at = time_at(row, kAppliedAt);
  entry.duration_ms = row.cell(kDuration).integer;
  entry.baseline = bool_at(row, kBaseline);
  if (entry.state != State::kApplied) add_unfinished(entry);
  return entry;
}

void History::add_unfinished(HistoryEntry& entry) {
  std::unique_ptr<Cursor> row = query(sql_.unfinished, {entry.version});
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
  std::unique_ptr<Cursor> state = query(sql_.session_state, {session});
  if (!state->next()) return true;
  return gone && state->cell(0).text != "active";
}

StoredSource History::load_source(const std::string& version) {
  std::unique_ptr<Cursor> row = query(sql_.source, {version});
  if (!row->next()) throw not_there(version);
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
  for (std::unique_ptr<Cursor> row = query(sql_.events); row->next();) {
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
  connection_.begin(options);
  try {
    if (*sql_.wait_for_writers) execute(sql_.wait_for_writers);
  } catch (const Error& error) {
    connection_.rollback();
    if (error.sqlstate != "55P03") throw;
    throw Error(ErrorKind::kLock, "a transaction that has written to the history is still open on the server");
  }
}

void History::wait_for_writers() {
  if (!*sql_.wait_for_writers) return;
  begin_after_writers();
  connection_.rollback();
}

bool History::was_recorded(const std::string& version, Direction direction) {
  begin_after_writers();
  const char* event = direction == Direction::kUp ? "applied" : "reverted";
  const std::unique_ptr<Cursor> row = query(sql_.was_recorded, {actor_.run, version, event});
  const bool recorded = row->next() && bool_at(*row, 0);
  connection_.rollback();
  return recorded;
}

void History::record_event(const HistoryEvent& event) {
  execute(sql_.add_event, {actor_.run, event.version, event.name, event.event, event.direction, actor_.who, actor_.host,
                           event.duration_ms, event.checksum, event.detail});
}

void History::write(const HistoryRecord& record, const Written& as, const Note& note) {
  const Migration& migration = record.migration;
  Value down = migration.down_path.empty() ? Value(Null()) : storable(record.text.down);
  std::int64_t rows =
      write_with_event(sql_.write_row,
                       {migration.version, migration.name, state_name(as.state), kind_text(migration.kind),
                        migration.checksum, record.fingerprint, storable(record.text.up), down, record.duration_ms,
                        actor_.run, actor_.who, actor_.host, process_, as.session, as.baseline, as.replace},
                       migration.version, note);
  if (rows > 0) return;
  throw Error(ErrorKind::kHistory, cat("version ", migration.version,
                                       " is in the history as applied already; nothing of it was recorded again"))
      .advise("tide status");
}

void History::mark(const std::string& version, const Marked& as, const Note& note) {
  std::int64_t rows = write_with_event(sql_.mark_row,
                                       {version, state_name(as.state), direction_name(as.direction), as.error,
                                        as.duration_ms, actor_.run, actor_.who, actor_.host, process_, as.session},
                                       version, note);
  if (rows == 0) throw not_there(version);
}

void History::remove(const std::string& version, std::int64_t duration_ms, const Note& note) {
  OwnTransaction transaction(connection_);
  std::int64_t rows = execute(sql_.event_of_removal,
                              {version, note.event, duration_ms, actor_.run, actor_.who, actor_.host, note.detail});
  if (rows == 0) throw not_there(version);
  if (*sql_.delete_row) execute(sql_.delete_row, {version});
  transaction.commit();
}

std::int64_t History::write_with_event(const char* sql, std::vector<Value> params, const std::string& version,
                                       const Note& note) {
  if (!*sql_.event_of_row) {
    params.emplace_back(note.event);
    params.emplace_back(note.detail);
    return execute(sql, std::move(params));
  }
  OwnTransaction transaction(connection_);
  std::int64_t rows = execute(sql, std::move(params));
  if (rows > 0) execute(sql_.event_of_row, {version, note.event, note.detail});
  transaction.commit();
  return rows;
}

std::string History::own_session() { return *sql_.own_session ? first_text(sql_.own_session) : ""; }

std::string History::first_text(const char* sql) {
  std::unique_ptr<Cursor> row = query(sql);
  return row->next() ? text_at(*row, 0) : "";
}

bool History::first_bool(const char* sql) {
  std::unique_ptr<Cursor> row = query(sql);
  return row->next() && bool_at(*row, 0);
}

// A history that somebody else made is closed to us until its owner opens it.
template <class Work>
auto History::permitted(const Work& work) {
  try {
    return work();
  } catch (Error& error) {
    if (!is_denied(error)) throw;
    const std::string& user = connection_.info().user;
    throw error.advise(cat("GRANT USAGE ON SCHEMA tide TO ", user))
        .advise(cat("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA tide TO ", user));
  }
}

std::int64_t History::execute(const char* sql, std::vector<Value> params) {
  return permitted([&] { return connection_.execute(internal(sql, std::move(params))); });
}

std::unique_ptr<Cursor> History::query(const char* sql, std::vector<Value> params) {
  return permitted([&] { return connection_.query(internal(sql, std::move(params))); });
}

}  // namespace tide
