local check = require "check"

-- 1 to n, as a query of both engines
local function numbers(n)
  return ("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT i FROM n"):format(n)
end

local function make_numbers(db, n)
  db:execute "CREATE TABLE numbers (i integer PRIMARY KEY, seen integer)"
  db:execute("INSERT INTO numbers (i) " .. numbers(n))
end

return {
  ["200,000 rows stream in order while other statements run"] = function(db)
    make_numbers(db, 200000)
    local count, sum = 0, 0
    for row in db:rows "SELECT i FROM numbers ORDER BY i" do
      count = count + 1
      sum = sum + row.i
      if row.i ~= count then error("out of order at " .. count) end
      if count % 10000 == 0 then
        check.equal(db:value("SELECT count(*) FROM numbers WHERE i <= $1", count), count)
        db:execute("UPDATE numbers SET seen = 1 WHERE i = $1", count)
      end
    end
    check.equal(count, 200000)
    check.equal(sum, 200000 * 200001 / 2)
    check.equal(db:value "SELECT count(*) FROM numbers WHERE seen = 1", 20)
  end,

  ["the loop sees the rows as they were when it began"] = function(db)
    make_numbers(db, 1000)
    local count = 0
    for row in db:rows "SELECT i FROM numbers" do
      count = count + 1
      db:execute("DELETE FROM numbers WHERE i = $1", row.i)
      db:execute("INSERT INTO numbers (i) VALUES ($1)", row.i + 1000)
    end
    check.equal(count, 1000)
    check.equal(db:value "SELECT min(i) FROM numbers", 1001)
  end,

  ["a loop over nothing does nothing, and its end stays the end"] = function(db)
    for _ in db:rows "SELECT 1 AS a WHERE 1 = 0" do error "a row" end
    local next_row = db:rows "SELECT 1 AS a"
    check.same(next_row(), { a = 1 })
    check.equal(next_row(), nil)
    check.equal(next_row(), nil)
  end,

  ["loops nest, over the same table too"] = function(db)
    make_numbers(db, 300)
    local pairs_seen = 0
    for outer in db:rows "SELECT i FROM numbers ORDER BY i" do
      for inner in db:rows("SELECT i FROM numbers WHERE i <= $1", outer.i % 3) do pairs_seen = pairs_seen + inner.i end
    end
    check.equal(pairs_seen, 100 * 1 + 100 * 3)
  end,

  ["a loop left by break is in nobody's way"] = function(db)
    make_numbers(db, 5000)
    for row in db:rows "SELECT * FROM numbers ORDER BY i" do
      if row.i == 3 then break end
    end
    db:execute "UPDATE numbers SET seen = 2"
    for row in db:rows "SELECT * FROM numbers ORDER BY i" do
      if row.seen == 2 then break end
    end
    db:execute "DROP TABLE numbers"
    make_numbers(db, 10)
    check.equal(db:value "SELECT count(*) FROM numbers", 10)
  end,

  ["nor inside a transaction"] = function(db)
    make_numbers(db, 5000)
    db:transaction(function()
      for _ in db:rows "SELECT * FROM numbers" do break end
      db:execute "ALTER TABLE numbers ADD COLUMN added integer"
      for _ in db:rows "SELECT * FROM numbers" do break end
      db:execute "DROP TABLE numbers"
      make_numbers(db, 5000)
      for _ in db:rows "SELECT * FROM numbers" do break end
      db:script "ALTER TABLE numbers ADD COLUMN again integer"
    end)
    check.equal(db:value "SELECT count(*) FROM numbers", 5000)
  end,

  ["nor one left by an error"] = function(db)
    make_numbers(db, 5000)
    local ok = pcall(db.transaction, db, function()
      for _ in db:rows "SELECT * FROM numbers" do error "enough" end
    end)
    check.equal(ok, false)
    db:execute "DROP TABLE numbers"
  end,

  ["a thousand loops left by break do not pile up"] = function(db)
    make_numbers(db, 200)
    for _ = 1, 1000 do
      for _ in db:rows "SELECT i FROM numbers" do break end
    end
    check.equal(db:value "SELECT count(*) FROM numbers", 200)
    if db.engine == "postgres" then
      db:execute "ALTER TABLE numbers ADD COLUMN x integer"
      check.equal(db:value "SELECT count(*) FROM pg_cursors", 0)
    end
  end,

  ["a coroutine may yield inside a loop, with statements between"] = function(db)
    make_numbers(db, 500)
    local next_number = coroutine.wrap(function()
      for row in db:rows "SELECT i FROM numbers ORDER BY i" do coroutine.yield(row.i) end
    end)
    for expected = 1, 500 do
      check.equal(next_number(), expected)
      if expected % 100 == 0 then db:execute("UPDATE numbers SET seen = $1 WHERE i = $1", expected) end
    end
    check.equal(next_number(), nil)
  end,

  ["a statement that fails inside the loop does not end it"] = function(db)
    make_numbers(db, 300)
    local failures = 0
    for row in db:rows "SELECT i FROM numbers ORDER BY i" do
      if row.i % 100 == 0 and not pcall(db.execute, db, "SELECT broken") then failures = failures + 1 end
    end
    check.equal(failures, 3)
  end,

  ["rows of a query that fails raise at once, in the loop's line"] = function(db)
    local err = check.raises({ kind = "sql", file = "tests/lua/rows_spec.lua" }, function()
      for _ in db:rows "SELECT * FROM no_such_table" do error "a row" end
    end)
    check.equal(err.statement, "SELECT * FROM no_such_table")
  end,

  ["the rows of a closed session are closed"] = function(db)
    make_numbers(db, 500)
    local other = db:connect "same"
    local next_row = other:rows "SELECT i FROM numbers"
    next_row()
    other:close()
    check.raises({ kind = "usage", message = "this connection is closed" }, next_row)
    db:execute "DROP TABLE numbers"
  end,

  ["rows take parameters"] = function(db)
    make_numbers(db, 10)
    local found = {}
    for row in db:rows("SELECT i FROM numbers WHERE i BETWEEN $1 AND $2 ORDER BY i", 3, 5) do found[#found + 1] = row.i end
    check.same(found, { 3, 4, 5 })
  end,

  postgres = {
    ["a failure in the middle of the rows comes after the rows before it"] = function(db)
      local last = 0
      local err = check.raises({ kind = "sql", sqlstate = "22012" }, function()
        for row in db:rows "SELECT i, 1 / (i - 20000) AS q FROM generate_series(1, 30000) AS i" do last = row.i end
      end)
      check.contains(err.message, "division by zero")
      check.equal(last < 20000, true)
      check.equal(db:value "SELECT 1", 1)
    end,

    ["a query without columns gives empty rows"] = function(db)
      local count = 0
      for row in db:rows "SELECT FROM generate_series(1, 100)" do
        count = count + 1
        check.same(row, {})
      end
      check.equal(count, 100)
    end,
  },
}
