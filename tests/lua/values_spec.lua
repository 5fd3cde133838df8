local check = require "check"

local function all_bytes()
  local all = {}
  for i = 0, 255 do all[i + 1] = string.char(i) end
  return table.concat(all)
end

-- One column of a type; `keep` writes a value and reads it by value, row and rows.
local function column(db, type)
  db:execute(("CREATE TABLE kept (v %s)"):format(type))
  return function(value)
    db:execute "DELETE FROM kept"
    db:execute("INSERT INTO kept VALUES ($1)", value)
    local read = db:value "SELECT v FROM kept"
    check.equal(db:row("SELECT v FROM kept").v == read or read ~= read, true)
    for row in db:rows "SELECT v FROM kept" do check.equal(row.v == read or read ~= read, true) end
    return read
  end
end

return {
  ["integers of all sizes are exact"] = function(db)
    local keep = column(db, "bigint")
    for _, plain in ipairs { 0, 1, -1, 2147483648, 99999999999999, -99999999999999 } do check.identical(keep(plain), plain) end
    for _, text in ipairs {
      "100000000000000", "-100000000000000", "9007199254740993", "-9007199254740993", "9223372036854775807", "-9223372036854775808",
    } do
      local read = keep(numeric(text))
      check.identical(read, numeric(text))
      check.equal(tostring(read), text)
      check.identical(keep(read), read)
      check.equal("id=" .. read, "id=" .. text)
    end
    check.equal(db:value "SELECT 9007199254740993" + 1, numeric "9007199254740994")
    check.identical(keep(2 ^ 53), numeric "9007199254740992")
  end,

  ["an integer that does not fit is refused, not cut"] = function(db)
    local keep = column(db, "bigint")
    if db.engine == "postgres" then check.raises({ kind = "sql" }, keep, numeric "9223372036854775808") end
    check.raises({}, function() return db:value "SELECT 9223372036854775807 + 1 + abs(-9223372036854775807 - 1)" end)
  end,

  ["text is text, whatever it holds"] = function(db)
    local keep = column(db, "text")
    for _, text in ipairs { "", " ", "a'b\"c\\d", "é 漢字 😀", "line\nline\r\n\ttab", "$1 :x %s", "NULL", "1e5", ("x"):rep(100000) } do
      check.identical(keep(text), text)
    end
  end,

  ["bytes are bytes, all of them"] = function(db)
    local keep = column(db, db.engine == "postgres" and "bytea" or "blob")
    check.identical(keep(bytes(all_bytes())), all_bytes())
    check.identical(keep(bytes ""), "")
    check.identical(keep(bytes "plain"), "plain")
  end,

  ["booleans are booleans"] = function(db)
    local keep = column(db, "boolean")
    check.identical(keep(true), true)
    check.identical(keep(false), false)
    check.equal(keep(nil), nil)
  end,

  ["floats are exact, and infinite"] = function(db)
    local keep = column(db, "double precision")
    for _, value in ipairs { 0.1, -1.5, 1e300, 5e-324, 1 / 3, 123456789.123456789, 1 / 0, -1 / 0, 2 ^ 60 } do
      check.identical(keep(value), value)
    end
  end,

  ["NULL is nil in a row, and a row has no such field"] = function(db)
    for _, type in ipairs { "integer", "text", "boolean", "numeric" } do
      db:execute(("CREATE TABLE n_%s (v %s)"):format(type, type))
      db:execute(("INSERT INTO n_%s VALUES ($1), ($2)"):format(type), nil, null)
      check.same(db:query("SELECT v FROM n_" .. type), { {}, {} })
    end
  end,

  ["dates and times are text as the database writes it"] = function(db)
    local keep = column(db, "date")
    check.identical(keep "2025-09-06", "2025-09-06")
  end,

  ["a plain number does for an integer, a text for a number where the column says so"] = function(db)
    local keep = column(db, "integer")
    check.identical(keep(5.0), 5)
    check.identical(keep "7", 7)
  end,

  postgres = {
    ["numeric is exact, and plain without a fraction"] = function(db)
      local keep = column(db, "numeric")
      for _, text in ipairs {
        "0.1", "-0.5", "1.10", "12345678901234567890.123456789", "-0.000000000000000000001", "99999999999999.5",
      } do
        check.identical(keep(numeric(text)), numeric(text))
        check.equal(tostring(keep(numeric(text))), text)
      end
      for text, plain in pairs { ["5.00"] = 5, ["-7.000"] = -7, ["0.00"] = 0, ["99999999999999.0"] = 99999999999999,
        ["-99999999999999.0"] = -99999999999999, ["-12345678901234"] = -12345678901234 } do
        check.identical(keep(numeric(text)), plain)
      end
      check.identical(keep(numeric "123456789012345.00"), numeric "123456789012345")
      check.equal(db:value "SELECT sum(v) FROM generate_series(1, 3) AS v" == 6, true)
      check.equal(keep(0.1) == 0.1, true)
      local nan = keep "NaN"
      check.equal(nan ~= nan, true)
      check.identical(keep "Infinity", 1 / 0)
    end,

    ["NaN is NaN in a float"] = function(db)
      local nan = column(db, "double precision")(0 / 0)
      check.equal(nan ~= nan, true)
    end,

    ["a NUL byte in a text is refused by name"] = function(db)
      local keep = column(db, "text")
      check.contains(check.raises({ kind = "sql" }, keep, "a\0b").message, "parameter $1 has a NUL byte")
      check.equal(db:value "SELECT count(*) FROM kept", 0)
    end,

    ["a string for a bytea column is its bytes"] = function(db)
      check.identical(column(db, "bytea")(all_bytes()), all_bytes())
    end,

    ["timestamps, uuid, json, enums, domains and ranges are text"] = function(db)
      db:execute "SET timezone = 'UTC'"
      db:execute "CREATE TYPE mood AS ENUM ('happy', 'so-so')"
      db:execute "CREATE DOMAIN cents AS bigint CHECK (VALUE >= 0)"
      for _, case in ipairs {
        { "timestamptz", "2025-09-06 20:00:00.123456+00" }, { "timestamp", "2025-09-06 20:00:00" }, { "time", "20:00:01" },
        { "date", "0044-03-15 BC" }, { "date", "infinity" }, { "uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
        { "json", "{\"b\": 1,  \"a\":null}" }, { "jsonb", "{\"a\": [1, 2.50], \"b\": null}" }, { "mood", "so-so" },
        { "interval", "1 day 02:00:00" }, { "inet", "10.0.0.1/8" }, { "int4range", "[1,5)" },
      } do
        check.identical(db:value(("SELECT $1::text::%s"):format(case[1]), case[2]), case[2])
      end
      check.identical(db:value "SELECT 9007199254740993::cents", numeric "9007199254740993")
      check.identical(db:value "SELECT 7::cents", 7)
    end,

    ["arrays are lists, nested, with null"] = function(db)
      check.same(db:value "SELECT ARRAY[1, NULL, 3]", { 1, null, 3 })
      check.same(db:value "SELECT ARRAY[[1,2],[3,4]]", { { 1, 2 }, { 3, 4 } })
      check.same(db:value "SELECT ARRAY[]::text[]", {})
      check.same(db:value "SELECT ARRAY['a,b', '\"', '{}', 'NULL', '', E'\\\\', NULL]", { "a,b", "\"", "{}", "NULL", "", "\\", null })
      check.same(db:value "SELECT ARRAY[9007199254740993, 1]", { numeric "9007199254740993", 1 })
      check.same(db:value "SELECT ARRAY[1.10, 2.0]::numeric[]", { numeric "1.10", 2 })
      check.same(db:value "SELECT ARRAY[true, false]", { true, false })
      check.equal(db:value "SELECT NULL::integer[]", nil)
    end,

    ["lists are arrays, nested, with null"] = function(db)
      for type, lists in pairs {
        ["bigint[]"] = { {}, { 1, null, 3 }, { numeric "9007199254740993" }, { { 1, 2 }, { 3, null } } },
        ["text[]"] = { { "a,b", "\"", "{}", "NULL", "", "\\", null, "é" }, { { "a" }, { "b" } } },
        ["numeric[]"] = { { numeric "1.10", numeric "-0.5" } }, ["boolean[]"] = { { true, false, null } },
        ["double precision[]"] = { { 0.5, 1e300 } },
      } do
        for _, list in ipairs(lists) do check.same(db:value(("SELECT $1::%s"):format(type), list), list) end
      end
      check.equal(db:value("SELECT count(*) FROM unnest($1::bigint[]) AS id", { 1, 2, 3 }), 3)
    end,
  },

  sqlite = {
    ["NaN is refused, because SQLite would store NULL"] = function(db)
      check.raises({ kind = "sql" }, column(db, "double precision"), 0 / 0)
    end,

    ["lists are refused"] = function(db) check.raises({}, column(db, "text"), { 1, 2 }) end,

    ["what stands in a column decides, not its type"] = function(db)
      db:execute "CREATE TABLE loose (v)"
      db:execute "INSERT INTO loose VALUES (1), ('text'), (1.5), (x'00ff'), (NULL)"
      local found = {}
      for row in db:rows "SELECT v, typeof(v) AS t FROM loose" do found[row.t] = row.v == nil and null or row.v end
      check.same(found, { integer = 1, text = "text", real = 1.5, blob = "\0\255", null = null })
    end,
  },
}
