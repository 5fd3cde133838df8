local check = require "check"

local function make(db)
  db:execute "CREATE TABLE users (id integer PRIMARY KEY, email text NOT NULL, CONSTRAINT email_key UNIQUE (email))"
end

local function name(db, table_name) return db.engine == "postgres" and "public." .. table_name or table_name end

return {
  ["a snapshot is a plain value by kind and name"] = function(db)
    make(db)
    local users = schema.snapshot(db).tables[name(db, "users")]
    check.equal(users.columns.email.type, "text")
    check.equal(users.columns.email.not_null, true)
    check.equal(users.columns.id.default, nil)
    check.equal(users.constraints.email_key.definition, "UNIQUE (email)")
  end,

  ["columns keep their order when it is encoded"] = function(db)
    db:execute "CREATE TABLE t (z integer, a integer)"
    local text = schema.encode(schema.snapshot(db))
    check.equal(text:find('"z": {', 1, true) < text:find('"a": {', 1, true), true)
    check.equal(schema.encode(schema.decode(text)), text)
  end,

  ["a difference has a sentence and its values"] = function(db)
    make(db)
    local before = schema.snapshot(db)
    check.equal(#schema.diff(before, db), 0)
    check.equal(schema.digest(before), schema.digest(db))
    db:execute "ALTER TABLE users ADD COLUMN vip integer"
    local differences = schema.diff(before, db, { a = "before", b = "now" })
    check.equal(#differences, 1)
    check.equal(differences[1].text, "table users: column vip (integer) is only in now")
    check.equal(differences[1].b.type, "integer")
    check.equal(schema.digest(before) == schema.digest(db), false)
  end,

  ["it works inside a transaction and leaves it open"] = function(db)
    db:transaction(function()
      make(db)
      check.equal(schema.snapshot(db).tables[name(db, "users")] ~= nil, true)
      db:execute "INSERT INTO users VALUES (1, 'x')"
    end)
    check.equal(db:value "SELECT count(*) FROM users", 1)
  end,

  ["what is no snapshot is refused"] = function(db)
    check.raises({ kind = "usage" }, function() schema.diff({}, db) end)
    check.raises({ kind = "usage" }, function() schema.diff("x", db) end)
    check.raises({ kind = "usage" }, function() schema.decode "{" end)
    check.raises({ kind = "usage" }, function() schema.snapshot "dev" end)
    check.raises({ kind = "usage" }, function() schema.snapshot(db, { grant = true }) end)
  end,
}
