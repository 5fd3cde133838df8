local check = require "check"

local function make(db)
  db:execute "CREATE TABLE t (id integer PRIMARY KEY)"
  return function() return db:value "SELECT count(*) FROM t" end
end

local function insert(db, id) db:execute("INSERT INTO t VALUES ($1)", id) end

return {
  ["a transaction commits and passes on what the function returned"] = function(db)
    local count = make(db)
    local function body(inner)
      check.equal(inner, db)
      insert(db, 1)
      return 1, nil, "three", nil
    end
    check.equal(select("#", db:transaction(body)), 4)
    check.equal(select("#", db:transaction(function() end)), 0)
    check.equal(select(3, db:transaction(function() return 1, nil, false end)), false)
    check.equal(count(), 1)
  end,

  ["it rolls back what a raising function did, and raises the same again"] = function(db)
    local count = make(db)
    local table_raised = { code = 7 }
    for _, raised in ipairs { "text", 42, table_raised, true, print, null } do
      local ok, failure = pcall(db.transaction, db, function()
        insert(db, 1)
        error(raised, 0)
      end)
      check.equal(ok, false)
      check.equal(failure, raised)
    end
    local ok, failure = pcall(db.transaction, db, function() error() end)
    check.equal(ok, false)
    check.equal(failure, nil)
    check.equal(count(), 0)
  end,

  ["an error object passes through unchanged, with what the script added"] = function(db)
    make(db)
    local seen
    local ok, failure = pcall(db.transaction, db, function()
      local _, err = pcall(db.execute, db, "SELECT * FROM no_such_table")
      err.note = "added"
      seen = err
      error(err)
    end)
    check.equal(ok, false)
    check.equal(failure, seen)
    check.equal(failure.note, "added")
    check.equal(failure.kind, "sql")
  end,

  ["a transaction inside a transaction is a savepoint"] = function(db)
    local count = make(db)
    db:transaction(function()
      insert(db, 1)
      check.equal(pcall(db.transaction, db, function()
        insert(db, 2)
        error "no"
      end), false)
      check.equal(count(), 1)
      db:transaction(function()
        insert(db, 3)
        db:savepoint(function() insert(db, 4) end)
        pcall(db.savepoint, db, function()
          insert(db, 5)
          db:savepoint(function() insert(db, 6) end)
          error "no"
        end)
      end)
    end)
    check.equal(count(), 3)
    check.equal(db:value "SELECT sum(id) FROM t", 8)
  end,

  ["a refused statement inside a savepoint leaves the transaction usable"] = function(db)
    local count = make(db)
    db:transaction(function()
      insert(db, 1)
      for _ = 1, 3 do check.raises({ sqlstate = "23505" }, db.savepoint, db, function() insert(db, 1) end) end
      insert(db, 2)
      check.equal(db:savepoint(function() return "kept" end), "kept")
    end)
    check.equal(count(), 2)
  end,

  ["the outer failure undoes inner successes"] = function(db)
    local count = make(db)
    pcall(db.transaction, db, function()
      db:transaction(function() insert(db, 1) end)
      error "no"
    end)
    check.equal(count(), 0)
  end,

  ["savepoints nest fifty deep"] = function(db)
    local count = make(db)
    local function nest(depth)
      insert(db, depth)
      if depth < 50 then db:savepoint(function() nest(depth + 1) end) end
    end
    db:transaction(function() nest(1) end)
    check.equal(count(), 50)
  end,

  ["a coroutine may yield inside a transaction"] = function(db)
    local count = make(db)
    local step = coroutine.wrap(function()
      return db:transaction(function()
        for id = 1, 3 do
          insert(db, id)
          coroutine.yield(id)
        end
        return "done"
      end)
    end)
    check.equal(step(), 1)
    check.equal(step(), 2)
    check.equal(step(), 3)
    check.equal(step(), "done")
    check.equal(count(), 3)
  end,

  ["an error in a coroutine's transaction reaches who resumed it"] = function(db)
    local count = make(db)
    local co = coroutine.create(function()
      db:transaction(function()
        insert(db, 1)
        coroutine.yield()
        insert(db, 1)
      end)
    end)
    check.equal(coroutine.resume(co), true)
    local ok, failure = coroutine.resume(co)
    check.equal(ok, false)
    check.equal(failure.sqlstate, "23505")
    check.equal(count(), 0)
  end,

  ["what is wrong with a call is told before anything is sent"] = function(db)
    check.raises({ kind = "usage" }, db.transaction, db)
    check.raises({ kind = "usage" }, db.transaction, db, "BEGIN")
    check.raises({ kind = "usage" }, db.transaction, db, print, 5)
    check.raises({ kind = "usage" }, db.transaction, db, print, "serializable")
    check.raises({ kind = "usage" }, db.transaction, db, print, false)
    check.raises({ kind = "usage" }, db.transaction, db, print, { isolation = "chaos" })
    check.contains(check.raises({ kind = "usage" }, db.transaction, db, print, { isolatoin = "serializable" }).message,
      "no option 'isolatoin'")
    check.contains(check.raises({ kind = "usage" }, db.transaction, db, print, { retries = "3" }).message,
      "retries is a number, not a string")
    check.raises({ kind = "usage" }, db.savepoint, db, print)
    check.raises({ kind = "usage" }, db.savepoint, db)
    db:transaction(function()
      check.raises({ kind = "usage" }, db.transaction, db, print, { retries = 1 })
    end)
  end,

  ["read_only refuses writes, by the server's word"] = function(db)
    local count = make(db)
    check.raises({ kind = "sql" }, db.transaction, db, function() insert(db, 1) end, { read_only = true })
    check.equal(db:transaction(count, { read_only = true }), 0)
    insert(db, 1)
    check.equal(count(), 1)
  end,

  ["each isolation level is taken"] = function(db)
    for _, level in ipairs { "read committed", "repeatable read", "serializable" } do
      check.equal(db:transaction(function() return db:value "SELECT 1" end, { isolation = level }), 1)
    end
  end,

  ["a transaction that the script opened by SQL is joined by a savepoint"] = function(db)
    local count = make(db)
    db:execute "BEGIN"
    db:transaction(function() insert(db, 1) end)
    db:execute "ROLLBACK"
    check.equal(count(), 0)
  end,

  ["what fails while it is not repeatable is tried once"] = function(db)
    make(db)
    local attempts = 0
    check.raises({ sqlstate = "23505" }, db.transaction, db, function()
      attempts = attempts + 1
      insert(db, 1)
      insert(db, 1)
    end, { retries = 5 })
    check.equal(attempts, 1)
    pcall(db.transaction, db, function()
      attempts = attempts + 1
      error { sqlstate = "23505" }
    end, { retries = 5 })
    check.equal(attempts, 2)
  end,

  ["retries are counted: the first and as many again"] = function(db)
    local count = make(db)
    local attempts = 0
    local ok, failure = pcall(db.transaction, db, function()
      attempts = attempts + 1
      insert(db, 1)
      error({ sqlstate = "40001" })
    end, { retries = 2 })
    check.equal(ok, false)
    check.equal(failure.sqlstate, "40001")
    check.equal(attempts, 3)
    check.equal(count(), 0)
  end,

  postgres = {
    ["a serialization failure is repeated with fresh data"] = function(db)
      local other = db:connect "same"
      db:execute "CREATE TABLE accounts (id integer PRIMARY KEY, balance integer)"
      db:execute "INSERT INTO accounts VALUES (1, 100)"
      local attempts = 0
      local balance = db:transaction(function()
        attempts = attempts + 1
        local seen = db:value "SELECT balance FROM accounts"
        if attempts == 1 then other:execute "UPDATE accounts SET balance = balance + 1" end
        db:execute("UPDATE accounts SET balance = $1", seen * 2)
        return db:value "SELECT balance FROM accounts"
      end, { isolation = "repeatable read", retries = 3 })
      check.equal(attempts, 2)
      check.equal(balance, 202)
      check.equal(other:value "SELECT balance FROM accounts", 202)
      other:close()
    end,

    ["a failure of COMMIT itself is repeated too"] = function(db)
      local other = db:connect "same"
      db:execute "CREATE TABLE t (id integer)"
      local attempts = 0
      db:transaction(function()
        attempts = attempts + 1
        insert(db, db:value "SELECT count(*) FROM t" + 1)
        if attempts == 1 then
          other:transaction(function()
            insert(other, other:value "SELECT count(*) FROM t" + 1)
          end, { isolation = "serializable" })
        end
      end, { isolation = "serializable", retries = 1 })
      check.equal(attempts, 2)
      check.same(db:query "SELECT id FROM t ORDER BY id", { { id = 1 }, { id = 2 } })
      other:close()
    end,

    ["without retries a serialization failure is an error"] = function(db)
      local other = db:connect "same"
      db:execute "CREATE TABLE t (id integer)"
      insert(db, 1)
      check.raises({ kind = "sql", sqlstate = "40001" }, db.transaction, db, function()
        db:value "SELECT id FROM t"
        other:execute "UPDATE t SET id = 2"
        db:execute "UPDATE t SET id = 3"
      end, { isolation = "repeatable read" })
      check.equal(db:value "SELECT id FROM t", 2)
      other:close()
    end,

    ["a transaction whose failure the script swallowed is not said to be committed"] = function(db)
      local count = make(db)
      local err = check.raises({}, db.transaction, db, function()
        insert(db, 1)
        pcall(db.execute, db, "SELECT broken")
      end)
      check.contains(err.message, "nothing can be committed")
      check.equal(count(), 0)
    end,

    ["a constraint that is checked at COMMIT fails the transaction"] = function(db)
      local count = make(db)
      db:execute "CREATE TABLE child (t integer REFERENCES t DEFERRABLE INITIALLY DEFERRED)"
      check.raises({ kind = "sql", sqlstate = "23503" }, db.transaction, db, function()
        insert(db, 1)
        db:execute "INSERT INTO child VALUES (99)"
      end)
      check.equal(count(), 0)
    end,
  },
}
