-- expect, on what a schema holds.
local check = require "check"
local ddl = require "tide.schema"
local expect = require "tide.expect"

local function fails(message, fn, ...)
  local failure = check.raises({ kind = "verify" }, fn, ...)
  check.contains(failure.message, message)
end

local function make(db)
  ddl.create_table(db, "orgs", { { "id", "id" }, { "code", "text", not_null = true, unique = true } })
  ddl.create_table(db, "users", {
    { "id", "id" }, { "email", "varchar(80)", not_null = true, default = "x" }, { "doc", "json" }, { "at", "timestamptz" },
    { "price", "numeric(10, 2)" }, { "key", "uuid" },
    { "org_id", "bigint", references = "orgs", on_delete = "cascade" }, checks = { { "price > 0", name = "dear" } },
  })
  ddl.add_index(db, "users", { "org_id", "email" }, { unique = true, name = "by_org" })
  db:execute "CREATE VIEW mails AS SELECT email FROM users"
end

return {
  ["columns have types, defaults, NULL or not"] = function(db)
    make(db)
    expect.table(db, "users"):has_columns { id = "id", email = "varchar(80)", doc = "json", at = "timestamptz", key = "uuid" }
    expect.column(db, "users", "price"):type("numeric(10,2)"):nullable()
    expect.column(db, "users", "email"):not_null()
    expect.column(db, "users", "at"):default(nil)
    local email = expect.column(db, "users", "email")
    fails("to be text, it is", email.type, email, "text")
    fails("expected column email of users to take NULL, it refuses it", email.nullable, email)
    fails("expected column email of users to have the default NULL, it is", email.default, email, nil)
    fails("(did you mean email?)", expect.column, db, "users", "emial")
    fails("expected a table user, there is none (did you mean users?)", expect.table, db, "user")
    local price = expect.column(db, "users", "price")
    fails("to be numeric(10,3), it is numeric(10", price.type, price, "numeric(10,3)")
    fails("to refuse NULL, it takes it", price.not_null, price)
  end,

  ["indexes: unique, on what, valid"] = function(db)
    make(db)
    expect.index(db, "by_org"):unique():on("users", { "org_id", "email" })
    expect.table(db, "users"):has_index_on("org_id"):has_index_on { "org_id", "email" }
    local by_org = expect.index(db, "by_org")
    fails("expected index by_org to be on orgs, it is on users", by_org.on, by_org, "orgs")
    fails("expected index by_org on (email), it is on (org_id, email)", by_org.on, by_org, "users", "email")
    fails("expected a valid index of users on (email)", function() expect.table(db, "users"):has_index_on "email" end)
    fails("expected no index by_org, there is one on users", expect.no_index, db, "by_org")
    expect.no_index(db, "by_organisation")
    fails("(did you mean by_org?)", expect.index, db, "by_orgs")
    ddl.add_index(db, "users", "doc", { name = "plain", where = "price > 1" })
    local plain = expect.index(db, "plain")
    fails("expected index plain to be unique, it is not", plain.unique, plain)
  end,

  ["constraints: foreign key, unique, primary key, check"] = function(db)
    make(db)
    expect.foreign_key(db, "users", "org_id"):references("orgs"):on_delete("cascade"):on_update("no action")
    expect.unique(db, "users", { "email", "org_id" })
    expect.unique(db, "orgs", "code")
    expect.unique(db, "orgs", "id")
    expect.primary_key(db, "orgs", "id")
    expect.check(db, "users", "dear")
    local key = expect.foreign_key(db, "users", "org_id")
    fails("expected foreign key (org_id) of users to refer to users, it refers to", key.references, key, "users")
    fails("to restrict on delete, it does: cascade", key.on_delete, key, "restrict")
    fails("expected a foreign key (email) of users, it has (org_id)", expect.foreign_key, db, "users", "email")
    fails("expected a foreign key (id) of orgs, it has none", expect.foreign_key, db, "orgs", { "id" })
    fails("expected a unique key of users on (email), it has", expect.unique, db, "users", "email")
    fails("expected a primary key of orgs on (code), it has (id)", expect.primary_key, db, "orgs", "code")
    fails("expected table users to have a check dea, there is none (did you mean dear?)", expect.check, db, "users", "dea")
    fails("expected a table user, there is none (did you mean users?)", expect.unique, db, "user", "id")
    fails("expected a table user, there is none (did you mean users?)", expect.check, db, "user", "dear")
  end,

  ["views"] = function(db)
    make(db)
    expect.view(db, "mails")
    fails("expected a view mail, there is none (did you mean mails?)", expect.view, db, "mail")
    fails("expected a view users, there is none", expect.view, db, "users")
  end,

  ["unchanged: the same rows before and after"] = function(db)
    make(db)
    db:execute "INSERT INTO orgs (id, code) VALUES (1, 'a'), (2, 'b')"
    local sql = "SELECT id, code FROM orgs ORDER BY id"
    check.equal(expect.unchanged(db, sql, function() return "passed on" end), "passed on")
    fails('row 2 before: { code = "b", id = 2 }\nrow 2 after: { code = "c", id = 2 }', expect.unchanged, db, { "SELECT 1", sql },
      function() db:execute "UPDATE orgs SET code = 'c' WHERE id = 2" end)
    fails("row 3 before: no row", expect.unchanged, db, sql, function() db:execute "INSERT INTO orgs (id, code) VALUES (3, 'd')" end)
    check.raises({ kind = "usage" }, expect.unchanged, db, sql)
  end,

  ["rows: exactly these"] = function(db)
    local rows = expect.rows(db, "SELECT 1 AS a, 'x' AS b, NULL AS c")
    rows:equals { { a = 1, b = "x" } }
    rows:equals { { a = numeric "1.0", b = "x", c = null } }
    fails('row 1: expected { a = 2, b = "x" }, found { a = 1, b = "x" }', rows.equals, rows, { { a = 2, b = "x" } })
    fails("row 2: expected { a = 1 }, found no row", rows.equals, rows, { { a = 1, b = "x" }, { a = 1 } })
    fails("row 1: expected no row", rows.equals, rows, {})
  end,

  sqlite = {
    ["triggers are there; what SQLite has not is said"] = function(db)
      make(db)
      db:execute "CREATE TRIGGER tr AFTER DELETE ON orgs BEGIN SELECT 1; END"
      expect.trigger(db, "orgs", "tr")
      fails("expected table orgs to have a trigger tx, there is none", expect.trigger, db, "orgs", "tx")
      for name, call in pairs {
        policy = { "users", "p" }, row_security = { "users" }, extension = { "x" }, sequence = { "s" },
        enum_value = { "e", "a" }, function_ = { "f" },
      } do
        local failure = check.raises({ kind = "usage" }, expect[name], db, unpack(call))
        check.equal(failure.message, ("expect.%s: SQLite has no such thing"):format(name))
      end
    end,

    ["a view that no longer works is said to be so"] = function(db)
      make(db)
      db:execute "PRAGMA legacy_alter_table = ON"
      db:execute "DROP TABLE users"
      fails("expected view mails to work, it does not: ", expect.view, db, "mails")
    end,
  },

  postgres = {
    ["policies, row level security, triggers, functions, sequences, enums, extensions"] = function(db)
      make(db)
      db:script [[
        ALTER TABLE users ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON users FOR SELECT TO PUBLIC USING (true);
        CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE FUNCTION plus(a integer, b integer) RETURNS integer LANGUAGE sql AS 'SELECT a + b';
        CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touched();
        CREATE TRIGGER idle BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touched();
        ALTER TABLE users DISABLE TRIGGER idle;
        CREATE SEQUENCE numbers;
        CREATE TYPE mood AS ENUM ('sad', 'glad');
        CREATE MATERIALIZED VIEW frozen AS SELECT 1 AS one;
        CREATE INDEX CONCURRENTLY fine ON users (at);
        ALTER TABLE users ADD CONSTRAINT later FOREIGN KEY (id) REFERENCES orgs NOT VALID;
      ]]
      expect.policy(db, "users", "own"):command("select"):roles("PUBLIC")
      expect.row_security(db, "users")
      expect.trigger(db, "users", "touch")
      expect.function_(db, "plus")
      expect.function_(db, "plus(integer, integer)")
      expect.sequence(db, "numbers")
      expect.enum_value(db, "mood", { "sad", "glad" })
      expect.view(db, "frozen")
      expect.extension(db, "plpgsql")
      local own = expect.policy(db, "users", "own")
      fails("expected policy own of users to be for INSERT, it is for SELECT", own.command, own, "insert")
      fails("to be for app, it is for PUBLIC", own.roles, own, "app")
      fails("expected table users to have a policy owm, there is none (did you mean own?)", expect.policy, db, "users", "owm")
      fails("row level security of orgs to be on, it is off", expect.row_security, db, "orgs")
      fails("to be forced, it is on for others", expect.row_security, db, "users", true)
      fails("expected trigger idle of users to be enabled, it is: disabled", expect.trigger, db, "users", "idle")
      fails("expected a function plsu, there is none", expect.function_, db, "plsu")
      fails("expected a function plus(text), there is none", expect.function_, db, "plus(text)")
      fails("expected a sequence number, there is none (did you mean numbers?)", expect.sequence, db, "number")
      fails("expected enum mood to have bad, it has sad, glad", expect.enum_value, db, "mood", "bad")
      fails("expected an extension plperl, there is none", expect.extension, db, "plperl")
      fails("expected extension plpgsql to be of version 9, it is of 1.0", expect.extension, db, "plpgsql", "9")
      fails("foreign key later of users is not validated", expect.foreign_key, db, "users", "id")
    end,
  },
}
