-- Names as people have them, and what is refused with which words.
local check = require "check"
local schema = require "tide.schema"

local HARD = { "Users", "order", "a b", "tide🌊", "it's", ("x"):rep(63), "ü" .. ("x"):rep(61), "1st", "a.b" }

local function quoted(name) return '"' .. name:gsub('"', '""') .. '"' end

local function refused(message, fn, ...)
  local failure = check.raises({ kind = "usage" }, fn, ...)
  check.contains(failure.message, message)
end

local function whole_life(db, name)
  local t = quoted(name)
  local migration = schema.migration {
    change = function(s)
      s:create_table(t, { { "id", "id" }, { name, "text", unique = true, check = "1 = 1" }, { "up", "bigint", references = t } })
      s:add_column(t, "more " .. name:sub(1, 3), "integer", { unique = true })
      s:add_index(t, name)
      s:alter_column(t, name, { not_null = true, default = name, was = { default = null } })
      s:rename_column(t, "up", "down")
    end,
  }
  local before = schema.digest(db)
  db:transaction(function() migration.up(db) end)
  db:execute(("INSERT INTO %s (id) VALUES (1)"):format(quoted(name)))
  check.equal(db:value(("SELECT %s FROM %s"):format(quoted(name), quoted(name))), name)
  db:transaction(function() migration.down(db) end)
  check.equal(schema.digest(db), before)
end

return {
  ["names with upper case, words of SQL, blanks, dots, quotes, emoji, 63 bytes"] = function(db)
    for _, name in ipairs(HARD) do whole_life(db, name) end
    whole_life(db, 'q"uote')
  end,

  ["made up names keep to 63 bytes, cut no character, and differ"] = function(db)
    local long = ("ü"):rep(31)
    schema.create_table(db, long, { { "id", "id" }, { "aa", "text", unique = true }, { "ab", "text", unique = true } })
    local _, constraints = next(schema.snapshot(db).tables)
    local names = 0
    for name in pairs(constraints.constraints) do
      if name:find "_key$" then
        names = names + 1
        check.equal(#name <= 63, true)
      end
    end
    check.equal(names, 2)
  end,

  ["circular foreign keys are made, reverted and made again"] = function(db)
    local migration = schema.migration {
      change = function(s)
        s:create_table("a", { { "id", "id" }, { "b", "bigint" }, { "self", "bigint", references = "a" } })
        s:create_table("b", { { "id", "id" }, { "a", "bigint", references = "a" } })
        s:add_foreign_key("a", "b", "b", { deferrable = "deferred" })
      end,
    }
    local before = schema.digest(db)
    db:transaction(function() migration.up(db) end)
    db:transaction(function()
      db:execute "INSERT INTO a (id, b, self) VALUES (1, 1, 1)"
      db:execute "INSERT INTO b (id, a) VALUES (1, 1)"
    end)
    schema.add_column(db, "a", "c", "text", { unique = true })
    schema.alter_column(db, "b", "a", { not_null = true })
    check.equal(db:value "SELECT count(*) FROM a JOIN b ON b.a = a.id", 1)
    schema.alter_column(db, "b", "a", { not_null = false })
    schema.drop_column(db, "a", "c")
    db:transaction(function() migration.down(db) end)
    check.equal(schema.digest(db), before)
  end,

  ["wrong names are refused before anything is sent"] = function(db)
    local columns = { { "id", "id" } }
    refused("the name of a table is a text", schema.create_table, db, "", columns)
    refused("the name of a table is a text", schema.create_table, db, 7, columns)
    refused("has 3 parts", schema.create_table, db, '"a"."b"."c"', columns)
    refused("holds a NUL byte", schema.create_table, db, "a\0b", columns)
    refused("is a text, not a nil", schema.rename_column, db, "t", "a")
  end,

  ["wrong columns are refused, with what there is"] = function(db)
    local function create(...)
      local column = ...
      return schema.create_table, db, "t", { { "id", "id" }, column }
    end
    refused("'string' is no portable type (did you mean", create { "a", "string" })
    refused("there are bigint, boolean, bytes", create { "a", "strange thing" })
    refused("text takes nothing in parentheses", create { "a", "text(5)" })
    refused("'(1;2)' is no precision", create { "a", "numeric(1;2)" })
    refused("did you mean 'not_null'?", create { "a", "text", notnull = true })
    refused("not_null is a boolean, not a string", create { "a", "text", not_null = "yes" })
    refused("a generated column has no default", create { "a", "text", generated = "1", default = 1 })
    refused("go with references", create { "a", "bigint", on_delete = "cascade" })
    refused("(did you mean 'cascade'?)", create { "a", "bigint", references = "t", on_delete = "cascad" })
    refused("deferrable is true", create { "a", "bigint", references = "t", deferrable = "later" })
    refused("it takes no `", create { "a", "id", not_null = true })
    refused("stands where nothing is expected", create { "a", "text", "not null" })
    refused("a column is a table", create "a text")
    refused("the type is missing", create { "a" })
    refused("there is none for " .. db.engine, create { "a", { [db.engine == "sqlite" and "postgres" or "sqlite"] = "x" } })
    refused("the default is a value, or schema.sql", create { "a", "json", default = {} })
  end,

  ["wrong options are refused, with the nearest"] = function(db)
    schema.create_table(db, "t", { { "id", "id" }, { "a", "text" } })
    refused("did you mean 'unique'?", schema.add_index, db, "t", "a", { uniqe = true })
    refused("did you mean 'timestamps'?", schema.create_table, db, "u", { { "id", "id" }, timestamp = true })
    refused("a table has columns", schema.create_table, db, "u", {})
    refused("which is no column of it", schema.create_table, db, "u", { { "a", "text" }, primary_key = { "b" } })
    refused("says nothing to change", schema.alter_column, db, "t", "a", {})
    refused("`using` goes with `type`", schema.alter_column, db, "t", "a", { using = "b", not_null = true })
    refused("`text` is missing", schema.comment, db, "t", {})
    refused("order is \"asc\" or \"desc\"", schema.add_index, db, "t", { { "a", order = "up" } })
    refused("a table stays where it is", schema.rename_table, db, "t", "other.t")
  end,

  ["what cannot be undone says what to add"] = function()
    local function refuse(message, change) refused(message, schema.migration, { change = change }) end
    refuse("drop_column users does not know its way back: add { was =", function(s) s:drop_column("users", "x") end)
    refuse("drop_table users does not know its way back", function(s) s:drop_table "users" end)
    refuse("add { was = { columns =", function(s) s:drop_index("users", "i") end)
    refuse("add was = { type = ... }", function(s) s:alter_column("users", "x", { type = "text" }) end)
    refuse("add was = { default = ... }", function(s) s:alter_column("users", "x", { default = 1 }) end)
    refuse("add { down = ", function(s) s:execute "DROP TABLE x" end)
    refuse("add down = function(db)", function(s) s:reversible { up = function() end } end)
    refuse("did you mean 'add_column'?", function(s) s:add_colum("users", "x") end)
    refused("`change = function(s) ... end`", schema.migration, { up = function() end })
    refused("`change` stands in the place of `up`", schema.migration, { change = function() end, up = function() end })
  end,

  ["a down of its own is taken as it is"] = function(db)
    local why = irreversible "the names are gone"
    local migration = schema.migration { change = function(s) s:create_table("t", { { "id", "id" } }) end, down = why, tags = { "x" } }
    check.equal(migration.down, why)
    check.equal(migration.tags[1], "x")
    check.equal(migration.change, nil)
    migration.up(db)
    check.equal(db:value "SELECT count(*) FROM t", 0)
  end,

  ["it is one module, whether required or not"] = function(db)
    local module = require "tide.schema"
    check.equal(module.snapshot ~= nil and module.diff ~= nil, true)
    local created = schema.sql "CURRENT_TIMESTAMP"
    module.create_table(db, "t", { { "a", "timestamptz", default = created } })
    check.equal(#module.diff(module.snapshot(db), db), 0)
  end,

  sqlite = {
    ["what SQLite has not is refused by name"] = function(db)
      schema.create_table(db, "t", { { "id", "id" }, { "a", "text" } })
      refused("SQLite has no gin index", schema.add_index, db, "t", "a", { method = "gin" })
      refused("SQLite has no INCLUDE", schema.add_index, db, "t", "a", { include = { "id" } })
      refused("SQLite has no CASCADE", schema.drop_table, db, "t", { cascade = true })
      refused("there is no table nowhere", schema.add_check, db, "nowhere", "c", "1 = 1")
      refused("table t has no column b; it has id, a", schema.alter_column, db, "t", "b", { not_null = true })
      refused("table t has no check constraint c; it has none", schema.drop_check, db, "t", "c")
      db:execute "CREATE VIRTUAL TABLE v USING fts5(a)"
      refused("is virtual", schema.add_check, db, "v", "c", "1 = 1")
    end,
  },
  postgres = {
    ["a name of more than 63 bytes is refused: the server would cut it"] = function(db)
      refused("has 64 bytes, and PostgreSQL keeps 63", schema.create_table, db, ("x"):rep(64), { { "id", "id" } })
      refused("has 64 bytes", schema.create_table, db, "t", { { ("ü"):rep(32), "text" } })
    end,
  },
}
