#include "migrate/history_sql.h"

namespace tide {
namespace {

#define TIDE_NOW "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
#define TIDE_THERE(table) "EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '" table "')"
// More than one value shows, and is none that anybody gave.
#define TIDE_FORMAT "SELECT group_concat(value, ' and ') FROM tide_meta WHERE key = 'format'"
#define TIDE_ENVIRONMENT "SELECT group_concat(value, ' and ') FROM tide_meta WHERE key = 'environment'"

const HistorySql kSql = {
    .tables = "SELECT " TIDE_THERE("tide_meta") ", " TIDE_THERE("tide_migrations") ", " TIDE_THERE("tide_events"),
    .serialize_creation = "",
    .schema_exists = "SELECT 1",
    .create_schema = "",
    .create =
        {
            "CREATE TABLE tide_migrations (version text PRIMARY KEY NOT NULL, name text NOT NULL, state text NOT NULL, "
            "direction text NOT NULL DEFAULT 'up', kind text NOT NULL, checksum text NOT NULL, fingerprint text NOT "
            "NULL, "
            "applied_at text NOT NULL DEFAULT (" TIDE_NOW
            "), duration_ms integer NOT NULL DEFAULT 0, run text NOT NULL, who text NOT NULL, host text NOT NULL, "
            "process text NOT NULL, session text NOT NULL DEFAULT '', baseline integer NOT NULL DEFAULT 0, error text, "
            "source text, down_source text) WITHOUT ROWID",
            "CREATE TABLE tide_events (id integer PRIMARY KEY, at text NOT NULL DEFAULT (" TIDE_NOW
            "), run text NOT NULL, version text NOT NULL, name text NOT NULL, event text NOT NULL, "
            "direction text NOT NULL, who text NOT NULL, host text NOT NULL, duration_ms integer NOT NULL DEFAULT 0, "
            "checksum text NOT NULL DEFAULT '', detail text NOT NULL DEFAULT '')",
            "CREATE TABLE tide_meta (key text PRIMARY KEY NOT NULL, value text NOT NULL)",
            "INSERT INTO tide_meta VALUES ('format', '1')",
        },
    .format = TIDE_FORMAT,
    .load = "SELECT (" TIDE_FORMAT "), (" TIDE_ENVIRONMENT
            "), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL UNION ALL "
            "SELECT NULL, NULL, version, name, state, kind, checksum, fingerprint, applied_at, duration_ms, baseline "
            "FROM tide_migrations",
    .unfinished =
        "SELECT direction, coalesce(error, ''), run, who, host, process, session FROM tide_migrations "
        "WHERE version = $1",
    .source = "SELECT kind, name, source, down_source FROM tide_migrations WHERE version = $1",
    .own_session = "",
    .session_state = "",
    .wait_for_writers = "",
    .was_recorded = "SELECT EXISTS (SELECT 1 FROM tide_events WHERE run = $1 AND version = $2 AND event = $3)",
    .made_since_started = "",
    .write_row =
        R"(INSERT INTO tide_migrations AS m (version, name, state, kind, checksum, fingerprint, source, down_source,
                          duration_ms, run, who, host, process, session, baseline)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT (version) DO UPDATE SET
  name = excluded.name, state = excluded.state, direction = 'up', kind = excluded.kind, checksum = excluded.checksum,
  fingerprint = excluded.fingerprint, source = excluded.source, down_source = excluded.down_source,
  applied_at = )" TIDE_NOW R"(, duration_ms = excluded.duration_ms, run = excluded.run, who = excluded.who,
  host = excluded.host, process = excluded.process, session = excluded.session, baseline = excluded.baseline,
  error = NULL
WHERE m.state <> 'applied' OR $16)",
    .add_row =
        R"(INSERT OR IGNORE INTO tide_migrations (version, name, state, kind, checksum, fingerprint, source, down_source,
                                       duration_ms, run, who, host, process, session, baseline)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15))",
    .mark_row =
        "UPDATE tide_migrations SET state = $2, direction = $3, error = $4, duration_ms = $5, run = $6, who = $7, "
        "host = $8, process = $9, session = $10 WHERE version = $1",
    .event_of_row =
        R"(INSERT INTO tide_events (run, version, name, event, direction, who, host, duration_ms, checksum, detail)
SELECT run, version, name, $2, direction, who, host, duration_ms, checksum, $3 FROM tide_migrations WHERE version = $1)",
    .event_of_removal =
        R"(INSERT INTO tide_events (run, version, name, event, direction, who, host, duration_ms, checksum, detail)
SELECT $4, version, name, $2, 'down', $5, $6, $3, checksum, $7 FROM tide_migrations WHERE version = $1)",
    .delete_row = "DELETE FROM tide_migrations WHERE version = $1",
    .add_event =
        "INSERT INTO tide_events (run, version, name, event, direction, who, host, duration_ms, checksum, detail) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    .events =
        "SELECT id, at, run, version, name, event, direction, who, host, duration_ms, checksum, detail "
        "FROM tide_events ORDER BY id",
    .environment = TIDE_ENVIRONMENT,
    .claim =
        "INSERT INTO tide_meta (key, value) SELECT 'environment', $1 "
        "WHERE NOT EXISTS (SELECT 1 FROM tide_meta WHERE key = 'environment')",
    .rename_environment = "REPLACE INTO tide_meta (key, value) VALUES ('environment', $1)",
};

#undef TIDE_ENVIRONMENT
#undef TIDE_FORMAT
#undef TIDE_THERE
#undef TIDE_NOW

}  // namespace

const HistorySql& sqlite_history_sql() { return kSql; }

}  // namespace tide
