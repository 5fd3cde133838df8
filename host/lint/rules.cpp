#include "lint/rules.h"

#include "base/text.h"
#include "tide/error.h"

namespace tide {
namespace {

constexpr Severity kDanger = Severity::kDanger;
constexpr Severity kAdvice = Severity::kAdvice;

// The whole migration where the safe way is one, else what replaces the statement.
const std::vector<Rule> kRules = {
    {"create-index", kDanger, true, "CREATE INDEX without CONCURRENTLY",
     "A SHARE lock keeps every write to the table waiting until the index is built.",
     R"lua(return {
  transaction = false,
  up = function(db) db:execute [[{statement}]] end,
  down = function(db) db:execute [[DROP INDEX CONCURRENTLY IF EXISTS {qualified}]] end,
})lua"},
    {"create-index-partitioned", kDanger, true, "CREATE INDEX on a partitioned table",
     "A SHARE lock on the table and all of its partitions keeps writes waiting until every partition has its index. "
     "CONCURRENTLY is not allowed on the table itself, but it is on each partition.",
     R"lua(return {
  transaction = false,
  up = function(db)
    db:execute [[CREATE INDEX IF NOT EXISTS {index} ON ONLY {table} ({columns})]]
    local partitions = [[SELECT relnamespace::regnamespace::text AS schema, relname AS name
      FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = $1::regclass]]
    for partition in db:rows(partitions, [[{table}]]) do
      local index = db:ident(partition.name .. "_" .. ([[{columns}]]):gsub("%W+", "_"))
      local place = partition.schema .. "."
      db:execute([[CREATE INDEX CONCURRENTLY IF NOT EXISTS ]] .. index .. " ON " .. place .. db:ident(partition.name) .. [[ ({columns})]])
      db:execute([[ALTER INDEX {qualified} ATTACH PARTITION ]] .. place .. index)
    end
  end,
})lua"},
    {"drop-index", kAdvice, false, "DROP INDEX without CONCURRENTLY",
     "An ACCESS EXCLUSIVE lock on the index's table: all that comes after it in the queue waits for it, reads too.",
     R"lua(return {
  transaction = false,
  up = function(db) db:execute [[DROP INDEX CONCURRENTLY IF EXISTS {index}]] end,
})lua"},
    {"concurrently-in-transaction", kDanger, false, "CONCURRENTLY inside a transaction",
     "The server refuses it: what works concurrently commits by itself, several times.",
     R"lua(return {
  transaction = false,   -- in a SQL file: -- tide:no-transaction
  up = function(db) db:execute [[{statement}]] end,
})lua"},
    {"reindex", kDanger, true, "REINDEX without CONCURRENTLY",
     "Writes to the table wait until the index is built anew, and so do reads that would use it (ACCESS EXCLUSIVE on "
     "the index).",
     R"lua(return {
  transaction = false,
  up = function(db) db:execute [[{statement}]] end,
})lua"},
    {"add-column-rewrite", kDanger, true,
     "ADD COLUMN with a volatile default, a serial, an identity or a stored generated value",
     "The whole table is rewritten, with its indexes, under an ACCESS EXCLUSIVE lock: nobody reads or writes.",
     R"lua(-- the column first, without a value; then the default for new rows; then the old rows in batches, in a migration
-- of its own with transaction = false
up = function(db)
  db:execute [[ALTER TABLE {table} ADD COLUMN {column} {type}]]
  db:execute [[ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {default}]]
end)lua"},
    {"add-column-not-null", kDanger, false, "ADD COLUMN ... NOT NULL without a default",
     "Fails as soon as the table has a row. A running application that does not know the column cannot insert either.",
     R"lua(up = function(db)
  db:execute [[ALTER TABLE {table} ADD COLUMN {column} {type} NOT NULL DEFAULT {default}]]   -- a constant: no rewrite
end)lua"},
    {"alter-type", kDanger, true, "ALTER COLUMN ... TYPE that rewrites the table",
     "The whole table and the indexes on the column are rewritten under an ACCESS EXCLUSIVE lock: nobody reads or "
     "writes.",
     R"lua(-- 1: a new column; the application writes both
db:execute [[ALTER TABLE {table} ADD COLUMN {column}_new {type}]]
-- 2: a migration with transaction = false fills it in batches
-- 3: the application reads the new one; a later migration drops the old one)lua"},
    {"set-not-null", kDanger, true, "SET NOT NULL without a validated CHECK (column IS NOT NULL)",
     "Every row is read under an ACCESS EXCLUSIVE lock: nobody reads or writes meanwhile.",
     R"lua(return {
  transaction = false,   -- so that the rows are read under a lock that lets others read and write
  up = function(db)
    db:execute [[ALTER TABLE {table} ADD CONSTRAINT {column}_not_null CHECK ({column} IS NOT NULL) NOT VALID]]
    db:execute [[ALTER TABLE {table} VALIDATE CONSTRAINT {column}_not_null]]
    db:execute [[ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL]]   -- believes the constraint, reads nothing
    db:execute [[ALTER TABLE {table} DROP CONSTRAINT {column}_not_null]]
  end,
  down = function(db) db:execute [[ALTER TABLE {table} ALTER COLUMN {column} DROP NOT NULL]] end,
})lua"},
    {"add-check", kDanger, true, "ADD CHECK without NOT VALID",
     "Every row is read under an ACCESS EXCLUSIVE lock: nobody reads or writes meanwhile.",
     R"lua(return {
  transaction = false,
  up = function(db)
    db:execute [[{statement}]]
    db:execute [[ALTER {kind} {table} VALIDATE CONSTRAINT {constraint}]]   -- others read and write meanwhile
  end,
})lua"},
    {"add-foreign-key", kDanger, true, "ADD FOREIGN KEY without NOT VALID",
     "Every row is looked up while a SHARE ROW EXCLUSIVE lock on both tables keeps writes to either of them waiting.",
     R"lua(return {
  transaction = false,
  up = function(db)
    db:execute [[{statement}]]
    db:execute [[ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}]]   -- others read and write meanwhile
  end,
})lua"},
    {"validate-in-transaction", kDanger, true, "VALIDATE CONSTRAINT in the transaction that holds a stronger lock",
     "The rows are read while the transaction still holds the lock of what it did to the table before: NOT VALID has "
     "won nothing.",
     R"lua(return {
  transaction = false,   -- or VALIDATE in a migration of its own
  up = function(db) db:execute [[ALTER TABLE {table} VALIDATE CONSTRAINT {constraint}]] end,
})lua"},
    {"add-unique", kDanger, true, "ADD UNIQUE or PRIMARY KEY without an index that is there already",
     "The index is built under an ACCESS EXCLUSIVE lock: nobody reads or writes meanwhile.",
     R"lua(return {
  transaction = false,
  up = function(db)
    db:execute [[CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS {constraint} ON {table} ({columns})]]
    db:execute [[ALTER TABLE {table} ADD CONSTRAINT {constraint} {kind} USING INDEX {constraint}]]
  end,
  down = function(db) db:execute [[ALTER TABLE {table} DROP CONSTRAINT {constraint}]] end,
})lua"},
    {"add-exclusion", kDanger, true, "ADD EXCLUDE",
     "The index is built under an ACCESS EXCLUSIVE lock: nobody reads or writes meanwhile. An exclusion constraint "
     "cannot take an index that is there.",
     R"lua(-- a new table with the constraint, filled in batches and swapped by name in a quiet hour, or the statement itself
-- while the application is stopped: there is no concurrent way)lua"},
    {"table-rewrite", kDanger, true, "SET LOGGED, UNLOGGED, TABLESPACE or ACCESS METHOD",
     "The whole table is written anew under an ACCESS EXCLUSIVE lock: nobody reads or writes.",
     R"lua(-- pg_repack moves a table without holding the lock:
shell.run { "pg_repack", "--table", "{table}" })lua"},
    {"vacuum-full", kDanger, true, "VACUUM FULL, CLUSTER",
     "The whole table is written anew under an ACCESS EXCLUSIVE lock: nobody reads or writes.",
     R"lua(db:execute [[VACUUM (ANALYZE) {table}]]   -- makes the space reusable; pg_repack gives it back)lua"},
    {"refresh-view", kDanger, true, "REFRESH MATERIALIZED VIEW without CONCURRENTLY",
     "Nobody reads the view until its query has ended (ACCESS EXCLUSIVE).",
     R"lua(db:execute [[REFRESH MATERIALIZED VIEW CONCURRENTLY {table}]]   -- needs a unique index on the view)lua"},
    {"rename-column", kDanger, false, "RENAME COLUMN",
     "The application that runs at this moment asks for the old name and fails.",
     R"lua(-- 1: a new column; the application writes both
db:execute [[ALTER TABLE {table} ADD COLUMN {other} {type}]]
-- 2: a migration with transaction = false copies in batches
-- 3: the application reads the new one; a later migration drops {column})lua"},
    {"rename-table", kDanger, false, "RENAME of a table, a view or a schema, SET SCHEMA",
     "The application that runs at this moment asks for the old name and fails.",
     R"lua(up = function(db)
  db:execute [[ALTER TABLE {table} RENAME TO {other}]]
  db:execute [[CREATE VIEW {table} AS SELECT * FROM {other}]]   -- for the application that still runs; dropped later
end)lua"},
    {"drop-column", kDanger, false, "DROP COLUMN",
     "The values are gone, and the application that runs at this moment may still ask for them.",
     R"lua(-- in the release after the one that stopped reading it, with the reason:
lint = { ["drop-column"] = "not read since release 41" },
requires = { backup = "1h" },
up = function(db) db:execute [[ALTER TABLE {table} DROP COLUMN {column}]] end)lua"},
    {"drop-table", kDanger, false, "DROP TABLE, DROP MATERIALIZED VIEW",
     "The rows are gone, and the application that runs at this moment may still ask for them.",
     R"lua(-- first out of the way, where a mistake shows and can be undone; dropped by a later migration
up = function(db) db:execute [[ALTER TABLE {table} SET SCHEMA attic]] end,
down = function(db) db:execute [[ALTER TABLE attic.{bare} SET SCHEMA {schema}]] end)lua"},
    {"drop-schema", kDanger, false, "DROP SCHEMA, DROP OWNED", "Everything that stands in it is gone.",
     R"lua(-- drop by name what is meant, so that a table that somebody added stops it
db:execute [[DROP SCHEMA {table} RESTRICT]])lua"},
    {"drop-database", kDanger, false, "DROP DATABASE", "The whole database is gone.",
     R"lua(db:execute [[ALTER DATABASE {table} RENAME TO {bare}_old]]   -- after `tide backup create`)lua"},
    {"truncate", kDanger, false, "TRUNCATE",
     "All rows are gone; an ACCESS EXCLUSIVE lock, and row triggers do not see it.",
     R"lua(-- in batches, each a transaction of its own (transaction = false), under a condition that says what may go
repeat
  local gone = db:execute([[DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT 10000))]])
until gone == 0)lua"},
    {"cascade", kDanger, false, "DROP ... CASCADE, TRUNCATE ... CASCADE",
     "Also takes what is not named: views, foreign keys, rows of other tables; what that is depends on the database.",
     R"lua(db:execute [[{statement}]]   -- fails and names what is in the way; drop that by name)lua"},
    {"update-without-where", kDanger, true, "UPDATE without WHERE",
     "One statement locks and rewrites every row, and holds the locks until COMMIT.",
     R"lua(-- in batches, each a transaction of its own (transaction = false)
repeat
  local changed = db:execute([[UPDATE {table} SET {assignments}
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT 10000))]])
until changed == 0)lua"},
    {"delete-without-where", kDanger, false, "DELETE without WHERE",
     "All rows are gone, in one statement that locks them until COMMIT.",
     R"lua(-- in batches, each a transaction of its own (transaction = false), under a condition that says what may go
repeat
  local gone = db:execute([[DELETE FROM {table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT 10000))]])
until gone == 0)lua"},
    {"large-change", kDanger, false, "UPDATE, DELETE or MERGE that changed 10,000 rows or more in the dry run",
     "The rows stay locked until COMMIT, and one statement cannot be paused, resumed or watched.",
     R"lua(-- in batches, each a transaction of its own (transaction = false)
repeat
  local changed = db:execute([[UPDATE {table} SET {assignments}
    WHERE ctid = ANY (ARRAY(SELECT ctid FROM {table} WHERE {condition} LIMIT 10000))]])
until changed == 0)lua"},
    {"backfill-with-ddl", kDanger, true, "rows changed in the transaction that holds a table's ACCESS EXCLUSIVE lock",
     "Nobody reads or writes {other} until the rows are changed and the transaction commits.",
     R"lua(-- two migrations: this one changes the table, the next one, with transaction = false, its rows in batches)lua"},
    {"lock-table", kDanger, false, "LOCK TABLE in a mode that keeps writers out",
     "Writes (and, in the default mode, reads) wait until the transaction ends.",
     R"lua(db:query [[SELECT 1 FROM {table} WHERE {condition} FOR UPDATE]]   -- the rows that are needed)lua"},
    {"many-locks", kAdvice, false, "ACCESS EXCLUSIVE locks on several tables in one transaction",
     "The first table stays locked while the second one is waited for; with an application that takes them in the "
     "other "
     "order it is a deadlock.",
     R"lua(-- a migration for each table, or transaction = false)lua"},
    {"no-lock-timeout", kDanger, false, "lock_timeout switched off",
     "A statement that waits for a lock makes all who come after it wait too, for as long as it takes.",
     R"lua(lock_timeout = "3s",   -- a field of the migration; Tide tries again)lua"},
    {"attach-partition", kDanger, true, "ATTACH PARTITION without a validated CHECK on the partition key",
     "The partition is read to see that its rows belong there, under ACCESS EXCLUSIVE on it; so is the default "
     "partition.",
     R"lua(-- a CHECK that says the same as the bounds makes the reading unnecessary
db:execute [[ALTER TABLE {other} ADD CONSTRAINT {bare}_bounds CHECK ({column} IS NOT NULL AND {condition}) NOT VALID]]
db:execute [[ALTER TABLE {other} VALIDATE CONSTRAINT {bare}_bounds]]   -- transaction = false
db:execute [[{statement}]])lua"},
    {"detach-partition", kDanger, false, "DETACH PARTITION without CONCURRENTLY",
     "An ACCESS EXCLUSIVE lock on the partitioned table: nobody reads or writes any partition while it is waited for "
     "and held.",
     R"lua(return {
  transaction = false,
  up = function(db) db:execute [[ALTER TABLE {table} DETACH PARTITION {other} CONCURRENTLY]] end,
})lua"},
    {"disable-trigger", kDanger, false, "DISABLE TRIGGER",
     "Others write too while it is disabled, and what the trigger or foreign key guards is not guarded.",
     R"lua(db:execute [[SET LOCAL session_replication_role = replica]]   -- for this transaction only; needs a superuser)lua"},
    {"disable-row-security", kDanger, false, "DISABLE ROW LEVEL SECURITY",
     "Everybody who may read the table reads every row.",
     R"lua(db:execute [[CREATE POLICY {bare}_all ON {table} FOR SELECT TO reporting USING (true)]]   -- for those who need it)lua"},
    {"grant-public", kDanger, false, "GRANT ... TO PUBLIC",
     "Every role of the server has the privilege, also future ones.",
     R"lua(db:execute [[GRANT {privileges} ON {table} TO app]]   -- the role that needs it)lua"},
    {"enum-value-in-transaction", kDanger, false, "an enum value used in the transaction that adds it",
     "The server refuses to use the value before it is committed.",
     R"lua(-- a migration for the value, and another one for what uses it
up = function(db) db:execute [[ALTER TYPE {table} ADD VALUE IF NOT EXISTS {value}]] end)lua"},
    {"session-setting", kAdvice, false, "SET without LOCAL",
     "It holds for what comes after it too, and behind a connection pooler for somebody else's session.",
     R"lua(db:execute [[SET LOCAL {setting}]]   -- or the migration's own lock_timeout, statement_timeout)lua"},
    {"set-local-without-transaction", kAdvice, false, "SET LOCAL outside of a transaction",
     "It does nothing: its transaction ends with the statement.",
     R"lua(db:transaction(function() db:execute [[SET LOCAL {setting}]] end)   -- together with what it is for)lua"},
    {"session-lock", kAdvice, false, "an advisory lock of the session",
     "It outlives the transaction, and behind a connection pooler it stays with a session that is no longer yours.",
     R"lua(db:query [[SELECT pg_advisory_xact_lock({value})]]   -- goes with the transaction)lua"},
    {"foreign-key-index", kAdvice, false, "a foreign key whose columns have no index",
     "Deleting or updating a row of {other} reads all of {table}.",
     R"lua(return {
  transaction = false,
  up = function(db) db:execute [[CREATE INDEX CONCURRENTLY IF NOT EXISTS {index} ON {table} ({columns})]] end,
})lua"},
    {"not-repeatable", kAdvice, false, "no IF [NOT] EXISTS in a migration without a transaction",
     "When a later statement fails this one is done already, and stops the next attempt.",
     R"lua(db:execute [[{statement}]])lua"},
    {"int-primary-key", kAdvice, false, "an integer or smallint primary key",
     "Ends at 2,147,483,647 (smallint: 32,767).",
     R"lua(db:execute [[CREATE TABLE {table} ({column} bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)]])lua"},
    {"serial", kAdvice, false, "serial, bigserial", "Its sequence has privileges and an owner of its own.",
     R"lua(db:execute [[CREATE TABLE {table} ({column} bigint GENERATED ALWAYS AS IDENTITY)]])lua"},
    {"json-type", kAdvice, false, "json",
     "Has no equality: SELECT DISTINCT and GROUP BY on the table fail; no indexes.",
     R"lua(db:execute [[ALTER TABLE {table} ADD COLUMN {column} jsonb]]   -- or so in CREATE TABLE)lua"},
    {"char-type", kAdvice, false, "char(n)", "Padded with blanks that compare unlike text; no faster.",
     R"lua(db:execute [[ALTER TABLE {table} ADD COLUMN {column} text]]   -- with CHECK (length({column}) = {size}) in CREATE TABLE, or NOT VALID later)lua"},
    {"varchar-type", kAdvice, false, "varchar(n)",
     "A shorter limit, later, reads the whole table under ACCESS EXCLUSIVE.",
     R"lua(db:execute [[ALTER TABLE {table} ADD COLUMN {column} text]]   -- with CHECK (length({column}) <= {size}) in CREATE TABLE, or NOT VALID later)lua"},
    {"timestamp-type", kAdvice, false, "timestamp without time zone",
     "Does not say which instant it is: it depends on the time zone of who writes and who reads.",
     R"lua(db:execute [[ALTER TABLE {table} ADD COLUMN {column} timestamptz]]   -- or so in CREATE TABLE)lua"},
    {"not-looked-into", kAdvice, false, "DO, CALL",
     "What it runs is text to the server until it runs: lint has not seen it.",
     R"lua(for row in db:rows [[SELECT ...]] do db:execute(...) end   -- in Lua every statement is seen, and named in errors)lua"},
    {"not-parsed", kAdvice, false, "a statement that this parser does not know",
     "Nothing is known of it: it is wrong, or newer than the grammar that Tide was built with.",
     R"lua(-- look at it yourself)lua"},
    {"unused-silence", kAdvice, false, "a silence that silences nothing",
     "The statement that it was written for is gone, and it will hide the next one.", R"lua(-- take it out)lua"},
};

// "]]" in what is filled in would end the Lua string.
std::string with_longer_brackets(std::string text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool opens = text.compare(i, 2, "[[") == 0, closes = text.compare(i, 2, "]]") == 0;
    out += opens ? "[==[" : closes ? "]==]" : std::string(1, text[i]);
    if (opens || closes) ++i;
  }
  return out;
}

bool is_word(std::string_view text) {
  return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string_view::npos;
}

}  // namespace

const char* severity_name(Severity severity) { return severity == Severity::kDanger ? "danger" : "advice"; }

const std::vector<Rule>& lint_rules() { return kRules; }

std::vector<std::string> lint_rule_names() {
  std::vector<std::string> names;
  names.reserve(kRules.size());
  for (const Rule& rule : kRules) names.emplace_back(rule.name);
  return names;
}

const Rule& lint_rule(const std::string& name) {
  for (const Rule& rule : kRules) {
    if (name == rule.name) return rule;
  }
  throw Error(ErrorKind::kInternal, cat("there is no lint rule ", name));
}

std::string rule_page(const Rule& rule) { return cat("docs/lint.md#", std::string_view(rule.name)); }

std::string fill_in(const std::string& text, const RuleValues& values) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text[at] == '{' ? text.find('}', at) : std::string::npos;
    const std::string name = end == std::string::npos ? "" : text.substr(at + 1, end - at - 1);
    if (!is_word(name)) {
      out += text[at++];
      continue;
    }
    const auto value = values.find(name);
    out += value == values.end() ? name : value->second;
    at = end + 1;
  }
  return out;
}

std::string safe_way(const Rule& rule, const RuleValues& values) {
  bool brackets = false;
  for (const auto& [name, value] : values) brackets = brackets || value.find("]]") != std::string::npos;
  return fill_in(brackets ? with_longer_brackets(rule.safe) : rule.safe, values);
}

std::string wrong_silence(const Silence& silence) {
  const std::vector<std::string> names = lint_rule_names();
  for (const std::string& name : names) {
    if (name != silence.rule) continue;
    return trim(silence.reason).empty() ? cat("the silence of '", name, "' has no reason") : "";
  }
  const std::string near = nearest(silence.rule, names);
  return cat("there is no lint rule '", silence.rule, "'", near.empty() ? "" : cat(" (did you mean '", near, "'?)"));
}

}  // namespace tide
