-- Questions about the health of a database, each one query: inspect.sizes(db) returns its rows. docs/inspect.md says what
-- to do about the answers.
local native = ...

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- name -> SQL of each engine that can answer it
local questions = {}

-- Tables and indexes, the largest first.
questions.sizes = {
  postgres = [[
SELECT n.nspname || '.' || c.relname AS name,
       pg_size_pretty(pg_total_relation_size(c.oid)) AS total,
       pg_size_pretty(pg_table_size(c.oid)) AS table_size,
       pg_size_pretty(pg_indexes_size(c.oid)) AS indexes,
       greatest(c.reltuples, 0)::bigint AS rows_about,
       pg_total_relation_size(c.oid) AS bytes
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY pg_total_relation_size(c.oid) DESC LIMIT 100]],
  sqlite = [[
SELECT m.name, m.type, (SELECT count(*) FROM pragma_table_info(m.name)) AS columns,
       (SELECT count(*) FROM pragma_index_list(m.name)) AS indexes
FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' ORDER BY m.name]],
}

-- How often what was asked for was in memory already, and not read from disk.
questions.cache_hit = {
  postgres = [[
SELECT 'tables' AS of, sum(heap_blks_hit) AS hits, sum(heap_blks_read) AS reads,
       round(100 * sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0), 2) AS percent
FROM pg_statio_user_tables
UNION ALL
SELECT 'indexes', sum(idx_blks_hit), sum(idx_blks_read),
       round(100 * sum(idx_blks_hit) / nullif(sum(idx_blks_hit) + sum(idx_blks_read), 0), 2)
FROM pg_statio_user_indexes]],
}

-- Tables by how many of their scans went through an index.
questions.index_use = {
  postgres = [[
SELECT schemaname || '.' || relname AS name, seq_scan, coalesce(idx_scan, 0) AS idx_scan,
       round(100.0 * coalesce(idx_scan, 0) / nullif(seq_scan + coalesce(idx_scan, 0), 0), 1) AS percent_by_index,
       seq_tup_read AS rows_read_in_sequence, n_live_tup AS rows_about
FROM pg_stat_user_tables
ORDER BY seq_tup_read DESC LIMIT 100]],
}

-- Indexes that nothing has read since the statistics were reset, and that guard no constraint.
questions.unused_indexes = {
  postgres = [[
SELECT s.schemaname || '.' || s.relname AS table_name, s.indexrelname AS index_name,
       pg_size_pretty(pg_relation_size(s.indexrelid)) AS size, s.idx_scan AS scans,
       pg_relation_size(s.indexrelid) AS bytes
FROM pg_stat_user_indexes s JOIN pg_index i ON i.indexrelid = s.indexrelid
WHERE s.idx_scan = 0 AND NOT i.indisunique AND i.indisvalid
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = s.indexrelid)
ORDER BY pg_relation_size(s.indexrelid) DESC]],
}

-- Indexes whose columns another index begins with.
questions.duplicate_indexes = {
  postgres = [[
SELECT a.indrelid::regclass::text AS table_name, a.indexrelid::regclass::text AS index_name,
       b.indexrelid::regclass::text AS covered_by, pg_size_pretty(pg_relation_size(a.indexrelid)) AS size,
       a.indkey::text = b.indkey::text AS identical
FROM pg_index a
JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
JOIN pg_class ca ON ca.oid = a.indexrelid
JOIN pg_class cb ON cb.oid = b.indexrelid AND cb.relam = ca.relam
WHERE (b.indkey::text || ' ') LIKE (a.indkey::text || ' %')
  AND (b.indclass::text || ' ') LIKE (a.indclass::text || ' %')
  AND (b.indoption::text || ' ') LIKE (a.indoption::text || ' %')
  AND a.indpred IS NOT DISTINCT FROM b.indpred AND a.indexprs IS NULL AND b.indexprs IS NULL
  AND NOT a.indisunique AND a.indisvalid AND b.indisvalid
  AND NOT (a.indkey::text = b.indkey::text AND NOT b.indisunique AND a.indexrelid < b.indexrelid)
  AND ca.relnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname ~ '^pg_')
ORDER BY pg_relation_size(a.indexrelid) DESC]],
  sqlite = [[
WITH parts AS (
  SELECT m.name AS table_name, l.name AS index_name, l."unique" AS is_unique,
         (SELECT group_concat(i.cid, ' ') FROM pragma_index_info(l.name) i) || ' ' AS columns
  FROM sqlite_master m, pragma_index_list(m.name) l WHERE m.type = 'table' AND l.partial = 0)
SELECT a.table_name, a.index_name, b.index_name AS covered_by, a.columns = b.columns AS identical
FROM parts a JOIN parts b ON b.table_name = a.table_name AND b.index_name <> a.index_name
WHERE b.columns LIKE a.columns || '%' AND a.is_unique = 0
  AND NOT (a.columns = b.columns AND b.is_unique = 0 AND a.index_name < b.index_name)
ORDER BY 1, 2]],
}

-- Foreign keys whose columns no index begins with: deleting a referenced row reads the whole table.
questions.missing_fk_indexes = {
  postgres = [[
SELECT c.conrelid::regclass::text AS table_name, c.conname AS constraint_name,
       (SELECT string_agg(a.attname, ', ' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum) AS columns,
       c.confrelid::regclass::text AS referenced, pg_size_pretty(pg_relation_size(c.conrelid)) AS size,
       pg_relation_size(c.conrelid) AS bytes
FROM pg_constraint c
WHERE c.contype = 'f' AND NOT EXISTS (
  SELECT FROM pg_index i
  WHERE i.indrelid = c.conrelid AND i.indisvalid AND i.indpred IS NULL
    AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)
ORDER BY pg_relation_size(c.conrelid) DESC]],
  sqlite = [[
SELECT m.name AS table_name, f."from" AS columns, f."table" AS referenced
FROM sqlite_master m, pragma_foreign_key_list(m.name) f
WHERE m.type = 'table' AND f.seq = 0 AND NOT EXISTS (
  SELECT 1 FROM pragma_index_list(m.name) l, pragma_index_info(l.name) i
  WHERE l.partial = 0 AND i.seqno = 0 AND i.name = f."from")
  AND NOT EXISTS (SELECT 1 FROM pragma_table_info(m.name) c WHERE c.name = f."from" AND c.pk = 1)
ORDER BY 1, 2]],
}

-- Statements that have been running for more than five seconds, and transactions that have been open for as long.
questions.long_running = {
  postgres = [[
SELECT pid, usename AS user, application_name AS application, state,
       date_trunc('second', now() - xact_start)::text AS open_for,
       date_trunc('second', now() - query_start)::text AS running_for, wait_event_type AS waits_for,
       left(query, 200) AS query
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND backend_type = 'client backend'
  AND xact_start < now() - interval '5 seconds'
ORDER BY xact_start]],
}

-- Who waits for whom.
questions.blocking = {
  postgres = [[
SELECT w.pid AS waiting_pid, w.usename AS waiting_user, date_trunc('second', now() - w.query_start)::text AS waiting_for,
       left(w.query, 120) AS waiting_query, b.pid AS blocking_pid, b.usename AS blocking_user, b.state AS blocking_state,
       date_trunc('second', now() - b.xact_start)::text AS open_for, left(b.query, 120) AS blocking_query
FROM pg_stat_activity w
CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS blocker(pid)
JOIN pg_stat_activity b ON b.pid = blocker.pid
WHERE w.datname = current_database()
ORDER BY w.query_start]],
}

-- Locks on tables that keep writers or readers out.
questions.locks = {
  postgres = [[
SELECT l.pid, l.relation::regclass::text AS name, l.mode, l.granted, a.usename AS user, a.state,
       date_trunc('second', now() - a.xact_start)::text AS open_for, left(a.query, 120) AS query
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND l.pid <> pg_backend_pid() AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')
ORDER BY l.granted, a.xact_start]],
}

-- Dead rows that vacuum has not yet taken back: how much of each table they are.
questions.bloat = {
  postgres = [[
SELECT schemaname || '.' || relname AS name, n_live_tup AS live_rows, n_dead_tup AS dead_rows,
       round(100.0 * n_dead_tup / nullif(n_live_tup + n_dead_tup, 0), 1) AS percent_dead,
       pg_size_pretty(pg_table_size(relid)) AS size,
       coalesce(greatest(last_vacuum, last_autovacuum)::text, 'never') AS last_vacuum
FROM pg_stat_user_tables
WHERE n_dead_tup > 0
ORDER BY n_dead_tup DESC LIMIT 100]],
  sqlite = [[
SELECT (SELECT page_count FROM pragma_page_count) AS pages, (SELECT freelist_count FROM pragma_freelist_count) AS free_pages,
       round(100.0 * (SELECT freelist_count FROM pragma_freelist_count) / max((SELECT page_count FROM pragma_page_count), 1), 1)
         AS percent_free,
       (SELECT page_size FROM pragma_page_size) * (SELECT page_count FROM pragma_page_count) AS bytes]],
}

-- The statements that took most of the server's time; needs the extension pg_stat_statements.
questions.outliers = {
  postgres = [[
SELECT round(total_exec_time::numeric) AS total_ms,
       round((100 * total_exec_time / nullif(sum(total_exec_time) OVER (), 0))::numeric, 1) AS percent,
       calls, round(mean_exec_time::numeric, 2) AS mean_ms, rows, left(query, 200) AS query
FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY total_exec_time DESC LIMIT 20]],
}

-- When each table was vacuumed and analyzed, and how near it is to the wraparound of transaction numbers.
questions.vacuum = {
  postgres = [[
SELECT s.schemaname || '.' || s.relname AS name, s.n_dead_tup AS dead_rows,
       coalesce(greatest(s.last_vacuum, s.last_autovacuum)::text, 'never') AS last_vacuum,
       coalesce(greatest(s.last_analyze, s.last_autoanalyze)::text, 'never') AS last_analyze,
       age(c.relfrozenxid) AS transactions_old,
       round(100.0 * age(c.relfrozenxid) / 2000000000, 1) AS percent_to_wraparound
FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid
ORDER BY age(c.relfrozenxid) DESC, s.n_dead_tup DESC LIMIT 100]],
}

-- Sessions by state and application, against what the server allows.
questions.connections = {
  postgres = [[
SELECT coalesce(datname, '(server)') AS database, usename AS user, application_name AS application, coalesce(state, '') AS state,
       count(*) AS sessions, max(date_trunc('second', now() - state_change))::text AS longest,
       (SELECT setting::int FROM pg_settings WHERE name = 'max_connections') AS allowed
FROM pg_stat_activity WHERE backend_type = 'client backend'
GROUP BY 1, 2, 3, 4 ORDER BY count(*) DESC]],
}

-- Standbys and replication slots, and how far behind they are.
questions.replication = {
  postgres = [[
SELECT 'standby' AS kind, application_name AS name, state, pg_size_pretty(pg_wal_lsn_diff(sent_lsn, replay_lsn)) AS behind,
       coalesce(replay_lag::text, '') AS lag, pg_wal_lsn_diff(sent_lsn, replay_lsn)::bigint AS bytes
FROM pg_stat_replication
UNION ALL
SELECT 'slot', slot_name::text, CASE WHEN active THEN 'active' ELSE 'inactive' END,
       pg_size_pretty(pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
         restart_lsn)), '',
       pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END,
         restart_lsn)::bigint
FROM pg_replication_slots]],
}

-- Sequences and how much of their range is used up, also by the type of the column that they fill.
questions.sequences = {
  postgres = [[
SELECT s.schemaname || '.' || s.sequencename AS name, coalesce(d.refobjid::regclass || '.' || a.attname, '') AS fills,
       s.last_value,
       least(s.max_value, CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE s.max_value END) AS largest,
       round(100.0 * coalesce(s.last_value, 0)
         / least(s.max_value, CASE a.atttypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE s.max_value END), 2) AS percent
FROM pg_sequences s
JOIN pg_class c ON c.relname = s.sequencename AND c.relkind = 'S'
JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = s.schemaname
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE s.increment_by > 0
ORDER BY percent DESC NULLS LAST]],
}

-- Indexes that were left behind half-built, and constraints that were never validated.
questions.invalid = {
  postgres = [[
SELECT 'index' AS kind, i.indexrelid::regclass::text AS name, i.indrelid::regclass::text AS table_name
FROM pg_index i WHERE NOT i.indisvalid OR NOT i.indisready
UNION ALL
SELECT 'constraint', c.conname, c.conrelid::regclass::text
FROM pg_constraint c WHERE NOT c.convalidated AND c.conrelid <> 0
ORDER BY 1, 2]],
  sqlite = [[SELECT 'foreign key' AS kind, "table" AS table_name, rowid AS row, parent FROM pragma_foreign_key_check]],
}

local inspect = {}

local function check_db(db, what)
  if type(db) ~= "userdata" then usage(("inspect.%s takes the database: inspect.%s(db)"):format(what, what)) end
end

for name, sql in pairs(questions) do
  inspect[name] = function(db)
    check_db(db, name)
    local text = sql[db.engine]
    if not text then usage(("inspect.%s is PostgreSQL's: SQLite does not keep such figures"):format(name)) end
    return db:query(text)
  end
end

local function has_statements(db)
  return db:value "SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements'" > 0
end

local plain_outliers = inspect.outliers
function inspect.outliers(db)
  check_db(db, "outliers")
  if db.engine == "postgres" and not has_statements(db) then
    usage("inspect.outliers needs the extension pg_stat_statements: CREATE EXTENSION pg_stat_statements, "
      .. "and its library in shared_preload_libraries")
  end
  return plain_outliers(db)
end

local function count_where(rows, test)
  local count, first = 0, nil
  for _, row in ipairs(rows) do
    if test(row) then
      count, first = count + 1, first or row
    end
  end
  return count, first
end

local function percent_below(limit)
  return function(row) return row.percent ~= nil and row.percent < limit end
end

-- Each check: the question, which rows are bad, "red" or "yellow", and what to say of the first of them.
local CHECKS = {
  { "blocking", function() return true end, "red", function(r)
    return ("process %s waits for %s: %s"):format(r.waiting_pid, r.blocking_pid, r.blocking_query)
  end },
  { "long_running", function() return true end, "yellow", function(r)
    return ("process %s has been in a transaction for %s (%s)"):format(r.pid, r.open_for, r.state)
  end },
  { "invalid", function() return true end, "red", function(r)
    return ("%s %s of %s is not valid"):format(r.kind, r.name or "", r.table_name)
  end },
  { "vacuum", function(r) return r.percent_to_wraparound > 40 end, "red", function(r)
    return ("%s is %s%% of the way to wraparound"):format(r.name, r.percent_to_wraparound)
  end },
  { "bloat", function(r) return (r.dead_rows or 0) > 10000 and r.percent_dead > 20 or (r.percent_free or 0) > 25 end, "yellow",
    function(r)
      if r.percent_free then return ("%s%% of the file is free pages: VACUUM gives them back"):format(r.percent_free) end
      return ("%s%% of %s are dead rows, last vacuumed: %s"):format(r.percent_dead, r.name, r.last_vacuum)
    end },
  { "cache_hit", function(r) return percent_below(95)(r) and r.hits + r.reads > 100000 end, "yellow", function(r)
    return ("only %s%% of the reads of %s are answered from memory"):format(r.percent, r.of)
  end },
  { "sequences", function(r) return (r.percent or 0) > 70 end, "red", function(r)
    return ("%s is at %s%% of %s"):format(r.name, r.percent, r.largest)
  end },
  { "missing_fk_indexes", function(r) return r.bytes == nil or r.bytes > 10 * 1024 * 1024 end, "yellow", function(r)
    return ("%s (%s) refers to %s without an index"):format(r.table_name, r.columns, r.referenced)
  end },
  { "duplicate_indexes", function() return true end, "yellow", function(r)
    return ("%s is covered by %s"):format(r.index_name, r.covered_by)
  end },
  { "unused_indexes", function(r) return r.bytes > 10 * 1024 * 1024 end, "yellow", function(r)
    return ("%s (%s) has never been read"):format(r.index_name, r.size)
  end },
  { "connections", function(r) return r.sessions > 0.8 * r.allowed or r.state:find("^idle in transaction") ~= nil end, "yellow",
    function(r) return ("%s sessions of %s are %s"):format(r.sessions, r.application, r.state) end },
  { "replication", function(r) return (r.bytes or 0) > 1024 * 1024 * 1024 end, "red", function(r)
    return ("%s %s is %s behind"):format(r.kind, r.name, r.behind)
  end },
}

local function judge(db, check)
  local name, is_bad, verdict, say = check[1], check[2], check[3], check[4]
  local ok, rows = pcall(inspect[name], db)
  if not ok then return { verdict = "unknown", check = name, found = 0, message = tostring(rows.message or rows) } end
  local count, first = count_where(rows, is_bad)
  if count == 0 then return { verdict = "green", check = name, found = 0, message = "" } end
  local more = count > 1 and (" (and %d more)"):format(count - 1) or ""
  return { verdict = verdict, check = name, found = count, message = say(first) .. more }
end

local RANK = { red = 1, yellow = 2, unknown = 3, green = 4 }

-- Every check with its verdict, the worst first.
function inspect.diagnose(db)
  check_db(db, "diagnose")
  local verdicts = {}
  for at, check in ipairs(CHECKS) do
    if questions[check[1]][db.engine] then
      local verdict = judge(db, check)
      verdict.at = at
      verdicts[#verdicts + 1] = verdict
    end
  end
  table.sort(verdicts, function(a, b)
    if RANK[a.verdict] ~= RANK[b.verdict] then return RANK[a.verdict] < RANK[b.verdict] end
    return a.at < b.at
  end)
  for _, verdict in ipairs(verdicts) do verdict.at = nil end
  native.column_orders[verdicts] = { "verdict", "check", "found", "message" }
  return verdicts
end

return inspect
