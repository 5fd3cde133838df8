local check = require "check"

local function make_plans(db)
  db:execute "CREATE TABLE plans (id integer PRIMARY KEY, name text NOT NULL UNIQUE, price integer)"
  db:execute "INSERT INTO plans VALUES (1, 'free', 0), (2, 'basic', 10), (3, 'yield', NULL)"
end

return {
  ["execute returns the rows affected"] = function(db)
    check.identical(db:execute "CREATE TABLE t (id integer)", 0)
    check.identical(db:execute "INSERT INTO t VALUES (1), (2), (3)", 3)
    check.identical(db:execute("UPDATE t SET id = id + $1 WHERE id > $2", 10, 1), 2)
    check.identical(db:execute "DELETE FROM t WHERE id = 99", 0)
    check.identical(db:execute "SELECT * FROM t", 3)
  end,

  ["query gives all rows with fields by name"] = function(db)
    make_plans(db)
    check.same(db:query "SELECT id, name FROM plans ORDER BY id",
      { { id = 1, name = "free" }, { id = 2, name = "basic" }, { id = 3, name = "yield" } })
    check.same(db:query "SELECT * FROM plans WHERE id = 99", {})
    check.same(db:query "SELECT price FROM plans WHERE id = 3", { {} })
  end,

  ["row gives the first or nil, value its first column or nil"] = function(db)
    make_plans(db)
    check.same(db:row "SELECT name, price FROM plans ORDER BY id", { name = "free", price = 0 })
    check.equal(db:row "SELECT 1 FROM plans WHERE id = 99", nil)
    check.identical(db:value("SELECT name, id FROM plans WHERE id = $1", 2), "basic")
    check.equal(db:value "SELECT price FROM plans WHERE id = 3", nil)
    check.equal(db:value "SELECT price FROM plans WHERE id = 99", nil)
  end,

  ["of columns with one name the last counts, and value is the first"] = function(db)
    check.same(db:row "SELECT 1 AS a, 2 AS a", { a = 2 })
    check.equal(db:value "SELECT 1 AS a, 2 AS a", 1)
    for row in db:rows "SELECT 1 AS a, 2 AS a" do check.same(row, { a = 2 }) end
  end,

  ["any column name is a field"] = function(db)
    for _, name in ipairs { "a b", "\"", "\\", "]]", "end", "a\nb", "a\r\nb", "é", "1", "\"]=0}; error()--", "%s" } do
      check.identical(db:row("SELECT 7 AS " .. db:ident(name))[name], 7)
    end
  end,

  ["a result of 250 columns is read whole"] = function(db)
    local names = {}
    for i = 1, 250 do names[i] = ("%d AS c%d"):format(i * i, i) end
    local sql = "SELECT " .. table.concat(names, ", ")
    local function check_row(row)
      for i = 1, 250 do check.identical(row["c" .. i], i * i) end
    end
    check_row(db:row(sql))
    check_row(db:query(sql)[1])
    for row in db:rows(sql) do check_row(row) end
  end,

  ["rows as wide as a compiled constructor, and one wider, are alike"] = function(db)
    for width = 149, 152 do
      local names = {}
      for i = 1, width do names[i] = ("%d AS c%d"):format(i, i) end
      local row = db:row("SELECT " .. table.concat(names, ", "))
      check.equal(row.c1, 1)
      check.equal(row["c" .. width], width)
    end
  end,

  ["parameters are bound, never pasted"] = function(db)
    make_plans(db)
    local evil = "'; DROP TABLE plans; --"
    db:execute("UPDATE plans SET name = $1 WHERE id = $2", evil, 1)
    check.equal(db:value "SELECT name FROM plans WHERE id = 1", evil)
    check.equal(db:value("SELECT count(*) FROM plans WHERE name = $1 OR name = $1", evil), 1)
  end,

  ["a nil and a null parameter are NULL, also the last one"] = function(db)
    make_plans(db)
    db:execute("UPDATE plans SET price = $1 WHERE id = $2", nil, 1)
    db:execute("UPDATE plans SET price = $1 WHERE id = $2", null, 2)
    check.equal(db:value "SELECT count(*) FROM plans WHERE price IS NULL", 3)
    db:execute("INSERT INTO plans VALUES ($1, $2, $3)", 4, "last", nil)
    check.equal(db:value "SELECT price FROM plans WHERE id = 4", nil)
  end,

  ["what a database cannot take is refused with the parameter's number"] = function(db)
    for _, value in ipairs { print, coroutine.create(print), db, { a = 1 }, 5LL } do
      local err = check.raises({ kind = "usage" }, db.value, db, "SELECT $1, $2", 1, value)
      check.contains(err.message, "parameter $2 is a ")
    end
    local loop = {}
    loop[1] = loop
    check.contains(check.raises({ kind = "usage" }, db.value, db, "SELECT $1", loop).message, "inside itself")
    check.equal(db:value "SELECT 1", 1)
  end,

  ["a wrong number of parameters is an error"] = function(db)
    check.raises({}, db.value, db, "SELECT $1, $2", 1)
    check.raises({}, db.value, db, "SELECT $1", 1, 2)
    check.equal(db:value "SELECT 1", 1)
  end,

  ["several statements in one text are refused, and none has run"] = function(db)
    local err = check.raises({ kind = "usage" }, db.execute, db, "CREATE TABLE a (id integer); CREATE TABLE b (id integer)")
    check.contains(err.message, "db:script")
    db:execute "CREATE TABLE a (id integer)"
  end,

  ["a refused statement says what, where and in which line"] = function(db)
    local err = check.raises({ kind = "sql", file = "tests/lua/db_spec.lua" }, function()
      db:execute "SELECT * FROM no_such_table"
    end)
    check.equal(#err.sqlstate, 5)
    check.contains(err.message, "no_such_table")
    check.equal(err.statement, "SELECT * FROM no_such_table")
    check.contains(tostring(err), ("tests/lua/db_spec.lua:%d: "):format(err.line))
    check.equal(db:value "SELECT 1", 1)
  end,

  ["a violated constraint has its code"] = function(db)
    make_plans(db)
    local err = check.raises({ kind = "sql", sqlstate = "23505" }, db.execute, db, "INSERT INTO plans VALUES (9, 'free', 1)")
    check.contains(err.constraint or err.message, db.engine == "postgres" and "plans_name_key" or "name")
    check.raises({ sqlstate = "23502" }, db.execute, db, "INSERT INTO plans VALUES (9, NULL, 1)")
  end,

  ["the fields say what the session is"] = function(db)
    check.equal(db.engine == "postgres" or db.engine == "sqlite", true)
    check.contains(db.version, ".")
    check.equal(#db.name > 0, true)
    check.equal(db.read_only, false)
  end,

  ["what db has not is an error with its name, and nothing can be set"] = function(db)
    local err = check.raises({ kind = "usage" }, function() return db.exec end)
    check.equal(err.message, "db has no 'exec'")
    check.equal(pcall(function() db.execute = print end), false)
    check.equal(pcall(function() db.engine = "x" end), false)
  end,

  ["methods called with a dot say what is wrong"] = function(db)
    for _, name in ipairs { "execute", "query", "row", "value", "rows", "script", "file", "ident", "literal" } do
      local ok, failure = pcall(function() return db[name] "SELECT 1" end)
      check.equal(ok, false)
      check.contains(failure, "tide.db expected, got string")
    end
  end,

  ["ident quotes whatever the name holds"] = function(db)
    for _, name in ipairs { "plain", "Order", "select", "a b", "\"", "é", "semi;colon" } do
      db:execute(("CREATE TABLE %s (%s integer)"):format(db:ident(name), db:ident(name)))
      db:execute(("INSERT INTO %s VALUES (1)"):format(db:ident(name)))
      check.equal(db:row("SELECT * FROM " .. db:ident(name))[name], 1)
    end
  end,

  ["literal writes a value that reads back"] = function(db)
    for _, value in ipairs { 1, -1.5, "it's", "back\\slash", "é", "'; --", numeric "9007199254740993" } do
      check.equal(db:value("SELECT " .. db:literal(value)) == value, true)
    end
    check.equal(db:value("SELECT " .. db:literal(nil)), nil)
    check.equal(db:value("SELECT " .. db:literal(null)), nil)
    check.equal(db:value("SELECT 1 WHERE " .. db:literal(true)), 1)
    check.equal(db:value("SELECT " .. db:literal(bytes "\0\255'")), "\0\255'")
    check.raises({ kind = "usage" }, db.literal, db, print)
  end,

  ["script runs statement after statement and counts their rows"] = function(db)
    check.equal(db:script [[
      CREATE TABLE t (id integer, note text);
      INSERT INTO t VALUES (1, 'a;b'), (2, '--');  -- a comment;
      /* ; */ INSERT INTO t VALUES (3, 'c')]], 3)
    check.equal(db:value "SELECT count(*) FROM t", 3)
    check.equal(db:script "", 0)
  end,

  ["script stops at the first failure and names its line"] = function(db)
    local err = check.raises({ kind = "sql" }, db.script, db, "CREATE TABLE t (id integer);\n\nSELECT nothing_here;\nCREATE TABLE u (id integer)")
    check.equal(err.statement, "SELECT nothing_here")
    db:execute "INSERT INTO t VALUES (1)"
    check.raises({ kind = "sql" }, db.execute, db, "INSERT INTO u VALUES (1)")
  end,

  ["file runs a file of the project"] = function(db)
    check.equal(db:file "seed.sql", 2)
    check.equal(db:value "SELECT note FROM from_file WHERE id = 1", "a;b")
  end,

  ["a failure in a file has the file's line"] = function(db)
    local err = check.raises({ kind = "sql", file = "broken.sql", line = 3 }, db.file, db, "broken.sql")
    check.contains(err.message, "bad_column")
    check.raises({ kind = "sql" }, db.execute, db, "SELECT * FROM never_made")
  end,

  ["files outside the project are not read"] = function(db)
    for _, path in ipairs { "/etc/passwd", "../x.sql", "lib/../../x.sql", "..", "." } do
      check.raises({ kind = "io" }, db.file, db, path)
    end
    check.raises({ kind = "io" }, db.file, db, "missing.sql")
    check.raises({ kind = "io" }, db.script, db, "\\i /etc/passwd")
  end,

  ["connect opens another session with a state of its own"] = function(db)
    make_plans(db)
    local other = db:connect "same"
    check.equal(other:value "SELECT count(*) FROM plans", 3)
    other:execute "INSERT INTO plans VALUES (4, 'new', 1)"
    check.equal(db:value "SELECT count(*) FROM plans", 4)
    other:close()
    check.raises({ kind = "usage", message = "this connection is closed" }, other.value, other, "SELECT 1")
    check.raises({ kind = "usage" }, function() return other.engine end)
    check.raises({ kind = "usage" }, other.close, other)
    check.equal(db:value "SELECT 1", 1)
  end,

  ["connect to nowhere is an error"] = function(db)
    check.raises({ kind = "config" }, db.connect, db, "nonsense://x")
    check.raises({ kind = "usage" }, db.connect, db)
    check.raises({ kind = "usage" }, db.connect, db, {})
  end,

  ["a session that nobody closed or kept is no harm"] = function(db)
    for _ = 1, 5 do db:connect("same"):value "SELECT 1" end
    check.equal(db:value "SELECT 1", 1)
  end,

  ["copy_in loads lists and functions, nil and null being NULL"] = function(db)
    db:execute "CREATE TABLE rates (currency text, rate numeric, note text)"
    check.identical(db:copy_in("rates", { "currency", "rate", "note" },
      { { "MXN", numeric "17.05", "a\tb\n\\c" }, { "USD", 1, null }, { "EUR" } }), 3)
    local left = 1000
    check.identical(db:copy_in("rates", { "currency" }, function()
      left = left - 1
      if left >= 0 then return { "X" .. left } end
    end), 1000)
    check.identical(db:copy_in("rates", { "currency" }, {}), 0)
    check.same(db:row "SELECT * FROM rates WHERE currency = 'MXN'", { currency = "MXN", rate = numeric "17.05", note = "a\tb\n\\c" })
    check.same(db:row "SELECT * FROM rates WHERE currency = 'USD'", { currency = "USD", rate = 1 })
    check.same(db:row "SELECT * FROM rates WHERE currency = 'EUR'", { currency = "EUR" })
    check.equal(db:value "SELECT count(*) FROM rates", 1003)
  end,

  ["a load that fails leaves nothing, and the session usable"] = function(db)
    db:execute "CREATE TABLE t (id integer PRIMARY KEY)"
    db:execute "INSERT INTO t VALUES (5)"
    check.raises({ kind = "sql", sqlstate = "23505" }, db.copy_in, db, "t", { "id" }, { { 1 }, { 5 }, { 6 } })
    local ok, failure = pcall(db.copy_in, db, "t", { "id" }, function() error("enough", 0) end)
    check.equal(ok, false)
    check.equal(failure, "enough")
    check.raises({ kind = "sql" }, db.copy_in, db, "no_such_table", { "id" }, {})
    check.raises({ kind = "sql" }, db.copy_in, db, "t", { "no_such_column" }, {})
    check.equal(db:value "SELECT count(*) FROM t", 1)
  end,

  ["a row that does not fit the columns is refused, nothing is left out"] = function(db)
    db:execute "CREATE TABLE t (id integer, note text)"
    for _, row in ipairs { { 1, "a", "b" }, { id = 1, note = "a" }, { 1, "a", x = 2 }, { [0] = 1 }, { 1, [2.5] = 1 } } do
      local err = check.raises({ kind = "usage" }, db.copy_in, db, "t", { "id", "note" }, { { 0, "fine" }, row })
      check.contains(err.message, "a row is a list of 2 values")
    end
    check.raises({ kind = "usage" }, db.copy_in, db, "t", { "id", "note" }, { 1 })
    check.equal(db:value "SELECT count(*) FROM t", 0)
  end,

  ["copy_in says what it takes"] = function(db)
    check.raises({ kind = "usage" }, db.copy_in, db, "t", {}, {})
    check.raises({ kind = "usage" }, db.copy_in, db, "t", "id", {})
    check.raises({ kind = "usage" }, db.copy_in, db, "t", { "id" }, "rows")
    check.equal(check.raises({ kind = "usage" }, db.copy_in, db, "t", { "id", {} }, {}).message,
      "db:copy_in: column 2 is a table, not a column's name")
  end,

  ["a statement while a load is under way is refused, and the load undone"] = function(db)
    db:execute "CREATE TABLE t (id integer)"
    local err = check.raises({ kind = "usage" }, db.copy_in, db, "t", { "id" }, function() return { db:value "SELECT 1" } end)
    check.contains(err.message, "copy_in is under way")
    check.equal(db:value "SELECT count(*) FROM t", 0)
  end,

  ["copy_out hands rows to a function and counts them"] = function(db)
    make_plans(db)
    local names = {}
    check.identical(db:copy_out("SELECT name FROM plans ORDER BY id", function(row) names[#names + 1] = row.name end), 3)
    check.same(names, { "free", "basic", "yield" })
    local ok, failure = pcall(db.copy_out, db, "SELECT 1", function() error("enough", 0) end)
    check.equal(ok, false)
    check.equal(failure, "enough")
    check.raises({ kind = "usage" }, db.copy_out, db, "SELECT 1")
    check.raises({ kind = "io" }, db.copy_out, db, "SELECT 1", "../out.csv")
    check.raises({ kind = "io" }, db.copy_out, db, "SELECT 1", "/tmp/out.csv")
  end,

  ["a copy_out that fails leaves no file"] = function(db)
    check.raises({ kind = "sql" }, db.copy_out, db, "SELECT broken", "x.csv")
    for _, path in ipairs { "x.csv", "x.csv.partial" } do check.raises({ kind = "io" }, db.file, db, path) end
  end,

  ["a file that copy_out wrote can be read"] = function(db)
    make_plans(db)
    check.equal(db:copy_out("SELECT name FROM plans WHERE id < 0", "none.csv"), 0)
    check.equal(db:copy_out("SELECT 'INSERT INTO plans VALUES (9' AS \"SELECT 1;\", '''nine''' AS x, '9)' AS y", "out.sql"), 1)
    local err = check.raises({}, db.file, db, "out.sql")
    check.equal(err.file, "out.sql")
  end,
}
