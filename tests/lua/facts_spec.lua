local check = require "check"
local facts = require "tide.facts"
local ddl = require "tide.schema"

local function make(db)
  ddl.create_table(db, "users", { { "id", "id" }, { "email", "text", unique = true } })
end

local TABLE = '"Odd Table"'

local function make_odd(db) ddl.create_table(db, TABLE, { { "id", "id" } }) end

return {
  ["facts are a plain value"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" }, { "email", "text", unique = true } })
    make_odd(db)
    db:execute "INSERT INTO users (email) VALUES ('a'), ('b'), (NULL)"
    local taken = facts.take(db, { values = { nameless = "SELECT count(*) FROM users WHERE email IS NULL", none = "SELECT NULL" } })
    check.equal(taken.counts.tables, 2)
    check.equal(taken.counts.columns, 3)
    check.equal(taken.rows.users, 3)
    check.equal(taken.rows[db.engine == "postgres" and TABLE or "Odd Table"], 0)
    check.equal(taken.values.nameless, 1)
    check.equal(taken.values.none, null)
    check.same(json.decode(json.encode(taken)).rows, taken.rows)
  end,

  ["what is expected passes and gives the comparison"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" }, { "email", "text" } })
    db:execute "INSERT INTO users (email) VALUES ('a')"
    local before = facts.take(db)
    ddl.create_table(db, "orders", { { "id", "id" }, { "total", "integer" } })
    db:execute "INSERT INTO users (email) VALUES ('b'), ('c')"
    db:execute "INSERT INTO orders (total) VALUES (1)"
    local constraints = db.engine == "postgres" and 1 or 1
    local comparison = facts.compare(before, facts.take(db), {
      tables = 1, columns = 2, constraints = constraints, indexes = { 0, 1 }, rows = { users = { 1, 2 } },
    })
    local text = facts.table(comparison)
    check.contains(text, "fact")
    check.contains(text, "rows.users")
    check.contains(text, "+1 to +2")
  end,

  ["every surprise is listed, with what was expected and found"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" }, { "email", "text" } })
    local values = { emails = "SELECT count(email) FROM users" }
    local before = facts.take(db, { values = values })
    db:execute "INSERT INTO users (email) VALUES ('b'), ('c')"
    ddl.add_column(db, "users", "phone", "text")
    local failure = check.raises({ kind = "verify" }, facts.compare, before, facts.take(db, { values = values }), { tables = 1 })
    check.contains(failure.message, "tables: expected +1, found 1 before and 1 after")
    check.contains(failure.message, "columns: expected unchanged, found 2 before and 3 after")
    check.contains(failure.message, "rows.users: expected unchanged, found 0 before and 2 after")
    check.contains(failure.message, "values.emails: expected unchanged, found 0 before and 2 after")
    check.contains(failure.detail, "<- not as expected")
  end,

  ["a change that no count tells is a surprise"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" }, { "email", "text" } })
    local before = facts.take(db)
    ddl.alter_column(db, "users", "email", { not_null = true })
    local after = facts.take(db)
    local failure = check.raises({ kind = "verify" }, facts.compare, before, after)
    check.contains(failure.message, "schema: expected unchanged")
    facts.compare(before, after, { schema = "any" })
  end,

  ["nothing happened, nothing is said"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" } })
    local before = facts.take(db, { sizes = true })
    facts.compare(before, facts.take(db, { sizes = true }), {})
    check.equal(before.sizes.users > 0, true)
  end,

  ["values may be expected to be something"] = function(db)
    local before = facts.take(db, { values = { x = "SELECT 1", name = "SELECT 'a'" } })
    local after = facts.take(db, { values = { x = "SELECT 5", name = "SELECT 'b'" } })
    facts.compare(before, after, { values = { x = 4, name = { to = "b" } } })
    facts.compare(before, after, { values = "any" })
    check.raises({ kind = "verify" }, facts.compare, before, after, { values = { x = { to = 6 }, name = "any" } })
    check.raises({ kind = "verify" }, facts.compare, before, after, { values = { x = "any", name = 1 } })
  end,

  ["rows of some tables only, or of none"] = function(db)
    make_odd(db)
    ddl.create_table(db, "users", { { "id", "id" } })
    check.same(facts.take(db, { rows = { "users" } }).rows, { users = 0 })
    check.equal(facts.take(db, { rows = false }).rows, nil)
  end,

  ["inside a transaction it sees what is not committed"] = function(db)
    ddl.create_table(db, "users", { { "id", "id" } })
    db:transaction(function()
      db:execute "INSERT INTO users (id) VALUES (1)"
      check.equal(facts.take(db).rows.users, 1)
    end)
  end,

  ["wrong use is refused"] = function(db)
    make(db)
    local taken = facts.take(db)
    local function refused(message, fn, ...) check.contains(check.raises({ kind = "usage" }, fn, ...).message, message) end
    refused("did you mean 'values'?", facts.take, db, { value = {} })
    refused("takes what facts.take returned", facts.compare, taken, {})
    refused("did you mean 'tables'?", facts.compare, taken, taken, { table = 1 })
    refused("did you mean 'users'?", facts.compare, taken, taken, { rows = { user = 1 } })
    refused("is a change (9)", facts.compare, taken, taken, { tables = "many" })
    refused("is a change (9)", facts.compare, taken, taken, { rows = { users = { 1 } } })
    refused("values.x is a query", facts.take, db, { values = { x = 1 } })
  end,

  postgres = {
    ["large tables are estimated when asked for"] = function(db)
      db:execute "CREATE TABLE big AS SELECT generate_series(1, 5000) AS n"
      db:execute "ANALYZE big"
      db:execute "INSERT INTO big VALUES (0)"
      local taken = facts.take(db, { estimate_above = 1000 })
      check.equal(taken.rows.big, 5000)
      check.equal(taken.estimated.big, true)
      check.equal(facts.take(db).rows.big, 5001)
    end,
  },
}
