local check = require "check"

local function broken(db) return select(2, pcall(db.execute, db, "SELECT * FROM no_such_table")) end

return {
  ["an error object has fields for programs and a text for people"] = function(db)
    local err = broken(db)
    check.equal(err.kind, "sql")
    check.equal(#err.sqlstate, 5)
    check.equal(err.file, "tests/lua/error_spec.lua")
    check.equal(err.line, 3)
    check.equal(tostring(err), "tests/lua/error_spec.lua:3: " .. err.message)
    check.same(err.done, {})
    check.same(err.next, {})
    check.equal(err.cause, nil)
    check.equal(getmetatable(err), false)
  end,

  ["raised again it is the same object"] = function(db)
    local err = broken(db)
    for _, again in ipairs { error, function(e) error(e, 0) end, function(e) error(e, 2) end, function(e) assert(false, e) end } do
      check.equal(select(2, pcall(again, err)), err)
    end
    check.equal(select(2, xpcall(function() error(err) end, function(e) return e end)), err)
    local co = coroutine.create(function() error(err) end)
    check.equal(select(2, coroutine.resume(co)), err)
    check.equal(select(2, pcall(coroutine.wrap(function() error(err) end))), err)
  end,

  ["an xpcall handler gets it and may replace it"] = function(db)
    local ok, state = xpcall(db.execute, function(e) return e.sqlstate end, db, "SELECT * FROM no_such_table")
    check.equal(ok, false)
    check.equal(#state, 5)
  end,

  ["a script's changes to it are its own affair"] = function(db)
    local err = broken(db)
    err.cause = err
    err.message = nil
    err.line = "x"
    err.done = 5
    check.equal(type(tostring(err)), "string")
    check.equal(pcall(db.transaction, db, function() error(err) end), false)
    check.equal(pcall(setmetatable, err, {}), false)
  end,

  ["errors of the script itself are what Lua says"] = function()
    local ok, failure = pcall(function()
      local row = {}
      return row.nothing.field
    end)
    check.equal(ok, false)
    check.equal(failure, "tests/lua/error_spec.lua:50: attempt to index field 'nothing' (a nil value)")
  end,

  ["a global that is looked up by name at run time does not exist"] = function()
    check.equal(pcall(function() return ("x").y.z end), false)
  end,

  postgres = {
    ["the server's fields arrive"] = function(db)
      db:execute "CREATE TABLE parent (id integer PRIMARY KEY)"
      db:execute "CREATE TABLE child (parent integer CONSTRAINT child_parent REFERENCES parent)"
      local err = check.raises({ sqlstate = "23503", constraint = "child_parent", table = "child" }, db.execute, db,
        "INSERT INTO child VALUES (7)")
      check.contains(err.detail, "(parent)=(7)")
      check.equal(err.statement, "INSERT INTO child VALUES (7)")
      err = check.raises({ sqlstate = "42703" }, db.execute, db, "SELECT nme FROM (SELECT 1 AS name) AS t")
      check.equal(err.position, 8)
      err = check.raises({ sqlstate = "P0001", message = "stop", detail = "why", hint = "how" }, db.execute, db,
        "DO $$ BEGIN RAISE 'stop' USING DETAIL = 'why', HINT = 'how'; END $$")
      check.contains(err.context, "PL/pgSQL")
    end,

    ["the line is the one inside the statement"] = function(db)
      local err = check.raises({ sqlstate = "42703", file = "tests/lua/error_spec.lua" }, function()
        db:execute [[SELECT
          1,
          nme]]
      end)
      check.contains(tostring(err), ("error_spec.lua:%d: "):format(err.line))
    end,
  },
}
