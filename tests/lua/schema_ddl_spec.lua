local check = require "check"
local schema = require "tide.schema"

local function base(db)
  schema.create_table(db, "orgs", { { "id", "id" }, { "name", "text", not_null = true, unique = true } })
  schema.create_table(db, "users", {
    { "id", "id" },
    { "email", "text", not_null = true },
    { "age", "integer", default = 18, check = "age >= 0" },
    { "org_id", "bigint", references = "orgs", on_delete = "cascade" },
    { "joined", "date" },
    unique = { { "email", "org_id" } },
  })
  schema.add_index(db, "users", "email")
  db:execute "INSERT INTO orgs (id, name) VALUES (1, 'sea'), (2, 'sky')"
  db:execute "INSERT INTO users (id, email, org_id) VALUES (1, 'ana', 1), (2, 'bo', 2)"
end

-- Each: what a migration does to the tables above. Up changes the schema, down puts it back, up again works.
local CASES = {
  ["create_table"] = function(s)
    s:create_table("t", {
      { "id", "id" }, { "a", "numeric(10,2)", not_null = true, default = numeric "1.50" }, { "b", "json", default = "{}" },
      { "c", "uuid" }, { "d", "boolean", not_null = true, default = false }, { "e", "bytes" }, { "f", "varchar(20)" },
      { "g", { postgres = "inet", sqlite = "text" } }, { "u", "bigint", references = { "users", "id" } },
      checks = { "a > 0", { "a < 100", name = "small" } }, timestamps = true, comment = "of tea",
    })
  end,
  ["create_table with a key of two columns"] = function(s)
    s:create_table("t", {
      { "a", "bigint" }, { "b", "text" }, primary_key = { "a", "b" }, sqlite = { without_rowid = true, strict = true },
      foreign_keys = { { columns = "a", references = "users", on_delete = "set null" } },
    })
  end,
  ["drop_table"] = function(s)
    s:drop_table("users", { was = {
      { "id", "id" }, { "email", "text", not_null = true }, { "age", "integer", default = 18, check = "age >= 0" },
      { "org_id", "bigint", references = "orgs", on_delete = "cascade" }, { "joined", "date" },
      unique = { { "email", "org_id" } }, indexes = { { "email" } },
    } })
    s:create_table("gone", { { "id", "id" } })
  end,
  ["rename_table"] = function(s) s:rename_table("users", "people") end,
  ["add_column"] = function(s) s:add_column("users", "phone", "text") end,
  ["add_column with a default and a check"] = function(s)
    s:add_column("users", "plan", "text", { not_null = true, default = "free", check = "plan <> ''" })
  end,
  ["add_column unique"] = function(s) s:add_column("users", "code", "uuid", { unique = true }) end,
  ["add_column with an expression"] = function(s)
    s:add_column("users", "at", "timestamptz", { not_null = true, default = schema.sql "CURRENT_TIMESTAMP" })
  end,
  ["add_column that refers"] = function(s) s:add_column("users", "boss", "bigint", { references = "users" }) end,
  ["add_column generated"] = function(s) s:add_column("users", "twice", "integer", { generated = "age * 2" }) end,
  ["drop_column"] = function(s) s:drop_column("users", "joined", { was = { "date" } }) end,
  ["drop_column with a check"] = function(s)
    s:drop_column("users", "age", { was = { "integer", default = 18, check = "age >= 0" } })
  end,
  ["rename_column"] = function(s) s:rename_column("users", "email", "mail") end,
  ["alter_column type"] = function(s)
    s:alter_column("users", "joined", {
      type = "text", using = { postgres = "joined::text", sqlite = "joined" }, default = "x",
      was = { type = "date", using = { postgres = "joined::date", sqlite = "joined" }, default = null },
    })
  end,
  ["alter_column not_null"] = function(s) s:alter_column("users", "age", { not_null = true }) end,
  ["alter_column nullable"] = function(s) s:alter_column("users", "email", { not_null = false }) end,
  ["alter_column default"] = function(s) s:alter_column("users", "age", { default = 21, was = { default = 18 } }) end,
  ["alter_column no default"] = function(s) s:alter_column("users", "age", { default = null, was = { default = 18 } }) end,
  ["alter_column first default"] = function(s)
    s:alter_column("users", "joined", { default = schema.sql "CURRENT_DATE", was = { default = null } })
  end,
  ["add_index"] = function(s) s:add_index("users", { "age", { "joined", order = "desc" } }) end,
  ["add_index unique, partial, on an expression"] = function(s)
    s:add_index("users", schema.sql "lower(email)", { unique = true, where = "age IS NOT NULL", name = "mail_once" })
  end,
  ["drop_index"] = function(s) s:drop_index("users", "users_email_idx", { was = { columns = "email" } }) end,
  ["add_foreign_key"] = function(s) s:add_foreign_key("users", "id", { "orgs", "id" }, { deferrable = "deferred" }) end,
  ["drop_foreign_key"] = function(s)
    s:drop_foreign_key("users", "users_org_id_fkey", { was = { columns = "org_id", references = "orgs", on_delete = "cascade" } })
  end,
  ["add_check"] = function(s) s:add_check("users", "grown", "age >= 18") end,
  ["drop_check"] = function(s) s:drop_check("users", "users_age_check", { was = "age >= 0" }) end,
  ["add_unique"] = function(s) s:add_unique("users", { "email" }) end,
  ["drop_unique"] = function(s) s:drop_unique("orgs", "orgs_name_key", { was = { "name" } }) end,
  ["reversible and execute"] = function(s)
    s:reversible { up = function(db) db:execute "CREATE TABLE r (a integer)" end, down = function(db) db:execute "DROP TABLE r" end }
    s:execute("CREATE VIEW v AS SELECT 1 AS one", { down = "DROP VIEW v" })
  end,
  ["several, undone in reverse order"] = function(s)
    s:create_table("a", { { "id", "id" }, { "b_id", "bigint" } })
    s:create_table("b", { { "id", "id" }, { "a_id", "bigint", references = "a" } })
    s:add_foreign_key("a", "b_id", "b")
    s:rename_column("a", "b_id", "partner")
    s:add_index("a", "partner", { concurrently = true })
  end,
}

local function differences(before, db)
  local texts = {}
  for i, difference in ipairs(schema.diff(before, db, { a = "before", b = "after" })) do texts[i] = difference.text end
  return table.concat(texts, "; ")
end

local function there_and_back(db, change)
  base(db)
  local migration = schema.migration { change = change }
  local before = schema.snapshot(db)
  local function run(direction) db:transaction(function() migration[direction](db) end) end
  run "up"
  local after = schema.snapshot(db)
  check.equal(schema.digest(after) ~= schema.digest(before), true)
  run "down"
  check.equal(differences(before, db), "")
  run "up"
  check.equal(differences(after, db), "")
end

local specs = { postgres = {}, sqlite = {} }
for name, change in pairs(CASES) do
  specs[name .. ": down puts back what up did"] = function(db) there_and_back(db, change) end
end
return specs
