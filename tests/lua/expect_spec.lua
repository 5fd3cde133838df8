local check = require "check"
local expect = require "tide.expect"

local function make(db)
  db:execute "CREATE TABLE users (id integer PRIMARY KEY, name text, balance numeric)"
  db:execute "INSERT INTO users VALUES (1, 'ana', 10), (2, 'bo', NULL)"
  db:execute "CREATE INDEX users_name ON users (name)"
  db:execute "CREATE VIEW names AS SELECT name FROM users"
end

-- fails with exactly this message
local function fails(message, fn, ...) check.raises({ kind = "verify", message = message }, fn, ...) end

return {
  ["table: is there, with columns"] = function(db)
    make(db)
    local users = expect.table(db, "users")
    check.equal(users:has_columns { "id", "name" }, users)
    check.equal(users:has_columns {}, users)
    check.equal(users:has_no_column "email", users)
    expect.table(db, "names"):has_columns { "name" }
    fails("expected a table orders, there is none", expect.table, db, "orders")
    fails("table users lacks email, phone: it has id, name, balance", users.has_columns, users, { "id", "email", "phone" })
    fails("table users has a column name", users.has_no_column, users, "name")
  end,

  ["no_table: is not there"] = function(db)
    make(db)
    expect.no_table(db, "orders")
    fails("expected no table users, there is one", expect.no_table, db, "users")
    fails("expected no table names, there is one", expect.no_table, db, "names")
  end,

  ["index: is there"] = function(db)
    make(db)
    expect.index(db, "users_name")
    fails("expected an index users_email, there is none", expect.index, db, "users_email")
    fails("expected an index users, there is none", expect.index, db, "users")
  end,

  ["value: equals, whatever kind of number"] = function(db)
    make(db)
    local sql = "SELECT count(*) FROM users WHERE id < $1"
    local two = expect.value(db, sql, 9)
    check.equal(two:equals(2), two)
    two:equals(numeric "2.00")
    expect.value(db, "SELECT 'x'"):equals "x"
    expect.value(db, "SELECT balance FROM users WHERE id = 2"):equals(nil):equals(null)
    fails("expected 3, found 2: " .. sql, two.equals, two, 3)
    fails("expected NULL, found 2: " .. sql, two.equals, two, nil)
    fails("expected \"2\", found 2: " .. sql, two.equals, two, "2")
    fails("expected 1, found NULL: SELECT NULL", function() expect.value(db, "SELECT NULL"):equals(1) end)
    fails("expected \"a\\\"b\", found \"x\": SELECT 'x'", function() expect.value(db, "SELECT 'x'"):equals "a\"b" end)
  end,

  ["value: at_least and at_most"] = function(db)
    make(db)
    local ten = expect.value(db, "SELECT balance FROM users WHERE id = 1")
    check.equal(ten:at_least(10):at_most(10):at_least(numeric "9.99"), ten)
    fails("expected at least 11, found 10: SELECT balance FROM users WHERE id = 1", ten.at_least, ten, 11)
    fails("expected at most 9.5, found 10: SELECT balance FROM users WHERE id = 1", ten.at_most, ten, numeric "9.5")
    local nothing = expect.value(db, "SELECT balance FROM users WHERE id = 2")
    fails("expected at least 0, found NULL: SELECT balance FROM users WHERE id = 2", nothing.at_least, nothing, 0)
    fails("expected at most 0, found NULL: SELECT balance FROM users WHERE id = 2", nothing.at_most, nothing, 0)
  end,

  ["value: what cannot be compared fails as an expectation"] = function(db)
    local text = expect.value(db, "SELECT 'x'")
    fails("expected at least 1, found \"x\": SELECT 'x'", text.at_least, text, 1)
    fails("expected at most 1, found \"x\": SELECT 'x'", text.at_most, text, 1)
  end,

  ["count: rows of a table"] = function(db)
    make(db)
    expect.count(db, "users"):equals(2):at_least(1)
    local count = expect.count(db, "users")
    fails("expected 3, found 2: rows of users", count.equals, count, 3)
    db:execute(("CREATE TABLE %s (id integer)"):format(db:ident "odd \"name\""))
    expect.count(db, "odd \"name\""):equals(0)
    check.raises({ kind = "sql" }, expect.count, db, "orders")
  end,

  ["rows: count and empty"] = function(db)
    make(db)
    local rows = expect.rows(db, "SELECT * FROM users WHERE id < $1", 9)
    check.equal(rows:count(2), rows)
    expect.rows(db, "SELECT * FROM users WHERE id > 9"):empty():count(0)
    fails("expected 3 rows, found 2: SELECT * FROM users WHERE id < $1", rows.count, rows, 3)
    fails("expected 0 rows, found 2: SELECT * FROM users WHERE id < $1", rows.empty, rows)
  end,

  ["that: anything else"] = function()
    expect.that(1, "never")
    fails("the sum is right", expect.that, false, "the sum is right")
    fails("the sum is right", expect.that, nil, "the sum is right")
    fails("an expectation does not hold", expect.that, false)
  end,

  ["a failed expectation has the line of the script"] = function(db)
    local err = check.raises({ kind = "verify", file = "tests/lua/expect_spec.lua" }, function()
      expect.value(db, "SELECT 1"):equals(2)
    end)
    check.contains(tostring(err), ("expect_spec.lua:%d: expected 2, found 1"):format(err.line))
  end,

  postgres = {
    ["names may hold a schema"] = function(db)
      db:execute "CREATE SCHEMA audit"
      db:execute "CREATE TABLE audit.log (id integer)"
      db:execute "CREATE INDEX log_id ON audit.log (id)"
      expect.table(db, "audit.log"):has_columns { "id" }
      expect.index(db, "audit.log_id")
      expect.count(db, "audit.log"):equals(0)
      expect.no_table(db, "log")
      fails("expected an index log_id, there is none", expect.index, db, "log_id")
      fails("expected a table public.log, there is none", expect.table, db, "public.log")
    end,

    ["dropped columns are gone, and tables in temporary schemas are seen"] = function(db)
      db:execute "CREATE TEMPORARY TABLE t (a integer, b integer)"
      db:execute "ALTER TABLE t DROP COLUMN a"
      expect.table(db, "t"):has_columns({ "b" }):has_no_column "a"
    end,

    ["an invalid index is not an index"] = function(db)
      db:execute "CREATE TABLE t (id integer)"
      db:execute "INSERT INTO t VALUES (1), (1)"
      pcall(db.execute, db, "CREATE UNIQUE INDEX CONCURRENTLY t_id ON t (id)")
      fails("index t_id on t is not valid", expect.index, db, "t_id")
    end,
  },

  sqlite = {
    ["names may hold a schema"] = function(db)
      db:execute "ATTACH ':memory:' AS audit"
      db:execute "CREATE TABLE audit.log (id integer)"
      db:execute "CREATE INDEX audit.log_id ON log (id)"
      expect.table(db, "audit.log"):has_columns { "id" }
      expect.index(db, "audit.log_id")
      expect.count(db, "audit.log"):equals(0)
      fails("expected a table main.log, there is none", expect.table, db, "main.log")
    end,

    ["generated columns are columns"] = function(db)
      db:execute "CREATE TABLE t (a integer, b integer GENERATED ALWAYS AS (a + 1) VIRTUAL, c integer AS (a) STORED)"
      expect.table(db, "t"):has_columns { "a", "b", "c" }
    end,
  },
}
