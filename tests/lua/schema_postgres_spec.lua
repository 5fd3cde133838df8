-- Which statements are sent, and that they work: each in its own transaction, or all in one.
local check = require "check"
local schema = require "tide.schema"

local function make(db)
  db:execute "CREATE TABLE orgs (id bigint PRIMARY KEY)"
  db:execute "CREATE TABLE users (id bigint PRIMARY KEY, email text, org_id bigint)"
  db:execute "INSERT INTO orgs VALUES (1)"
  db:execute "INSERT INTO users VALUES (1, 'a', 1), (2, 'b', 1)"
  -- what each command leaves in an event trigger's log, with the transaction it was in
  db:execute "CREATE TABLE seen (n bigint GENERATED ALWAYS AS IDENTITY, tag text, xid xid8, query text)"
  db:execute [[CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $f$
    BEGIN INSERT INTO seen (tag, xid, query) VALUES (tg_tag, pg_current_xact_id(), current_query()); END $f$]]
  db:execute "CREATE EVENT TRIGGER note ON ddl_command_end EXECUTE FUNCTION note()"
  db:execute "TRUNCATE seen"
end

local function seen(db) return db:query "SELECT tag, xid::text, query FROM seen ORDER BY n" end

local function queries(db)
  local list = {}
  for i, row in ipairs(seen(db)) do list[i] = row.query end
  return list
end

local function transactions(db) return db:value "SELECT count(DISTINCT xid) FROM seen" end

return {
  postgres = {
    ["NOT NULL goes through a validated check where statements commit by themselves"] = function(db)
      make(db)
      schema.alter_column(db, "users", "email", { not_null = true })
      check.same(queries(db), {
        "ALTER TABLE users ADD CONSTRAINT users_email_not_null CHECK (email IS NOT NULL) NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT users_email_not_null",
        "ALTER TABLE users ALTER COLUMN email SET NOT NULL",
        "ALTER TABLE users DROP CONSTRAINT users_email_not_null",
      })
      check.equal(transactions(db), 4)
      check.equal(schema.snapshot(db).tables["public.users"].columns.email.not_null, true)
    end,

    ["... goes on where it stopped when it runs again"] = function(db)
      make(db)
      db:execute "UPDATE users SET email = NULL WHERE id = 2"
      check.raises({ kind = "sql", sqlstate = "23514" }, schema.alter_column, db, "users", "email", { not_null = true })
      db:execute "UPDATE users SET email = 'b' WHERE id = 2"
      schema.alter_column(db, "users", "email", { not_null = true })
      check.equal(db:value "SELECT count(*) FROM pg_constraint WHERE conname = 'users_email_not_null'", 0)
    end,

    ["... is one statement in a transaction, and on a table that is new"] = function(db)
      make(db)
      db:transaction(function() schema.alter_column(db, "users", "email", { not_null = true }) end)
      schema.create_table(db, "fresh", { { "id", "id" }, { "a", "text" } })
      schema.alter_column(db, "fresh", "a", { not_null = true })
      check.equal(#queries(db), 3)
    end,

    ["a foreign key and a check are added first and validated behind"] = function(db)
      make(db)
      schema.add_foreign_key(db, "users", "org_id", "orgs", { on_delete = "cascade" })
      schema.add_check(db, "users", "mailed", "email <> ''")
      check.same(queries(db), {
        "ALTER TABLE users ADD CONSTRAINT users_org_id_fkey FOREIGN KEY (org_id) REFERENCES orgs ON DELETE CASCADE NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT users_org_id_fkey",
        "ALTER TABLE users ADD CONSTRAINT mailed CHECK (email <> '') NOT VALID",
        "ALTER TABLE users VALIDATE CONSTRAINT mailed",
      })
      check.equal(transactions(db), 4)
    end,

    ["a foreign key that failed to validate is taken up again"] = function(db)
      make(db)
      db:execute "UPDATE users SET org_id = 9 WHERE id = 2"
      check.raises({ kind = "sql", sqlstate = "23503" }, schema.add_foreign_key, db, "users", "org_id", "orgs")
      db:execute "UPDATE users SET org_id = 1"
      schema.add_foreign_key(db, "users", "org_id", "orgs")
      check.equal(db:value "SELECT convalidated FROM pg_constraint WHERE conname = 'users_org_id_fkey'", true)
    end,

    ["validate = false leaves it to validate_constraint"] = function(db)
      make(db)
      local sql = "SELECT convalidated FROM pg_constraint WHERE conname = 'users_org_id_fkey'"
      db:transaction(function() schema.add_foreign_key(db, "users", "org_id", "orgs", { validate = false }) end)
      check.equal(db:value(sql), false)
      schema.validate_constraint(db, "users", "users_org_id_fkey")
      check.equal(db:value(sql), true)
    end,

    ["a new column that refers to a table gets its key in two steps"] = function(db)
      make(db)
      schema.add_column(db, "users", "boss_id", "bigint", { references = "users" })
      check.equal(queries(db)[1], "ALTER TABLE users ADD COLUMN boss_id bigint")
      check.equal(#queries(db), 3)
    end,

    ["indexes are built and dropped concurrently outside of a transaction"] = function(db)
      make(db)
      schema.add_index(db, "users", "email", { unique = true })
      schema.add_unique(db, "users", { "org_id", "email" })
      schema.drop_index(db, "users", "users_email_idx")
      check.same(queries(db), {
        "CREATE UNIQUE INDEX CONCURRENTLY users_email_idx ON users (email)",
        "CREATE UNIQUE INDEX CONCURRENTLY users_org_id_email_key ON users (org_id, email)",
        "ALTER TABLE users ADD CONSTRAINT users_org_id_email_key UNIQUE USING INDEX users_org_id_email_key",
        "DROP INDEX CONCURRENTLY users_email_idx",
      })
      check.equal(db:value "SELECT to_regclass('users_email_idx')", nil)
    end,

    ["CONCURRENTLY in a transaction is refused, with what to write"] = function(db)
      make(db)
      local failure = check.raises({ kind = "usage" }, db.transaction, db, function()
        schema.add_index(db, "users", "email", { concurrently = true })
      end)
      check.contains(failure.message, "transaction = false")
      db:transaction(function()
        schema.add_index(db, "users", "email")
        schema.create_table(db, "fresh", { { "id", "id" }, { "a", "text" } })
        schema.add_index(db, "fresh", "a", { concurrently = true })
      end)
    end,

    ["a partitioned table has its index in one piece"] = function(db)
      schema.create_table(db, "logs", {
        { "at", "date" }, postgres = { suffix = "PARTITION BY RANGE (at)" },
      })
      db:execute "CREATE TABLE logs_25 PARTITION OF logs FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
      check.equal(schema.snapshot(db).tables["public.logs"] ~= nil, true)
      schema.add_index(db:connect "same", "logs", "at")
      check.equal(db:value "SELECT indisvalid FROM pg_index WHERE indexrelid = 'logs_at_idx'::regclass", true)
    end,

    ["comments, methods, INCLUDE, expressions"] = function(db)
      make(db)
      schema.comment(db, "users", { text = "people" })
      schema.comment(db, "users", { column = "email", text = "it's" })
      schema.add_column(db, "users", "doc", "json", { comment = "free" })
      schema.add_index(db, "users", "doc", { method = "gin" })
      schema.add_index(db, "users", { schema.sql "lower(email)" }, { include = { "org_id" }, where = "org_id > 0", name = "i" })
      local users = schema.snapshot(db).tables["public.users"]
      check.equal(users.comment, "people")
      check.equal(users.columns.email.comment, "it's")
      check.equal(users.columns.doc.comment, "free")
      check.contains(users.indexes.users_doc_idx.definition, "USING gin")
      check.contains(users.indexes.i.definition, "INCLUDE (org_id)")
    end,

    ["tables of other schemas"] = function(db)
      db:execute 'CREATE SCHEMA "Au.dit"'
      schema.create_table(db, '"Au.dit"."Log.1"', { { "id", "id" }, { "a", "text", unique = true } })
      schema.add_index(db, '"Au.dit"."Log.1"', "a", { name = "A i" })
      schema.rename_table(db, '"Au.dit"."Log.1"', "log")
      schema.add_column(db, '"Au.dit".log', "self", "bigint", { references = '"Au.dit".log' })
      schema.drop_index(db, '"Au.dit".log', "A i")
      schema.drop_table(db, '"Au.dit".log')
      check.equal(db:value "SELECT count(*) FROM pg_class WHERE relnamespace = '\"Au.dit\"'::regnamespace", 0)
    end,
  },
}
