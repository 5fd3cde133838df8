#pragma once

#include <vector>

namespace tide {

// The statements of the history in one dialect. Where a comment lists $1, $2 ..., those are the parameters.
struct HistorySql {
  const char* tables;               // one row: whether meta, migrations and events are there
  const char* serialize_creation;   // makes others that create it wait until this transaction ends; "" = not needed
  const char* schema_exists;        // one row: whether create_schema is not needed
  const char* create_schema;        // "" = there are no schemas
  std::vector<const char*> create;  // tables, and the format's number
  const char* format;               // one row: the format's number; NULL when it is not there
  // A row with the format's number and the environment's name, NULL in the other columns; and one a migration, NULL in
  // these two. In any order. A time is text, or milliseconds since 1970.
  const char* load;
  const char* unfinished;        // version -> direction, error, run, who, host, process, session
  const char* source;            // version -> kind, name, source, down_source
  const char* own_session;       // one row: a text that names this session; "" = sessions do not outlive processes
  const char* session_state;     // session -> its state; no row when it has ended
  const char* wait_for_writers;  // returns when no other transaction has changed the history and is still open
  const char* was_recorded;      // run, version, event -> one row: whether it is in the events
  const char*
      made_since_started;  // version, checksum, table, index, run -> one row: whether an earlier run has; "" = no
  // version, name, state, kind, checksum, fingerprint, source, down_source, duration_ms, run, who, host, process,
  // session, baseline, replace; then, unless add_row is there, event and detail, which it logs. Changes no row that is
  // applied already, unless `replace`.
  const char* write_row;
  // The first 15 of them: the usual case of write_row, a version that has no row, which costs SQLite a fifth to
  // compile; changes nothing where there is one. "" = write_row does it.
  const char* add_row;
  // version, state, direction, error, duration_ms, run, who, host, process, session; then, unless event_of_row is
  // there, event and detail
  const char* mark_row;
  const char* event_of_row;  // version, event, detail: copies the row into the events; "" = the statement itself does
  // version, event, duration_ms, run, who, host, detail: the event, with the name and checksum of the row; where
  // delete_row is "" it deletes the row too
  const char* event_of_removal;
  const char* delete_row;          // version
  const char* add_event;           // run, version, name, event, direction, who, host, duration_ms, checksum, detail
  const char* events;              // the columns of HistoryEvent, oldest first; a time as in load
  const char* environment;         // one row: the environment's name; none when it has none
  const char* claim;               // environment: names it, where it has no name
  const char* rename_environment;  // environment: names it
};

const HistorySql& postgres_history_sql();
const HistorySql& sqlite_history_sql();

}  // namespace tide
