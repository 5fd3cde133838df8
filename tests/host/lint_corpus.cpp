#include "host/lint_corpus.h"

namespace tide::test {

const char* const kLintSchema = R"sql(
CREATE TABLE users (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text, name varchar(50), age integer, note text,
  created timestamptz, amount numeric(10,2), code char(3), seen timestamp(3),
  checked text CONSTRAINT checked_there CHECK (checked IS NOT NULL),
  doubted text);
CREATE INDEX users_email_idx ON users (email);
CREATE UNIQUE INDEX users_checked_uq ON users (checked);
CREATE UNIQUE INDEX users_age_uq ON users (age);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, owner_id bigint, total numeric, placed timestamptz);
CREATE INDEX orders_owner_idx ON orders (owner_id, placed);
CREATE TABLE events (id bigint, at timestamptz NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_2025 (id bigint, at timestamptz NOT NULL);
CREATE TABLE events_2026 (id bigint, at timestamptz NOT NULL CHECK (at >= '2026-01-01' AND at < '2027-01-01'));
CREATE TABLE staging (id bigint);
CREATE SCHEMA billing;
CREATE TABLE billing."Odd One" (id bigint, "Größe 😀" integer);
CREATE VIEW adults AS SELECT * FROM users WHERE age >= 18;
CREATE MATERIALIZED VIEW totals AS SELECT 1::bigint AS user_id, 2 AS total;
CREATE TYPE mood AS ENUM ('fine', 'tired');
CREATE DOMAIN positive AS integer;
INSERT INTO users (email, name, age, checked) SELECT 'u' || n, 'n' || n, n, 'x' || n FROM generate_series(1, 200) n;
INSERT INTO orders SELECT n, n, n, n, now() FROM generate_series(1, 200) n;
INSERT INTO events_2024 SELECT n, '2024-06-01' FROM generate_series(1, 50) n;
INSERT INTO events_2025 SELECT n, '2025-06-01' FROM generate_series(1, 50) n;
INSERT INTO events_2026 SELECT n, '2026-06-01' FROM generate_series(1, 50) n;
INSERT INTO billing."Odd One" SELECT n, n FROM generate_series(1, 50) n;
ALTER TABLE users ADD CONSTRAINT doubted_there CHECK (doubted IS NOT NULL) NOT VALID;
)sql";

const std::vector<LintCase> kDangerous = {
    {"CREATE INDEX ON orders (user_id)", "create-index"},
    {"CREATE UNIQUE INDEX orders_u ON orders USING btree (user_id) WHERE total > 0", "create-index"},
    {"CREATE INDEX i ON public.users (lower(email))", "create-index"},
    {"CREATE INDEX i ON billing.\"Odd One\" (\"Größe 😀\")", "create-index"},
    {"CREATE INDEX i ON events (id)", "create-index-partitioned"},
    {"CREATE INDEX CONCURRENTLY i ON orders (user_id)", "concurrently-in-transaction"},
    {"DROP INDEX CONCURRENTLY users_email_idx", "concurrently-in-transaction"},
    {"REINDEX TABLE CONCURRENTLY users", "concurrently-in-transaction"},
    {"ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY", "concurrently-in-transaction"},
    {"BEGIN; CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (user_id); COMMIT", "concurrently-in-transaction",
     false},
    {"REINDEX TABLE users", "reindex"},
    {"REINDEX INDEX users_email_idx", "reindex"},
    {"REINDEX SCHEMA public", "reindex"},
    {"ALTER TABLE users ADD COLUMN token uuid DEFAULT gen_random_uuid()", "add-column-rewrite"},
    {"ALTER TABLE users ADD COLUMN luck float8 NOT NULL DEFAULT random() * 2", "add-column-rewrite"},
    {"ALTER TABLE users ADD COLUMN seen_at timestamptz DEFAULT clock_timestamp()", "add-column-rewrite"},
    {"ALTER TABLE users ADD COLUMN number bigserial", "add-column-rewrite serial"},
    {"ALTER TABLE users ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY", "add-column-rewrite"},
    {"ALTER TABLE users ADD COLUMN low text GENERATED ALWAYS AS (lower(email)) STORED", "add-column-rewrite"},
    {"ALTER TABLE users ADD COLUMN plan text NOT NULL", "add-column-not-null"},
    {"ALTER TABLE users ADD COLUMN plan text NOT NULL DEFAULT NULL", "add-column-not-null"},
    {"ALTER TABLE users ALTER COLUMN age TYPE bigint", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN name TYPE varchar(20)", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN email TYPE varchar(200)", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN amount TYPE numeric(12,4)", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN note TYPE text USING upper(note)", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN email TYPE text COLLATE \"C\"", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN code TYPE text", "alter-type"},
    {"ALTER TABLE users ALTER COLUMN age SET NOT NULL", "set-not-null"},
    {"ALTER TABLE users ALTER COLUMN doubted SET NOT NULL", "set-not-null"},
    {"ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18)", "add-check"},
    {"ALTER TABLE users ADD COLUMN plan text CHECK (plan <> '')", "add-check"},
    {"ALTER DOMAIN positive ADD CONSTRAINT p CHECK (VALUE > 0)", "add-check"},
    {"ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (owner_id) REFERENCES users", "add-foreign-key"},
    {"ALTER TABLE orders ADD COLUMN payer bigint DEFAULT 1 REFERENCES users; CREATE INDEX CONCURRENTLY p ON orders "
     "(payer)",
     "add-foreign-key concurrently-in-transaction"},
    {"ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID; ALTER TABLE users VALIDATE CONSTRAINT adult",
     "validate-in-transaction"},
    {"BEGIN; ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (owner_id) REFERENCES users NOT VALID; "
     "ALTER TABLE orders VALIDATE CONSTRAINT o; COMMIT",
     "validate-in-transaction", false},
    {"ALTER TABLE users ADD CONSTRAINT u UNIQUE (email)", "add-unique"},
    {"ALTER TABLE events_2025 ADD PRIMARY KEY (id)", "add-unique"},
    {"ALTER TABLE users ADD COLUMN slug text UNIQUE", "add-unique"},
    {"ALTER TABLE users ADD CONSTRAINT x EXCLUDE USING btree (email WITH =)", "add-exclusion"},
    {"ALTER TABLE events_2025 SET UNLOGGED", "table-rewrite"},
    {"ALTER TABLE users SET TABLESPACE fast", "table-rewrite"},
    {"VACUUM FULL users", "vacuum-full", false},
    {"VACUUM (FULL, ANALYZE) users, orders", "vacuum-full vacuum-full", false},
    {"CLUSTER users USING users_email_idx", "vacuum-full"},
    {"REFRESH MATERIALIZED VIEW totals", "refresh-view"},
    {"ALTER TABLE users RENAME COLUMN email TO mail", "rename-column"},
    {"ALTER TABLE users RENAME TO people", "rename-table"},
    {"ALTER VIEW adults RENAME TO grown_ups", "rename-table"},
    {"ALTER TABLE users SET SCHEMA billing", "rename-table"},
    {"ALTER SCHEMA billing RENAME TO invoices", "rename-table"},
    {"ALTER TABLE users DROP COLUMN email", "drop-column"},
    {"ALTER TABLE users DROP age, DROP COLUMN IF EXISTS note CASCADE", "drop-column drop-column cascade"},
    {"DROP TABLE users", "drop-table"},
    {"DROP TABLE IF EXISTS orders, billing.\"Odd One\"", "drop-table drop-table"},
    {"DROP MATERIALIZED VIEW totals", "drop-table"},
    {"DROP TABLE orders CASCADE", "drop-table cascade"},
    {"DROP VIEW adults CASCADE", "cascade"},
    {"DROP TYPE mood CASCADE", "cascade"},
    {"DROP SCHEMA billing CASCADE", "drop-schema cascade"},
    {"DROP OWNED BY app", "drop-schema"},
    {"DROP DATABASE shop", "drop-database", false},
    {"TRUNCATE orders", "truncate"},
    {"TRUNCATE orders, users RESTART IDENTITY CASCADE", "truncate truncate cascade"},
    {"UPDATE users SET note = ''", "update-without-where"},
    {"UPDATE users SET note = o.total::text FROM orders o", "update-without-where"},
    {"WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone", "delete-without-where"},
    {"DELETE FROM orders", "delete-without-where"},
    {"ALTER TABLE users ADD COLUMN plan text; UPDATE users SET plan = 'free' WHERE plan IS NULL", "backfill-with-ddl"},
    {"ALTER TABLE users ADD COLUMN plan text; DELETE FROM orders WHERE total = 0", "backfill-with-ddl"},
    {"LOCK TABLE users", "lock-table"},
    {"LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE", "lock-table"},
    {"SET LOCAL lock_timeout = 0", "no-lock-timeout"},
    {"SET LOCAL lock_timeout = '0s'", "no-lock-timeout"},
    {"ALTER TABLE events ATTACH PARTITION events_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')",
     "attach-partition"},
    {"ALTER TABLE events DETACH PARTITION events_2024", "detach-partition"},
    {"ALTER TABLE users DISABLE TRIGGER ALL", "disable-trigger"},
    {"ALTER TABLE users DISABLE TRIGGER audit", "disable-trigger"},
    {"ALTER TABLE users DISABLE ROW LEVEL SECURITY", "disable-row-security"},
    {"GRANT SELECT ON users TO PUBLIC", "grant-public"},
    {"GRANT ALL ON ALL TABLES IN SCHEMA billing TO app, PUBLIC", "grant-public"},
    {"GRANT CREATE ON SCHEMA public TO PUBLIC", "grant-public"},
    {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC", "grant-public"},
    {"ALTER TYPE mood ADD VALUE 'angry'; UPDATE users SET note = 'angry' WHERE id = 1", "enum-value-in-transaction"},
    {"CREATE TABLE fresh (id bigint); DROP TABLE fresh; DROP TABLE users", "drop-table"},
    {"ALTER TABLE users RENAME TO people; DROP TABLE people", "rename-table drop-table"},
};

const std::vector<LintCase> kAdvised = {
    {"DROP INDEX users_email_idx", "drop-index"},
    {"CREATE TABLE t (id serial PRIMARY KEY)", "serial int-primary-key"},
    {"CREATE TABLE t (id int, PRIMARY KEY (id))", "int-primary-key"},
    {"CREATE TABLE t (j json, c char(3), v varchar(20), at timestamp)",
     "json-type char-type varchar-type timestamp-type"},
    {"ALTER TABLE users ADD COLUMN j json", "json-type"},
    {"CREATE TABLE t (user_id bigint REFERENCES users)", "foreign-key-index"},
    {"ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT VALID", "foreign-key-index"},
    {"SET search_path = billing", "session-setting"},
    {"SELECT pg_advisory_lock(42)", "session-lock"},
    {"ALTER TABLE users ADD COLUMN a int; ALTER TABLE orders ADD COLUMN a int", "many-locks"},
    {"DO $$ BEGIN PERFORM 1; END $$", "not-looked-into"},
    {"CALL tidy_up()", "not-looked-into"},
    {"CREATE TABLE a (id bigint); CREATE TABLE b (id bigint)", "not-repeatable", false},
    {"CREATE INDEX CONCURRENTLY i ON orders (user_id); DROP INDEX CONCURRENTLY users_email_idx; "
     "ALTER TABLE users ADD COLUMN a int; ANALYZE users",
     "not-repeatable not-repeatable not-repeatable", false},
    {"MERGE INTO users AS u USING users AS o ON u.id = o.id WHEN MATCHED THEN FROBNICATE", "not-parsed"},
};

const std::vector<LintCase> kHarmless = {
    {"CREATE TABLE t (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL, at timestamptz, j jsonb, "
     "tags text[], code text CHECK (length(code) = 3))",
     ""},
    {"CREATE TABLE t (id bigint); CREATE INDEX ON t (id); ALTER TABLE t ALTER COLUMN id TYPE text; "
     "ALTER TABLE t ADD UNIQUE (id); ALTER TABLE t ALTER COLUMN id SET NOT NULL; ALTER TABLE t RENAME COLUMN id TO k",
     ""},
    {"CREATE TABLE t (id bigint); UPDATE t SET id = 1; DELETE FROM t; TRUNCATE t; DROP TABLE t", ""},
    {"CREATE TABLE t (user_id bigint REFERENCES users); CREATE INDEX ON t (user_id)", ""},
    {"CREATE TABLE t (a bigint, b bigint, UNIQUE (b, a), FOREIGN KEY (a, b) REFERENCES pairs (x, y))", ""},
    {"CREATE TABLE t (id bigint); ALTER TABLE t RENAME TO u; DROP TABLE u", ""},
    {"CREATE TABLE \"T\" (id bigint); CREATE INDEX ON \"T\" (id); INSERT INTO \"T\" VALUES (1)", ""},
    {"CREATE TEMP TABLE scratch AS SELECT * FROM users; UPDATE scratch SET note = ''; DROP TABLE scratch", ""},
    {"SELECT * INTO kept FROM users WHERE age > 90; CREATE INDEX ON kept (id)", ""},
    {"CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON orders (user_id)", "", false},
    {"CREATE INDEX CONCURRENTLY i ON orders (user_id)", "", false},
    {"CREATE INDEX IF NOT EXISTS users_email_idx ON users (email)", ""},
    {"CREATE INDEX IF NOT EXISTS i ON ONLY events (id)", ""},
    {"DROP INDEX CONCURRENTLY IF EXISTS users_email_idx", "", false},
    {"REINDEX INDEX CONCURRENTLY users_email_idx", "", false},
    {"REFRESH MATERIALIZED VIEW CONCURRENTLY totals", ""},
    {"CREATE MATERIALIZED VIEW m AS SELECT 1 AS a; REFRESH MATERIALIZED VIEW m", ""},
    {"ALTER TABLE users ADD COLUMN plan text", ""},
    {"ALTER TABLE users ADD COLUMN IF NOT EXISTS plan text DEFAULT 'free' NOT NULL", ""},
    {"ALTER TABLE users ADD COLUMN IF NOT EXISTS email text UNIQUE", ""},
    {"ALTER TABLE users ADD COLUMN since timestamptz NOT NULL DEFAULT now()", ""},
    {"ALTER TABLE users ADD COLUMN since date DEFAULT CURRENT_DATE", ""},
    {"ALTER TABLE users ADD COLUMN low text DEFAULT lower('X')", ""},
    {"ALTER TABLE users ALTER COLUMN name TYPE varchar(100)", ""},
    {"ALTER TABLE users ALTER COLUMN name TYPE text", ""},
    {"ALTER TABLE users ALTER COLUMN name TYPE text USING name::text", ""},
    {"ALTER TABLE users ALTER COLUMN amount TYPE numeric(12,2)", ""},
    {"ALTER TABLE users ALTER COLUMN amount TYPE numeric", ""},
    {"ALTER TABLE users ALTER COLUMN seen TYPE timestamp(6)", ""},
    {"ALTER TABLE users ALTER COLUMN age TYPE int4", ""},
    {"ALTER TABLE users ALTER COLUMN checked SET NOT NULL", ""},
    {"ALTER TABLE users ALTER COLUMN id SET NOT NULL", ""},
    {"ALTER TABLE users ADD CONSTRAINT age_there CHECK (age IS NOT NULL) NOT VALID; "
     "ALTER TABLE users VALIDATE CONSTRAINT age_there; ALTER TABLE users ALTER COLUMN age SET NOT NULL; "
     "ALTER TABLE users DROP CONSTRAINT age_there",
     "", false},
    {"ALTER TABLE users VALIDATE CONSTRAINT doubted_there", ""},
    {"ALTER TABLE users ALTER COLUMN note SET DEFAULT gen_random_uuid()::text", ""},
    {"ALTER TABLE users ALTER COLUMN note DROP DEFAULT, ALTER COLUMN note DROP NOT NULL", ""},
    {"ALTER TABLE users ADD CONSTRAINT adult CHECK (age >= 18) NOT VALID", ""},
    {"ALTER DOMAIN positive ADD CONSTRAINT p CHECK (VALUE > 0) NOT VALID", ""},
    {"ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (owner_id) REFERENCES users NOT VALID", ""},
    {"ALTER TABLE orders ADD CONSTRAINT o FOREIGN KEY (user_id) REFERENCES users NOT VALID; "
     "ALTER TABLE orders VALIDATE CONSTRAINT o; CREATE INDEX CONCURRENTLY i ON orders (user_id)",
     "", false},
    {"ALTER TABLE users ADD CONSTRAINT u UNIQUE USING INDEX users_checked_uq", ""},
    {"ALTER TABLE users DROP CONSTRAINT doubted_there", ""},
    {"ALTER TABLE users RENAME CONSTRAINT doubted_there TO doubted_set", ""},
    {"ALTER INDEX users_email_idx RENAME TO users_mail_idx", ""},
    {"ALTER TABLE events ATTACH PARTITION events_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')", ""},
    {"CREATE TABLE events_2027 (LIKE events); ALTER TABLE events ATTACH PARTITION events_2027 FOR VALUES FROM "
     "('2027-01-01') TO ('2028-01-01')",
     ""},
    {"ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY", "", false},
    {"ALTER TABLE users ENABLE TRIGGER ALL", ""},
    {"ALTER TABLE users ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON users USING (email = current_user)", ""},
    {"ALTER TABLE users ALTER COLUMN email SET STATISTICS 500; ALTER TABLE orders SET (fillfactor = 90)", ""},
    {"UPDATE users SET note = '' WHERE note IS NULL", ""},
    {"DELETE FROM orders WHERE placed < now() - interval '7 years'", ""},
    {"INSERT INTO users (email) VALUES ('a'), ('b') ON CONFLICT DO NOTHING", ""},
    {"SELECT count(*) FROM users; SELECT pg_advisory_xact_lock(1)", ""},
    {"CREATE FUNCTION wipe() RETURNS void LANGUAGE sql AS 'DELETE FROM users'", ""},
    {"CREATE RULE r AS ON DELETE TO orders DO INSTEAD UPDATE orders SET total = 0", ""},
    {"SET LOCAL lock_timeout = '2s'; SET LOCAL search_path = public; RESET statement_timeout", ""},
    {"SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", ""},
    {"LOCK TABLE users IN ROW EXCLUSIVE MODE", ""},
    {"ALTER TYPE mood ADD VALUE IF NOT EXISTS 'angry'", ""},
    {"ALTER TYPE mood ADD VALUE 'angry'; UPDATE users SET note = 'calm' WHERE id = 1", ""},
    {"GRANT SELECT ON users TO app; GRANT EXECUTE ON FUNCTION lower(text) TO PUBLIC; GRANT USAGE ON SCHEMA billing TO "
     "PUBLIC",
     ""},
    {"REVOKE ALL ON users FROM PUBLIC", ""},
    {"COMMENT ON TABLE users IS 'DROP TABLE users'; SELECT 'TRUNCATE users'", ""},
    {"CREATE OR REPLACE VIEW adults AS SELECT * FROM users; DROP VIEW adults", ""},
    {"CREATE SCHEMA attic; DROP SCHEMA attic", ""},
    {"VACUUM (ANALYZE) users", "", false},
    {"SET LOCAL statement_timeout = '1min'", "", false},  // of a dry run: in db:transaction
    {"COPY users (email) FROM STDIN", ""},
    {"CREATE TABLE IF NOT EXISTS users (id int PRIMARY KEY)", ""},
    {"-- DROP TABLE users;\nSELECT 1 /* TRUNCATE users */", ""},
    {"CREATE TABLE IF NOT EXISTS a (id bigint); CREATE TABLE IF NOT EXISTS b (id bigint)", "", false},
};

}  // namespace tide::test
