#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "migrate/history_tables.h"
#include "migrate/source.h"
#include "tide/connection.h"
#include "tide/migration.h"

namespace tide {

// Who reads or writes the history. `host` is needed for reading too: whether a process has gone can be told on its own
// machine only.
struct Actor {
  std::string run;   // id of the run
  std::string who;   // user
  std::string host;  // machine
};

// What is kept of a migration that is applied, or about to be.
struct HistoryRecord {
  Migration migration;
  std::string fingerprint;
  MigrationText text;  // kept as the script's source; not kept when it is not UTF-8 or holds a NUL byte
  std::int64_t duration_ms = 0;
};

struct StoredSource {
  std::string name;
  Migration::Kind kind = Migration::Kind::kLua;
  MigrationText text;
  bool pair = false;  // up and down were two files
};

// The history of one database: a row for every version that is applied, running or failed, and a log of events. Tables
// tide.migrations, tide.events and tide.meta on PostgreSQL, tide_migrations ... on SQLite. Times are the server's, UTC.
// Every writing call writes the row and its event together: in the caller's transaction, or in one of its own when
// none is open. kSql as the server says it; kHistory where a comment says so.
class History {
 public:
  History(Connection& connection, Actor actor);
  const Actor& actor() const { return actor_; }

  bool exists() { return tables_.exist(); }
  // Creates the tables where they are not there; safe when several do so at once. An error says which right is missing.
  // kHistory for a history of a later format.
  void ensure() { tables_.ensure(); }

  // Every row, by version, in one round trip, and one more for each that is not applied; needs exists(). kHistory for a
  // later format, and for rows that only a hand can have written: an unknown state, a version that is not made of
  // digits, one that stands there twice.
  std::vector<HistoryEntry> load();
  // The name of the environment that the database belongs to, "" when it has none or the history cannot be read. Asks
  // the server unless load() has.
  const std::string& environment();
  // kHistory when there is no such row, or it keeps no source.
  StoredSource load_source(const std::string& version);
  std::vector<HistoryEvent> events();  // oldest first

  // After `up`, in its transaction. kHistory when the version is applied already (another migrator was faster).
  void record_applied(const HistoryRecord& record);
  // Returns when no other transaction that has written to the history is open any more; waits for a second at most,
  // then kLock. Only when no transaction is open here.
  void wait_for_writers();
  // Whether record_applied (up) or record_reverted (down) of this run was committed. Waits as
  // wait_for_writers does.
  bool was_recorded(const std::string& version, Direction direction);
  // The same of any event: "baseline", "resolved".
  bool was_logged(const std::string& version, const std::string& event);
  // Whether the valid index of this name on this table (both as SQL writes them) came into being after an earlier run
  // of this very file had begun that nothing in the log has ended. On SQLite no.
  bool made_since_started(const std::string& version, const std::string& checksum, const std::string& table,
                          const std::string& index);
  // Before the first statement of a migration without a transaction, up or down.
  void record_running_up(const HistoryRecord& record);
  void record_running_down(const std::string& version);
  // What record_running_* began has failed; `error` is one line.
  void record_failed(const std::string& version, Direction direction, std::int64_t duration_ms,
                     const std::string& error);
  // After `down`, in its transaction: removes the row. kHistory when there is none.
  void record_reverted(const std::string& version, std::int64_t duration_ms);
  // An event that changes no row: "failed" of a migration that was rolled back, "verified" ...
  // Run, who, host and time are filled in.
  void record_event(const HistoryEvent& event);

  // Names the environment that the database belongs to, unless it has a name.
  void claim(const std::string& environment);
  // Gives it another name, and logs it. `reason` says why.
  void rename_environment(const std::string& environment, const std::string& reason);

  // `baseline`, and `resolve --applied`: as applied without having run. resolve_applied replaces what is there.
  void record_baseline(const HistoryRecord& record);
  void resolve_applied(const HistoryRecord& record, const std::string& reason);
  // `resolve --applied` of a version whose file is gone: the row stays as it is and counts as applied.
  void resolve_applied(const std::string& version, const std::string& reason);
  // `resolve --reverted` and `--retry`: removes the row, so that the version is pending again.
  void resolve_removed(const std::string& version, const std::string& how, const std::string& reason);

 private:
  struct Note;
  struct Written;
  struct Marked;
  HistoryEntry read_entry(Cursor& row, std::vector<std::string>& damage);
  void add_unfinished(HistoryEntry& entry);
  bool is_interrupted(const std::string& host, const std::string& process, const std::string& session);
  void write(const HistoryRecord& record, const Written& as, const Note& note);
  void mark(const std::string& version, const Marked& as, const Note& note);
  void remove(const std::string& version, std::int64_t duration_ms, const Note& note);
  std::int64_t write_row(std::vector<Value> row, bool replace, const HistoryEvent& event);
  void begin_after_writers();
  std::string own_session();

  HistoryTables tables_;
  const HistorySql& sql_;
  Actor actor_;
  std::string process_;
  std::optional<std::string> environment_;
};

}  // namespace tide
