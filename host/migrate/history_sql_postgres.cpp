#include "migrate/history_sql.h"
#include "migrate/lock_postgres.h"

namespace tide {
namespace {

// Follows no setting of the session, as text would. A float: right to the millisecond, and a fraction of the cost of
// numeric, which is what extract returns.
#define TIDE_MS(column) "(date_part('epoch', " column ") * 1000)::bigint"
// More than one value shows, and is none that anybody gave.
#define TIDE_FORMAT "SELECT string_agg(value, ' and ') FROM tide.meta WHERE key = 'format'"
#define TIDE_ENVIRONMENT "SELECT string_agg(value, ' and ') FROM tide.meta WHERE key = 'environment'"

const HistorySql kSql = {
    // reading a catalog makes the session notice what others have created meanwhile; to_regclass alone asks its cache
    .tables = "SELECT to_regclass('tide.meta') IS NOT NULL, to_regclass('tide.migrations') IS NOT NULL, "
              "to_regclass('tide.events') IS NOT NULL FROM pg_namespace LIMIT 1",
    .serialize_creation = "SELECT pg_advisory_xact_lock(8388346167660475252)",
    .schema_exists = "SELECT to_regnamespace('tide') IS NOT NULL FROM pg_namespace LIMIT 1",
    .create_schema = "CREATE SCHEMA tide",
    .create =
        {
            R"(CREATE TABLE tide.migrations (
  version     text COLLATE "C" PRIMARY KEY,
  name        text NOT NULL,
  state       text NOT NULL,
  direction   text NOT NULL DEFAULT 'up',
  kind        text NOT NULL,
  checksum    text NOT NULL,
  fingerprint text NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  duration_ms bigint NOT NULL DEFAULT 0,
  run         text NOT NULL,
  who         text NOT NULL,
  host        text NOT NULL,
  process     text NOT NULL,
  session     text NOT NULL DEFAULT '',
  baseline    boolean NOT NULL DEFAULT false,
  error       text,
  source      text,
  down_source text
))",
            R"(CREATE TABLE tide.events (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  run         text NOT NULL,
  version     text NOT NULL,
  name        text NOT NULL,
  event       text NOT NULL,
  direction   text NOT NULL,
  who         text NOT NULL,
  host        text NOT NULL,
  duration_ms bigint NOT NULL DEFAULT 0,
  checksum    text NOT NULL DEFAULT '',
  detail      text NOT NULL DEFAULT ''
))",
            "CREATE TABLE tide.meta (key text PRIMARY KEY, value text NOT NULL)",
            "INSERT INTO tide.meta VALUES ('format', '1')",
        },
    .format = TIDE_FORMAT,
    .load = "SELECT (" TIDE_FORMAT "), (" TIDE_ENVIRONMENT
            "), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL UNION ALL "
            "SELECT NULL, NULL, version, name, state, kind, checksum, fingerprint, " TIDE_MS(
                "applied_at") ", duration_ms, baseline FROM tide.migrations",
    .unfinished = "SELECT direction, coalesce(error, ''), run, who, host, process, session FROM tide.migrations "
                  "WHERE version = $1",
    .source = "SELECT kind, name, source, down_source FROM tide.migrations WHERE version = $1",
    // Behind a pooler the session is everybody's. There the migrator lock belongs to a transaction, whose number (x/0
    // is none) tells it from every other one, and follows.
    .own_session = "SELECT pid || '@' || extract(epoch FROM backend_start) || coalesce((SELECT ' lock ' || l.pid || "
                   "'@' || l.virtualtransaction FROM pg_locks l WHERE " TIDE_IS_OUR_LOCK
                   " AND l.virtualtransaction NOT LIKE '%/0'), '') FROM pg_stat_activity WHERE pid = pg_backend_pid()",
    // the start of another role's session may be hidden; its number alone must do then. A pooler's session says
    // something only while it works for one of us, beside the lock.
    .session_state = "SELECT coalesce(state, '') FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                     "AND pid::text = split_part($1, '@', 1) AND coalesce(pid || '@' || extract(epoch FROM "
                     "backend_start), split_part($1, ' ', 1)) = split_part($1, ' ', 1) AND ($1 NOT LIKE '% lock %' "
                     "OR (state = 'active' AND application_name = current_setting('application_name'))) "
                     "UNION ALL SELECT 'active' FROM pg_locks l WHERE " TIDE_IS_OUR_LOCK
                     " AND l.pid || '@' || l.virtualtransaction = split_part($1, ' lock ', 2)",
    .wait_for_writers = "LOCK TABLE tide.migrations IN SHARE MODE",
    .was_recorded = "SELECT EXISTS (SELECT FROM tide.events WHERE run = $1 AND version = $2 AND event = $3)",
    // transaction numbers tell what came first, as long as neither row is changed by hand
    .made_since_started = R"(SELECT EXISTS (
  SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN tide.events e ON age(c.xmin) < age(e.xmin)
  WHERE i.indrelid = to_regclass($3) AND i.indisvalid AND c.relname = (parse_ident($4))[1]
    AND e.version = $1 AND e.checksum = $2 AND e.event = 'started' AND e.direction = 'up' AND e.run <> $5
    AND NOT EXISTS (SELECT FROM tide.events ended WHERE ended.version = $1 AND ended.id > e.id
                    AND ended.event IN ('applied', 'reverted', 'resolved', 'baseline'))))",
    .write_row = R"(WITH written AS (
  INSERT INTO tide.migrations AS m (version, name, state, kind, checksum, fingerprint, source, down_source, duration_ms,
                                    run, who, host, process, session, baseline)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  ON CONFLICT (version) DO UPDATE SET
    name = EXCLUDED.name, state = EXCLUDED.state, direction = 'up', kind = EXCLUDED.kind, checksum = EXCLUDED.checksum,
    fingerprint = EXCLUDED.fingerprint, source = EXCLUDED.source, down_source = EXCLUDED.down_source,
    applied_at = clock_timestamp(), duration_ms = EXCLUDED.duration_ms, run = EXCLUDED.run, who = EXCLUDED.who,
    host = EXCLUDED.host, process = EXCLUDED.process, session = EXCLUDED.session, baseline = EXCLUDED.baseline,
    error = NULL
  WHERE m.state <> 'applied' OR $16::boolean
  RETURNING *)
INSERT INTO tide.events (run, version, name, event, direction, who, host, duration_ms, checksum, detail)
SELECT run, version, name, $17::text, direction, who, host, duration_ms, checksum, $18::text FROM written)",
    .add_row = "",
    .mark_row = R"(WITH marked AS (
  UPDATE tide.migrations SET state = $2, direction = $3, error = $4, duration_ms = $5, run = $6, who = $7, host = $8,
                             process = $9, session = $10
  WHERE version = $1 RETURNING *)
INSERT INTO tide.events (run, version, name, event, direction, who, host, duration_ms, checksum, detail)
SELECT run, version, name, $11::text, direction, who, host, duration_ms, checksum, $12::text FROM marked)",
    .event_of_row = "",
    .event_of_removal = R"(WITH gone AS (DELETE FROM tide.migrations WHERE version = $1 RETURNING *)
INSERT INTO tide.events (run, version, name, event, direction, who, host, duration_ms, checksum, detail)
SELECT $4, version, name, $2::text, 'down', $5, $6, $3::bigint, checksum, $7 FROM gone)",
    .delete_row = "",
    .add_event = "INSERT INTO tide.events (run, version, name, event, direction, who, host, duration_ms, checksum, detail) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    .events = "SELECT id, " TIDE_MS("at") ", run, version, name, event, direction, who, host, duration_ms, checksum, detail "
              "FROM tide.events ORDER BY id",
    .environment = TIDE_ENVIRONMENT,
    .claim = "INSERT INTO tide.meta (key, value) SELECT 'environment', $1::text "
             "WHERE NOT EXISTS (SELECT FROM tide.meta WHERE key = 'environment')",
    .rename_environment = "WITH renamed AS (UPDATE tide.meta SET value = $1::text WHERE key = 'environment' RETURNING 1) "
                          "INSERT INTO tide.meta (key, value) SELECT 'environment', $1::text "
                          "WHERE NOT EXISTS (SELECT FROM renamed)",
};

#undef TIDE_ENVIRONMENT
#undef TIDE_FORMAT
#undef TIDE_MS

}  // namespace

const HistorySql& postgres_history_sql() { return kSql; }

}  // namespace tide
