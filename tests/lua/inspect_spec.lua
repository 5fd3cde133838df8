local check = require "check"
local inspect = require "tide.inspect"

local function make(db)
  db:execute "CREATE TABLE a (id integer PRIMARY KEY, note text)"
  db:execute "CREATE TABLE b (id integer PRIMARY KEY, a_id integer REFERENCES a, c_id integer REFERENCES a)"
  db:execute "CREATE INDEX b_c ON b (c_id)"
  db:execute "CREATE INDEX b_c_again ON b (c_id, id)"
end

return {
  ["missing_fk_indexes: a foreign key whose columns no index begins with"] = function(db)
    make(db)
    local rows = inspect.missing_fk_indexes(db)
    check.equal(#rows, 1)
    check.equal(rows[1].table_name, "b")
    check.equal(rows[1].columns, "a_id")
  end,

  ["duplicate_indexes: an index that another one begins with"] = function(db)
    make(db)
    local rows = inspect.duplicate_indexes(db)
    check.equal(#rows, 1)
    check.equal(rows[1].index_name, "b_c")
    check.equal(rows[1].covered_by, "b_c_again")
  end,

  ["every question is answered, or says that the engine has no such figures"] = function(db)
    make(db)
    for name, ask in pairs(inspect) do
      local ok, failure = pcall(ask, db)
      if not ok then check.equal(failure.kind, "usage", name .. ": " .. tostring(failure.message)) end
    end
  end,

  ["diagnose: names what is wrong first"] = function(db)
    make(db)
    local verdicts = inspect.diagnose(db)
    local found
    for _, verdict in ipairs(verdicts) do
      if verdict.check == "duplicate_indexes" then found = verdict end
    end
    check.equal(found.verdict, "yellow")
    check.equal(found.message, "b_c is covered by b_c_again")
  end,

  ["a question takes the database"] = function()
    check.raises({ kind = "usage", message = "inspect.sizes takes the database: inspect.sizes(db)" }, inspect.sizes)
  end,

  postgres = {
    ["sequences: the type of the column that a sequence fills counts"] = function(db)
      db:execute "CREATE TABLE s (id smallserial)"
      db:execute "SELECT setval('s_id_seq', 32000)"
      local rows = inspect.sequences(db)
      check.equal(rows[1].fills, "s.id")
      check.equal(rows[1].percent > 97, true)
      local verdict = inspect.diagnose(db)[1]
      check.equal(verdict.verdict, "red")
    end,

    ["invalid: a constraint that was never validated"] = function(db)
      make(db)
      db:execute "ALTER TABLE a ADD CONSTRAINT short CHECK (length(note) < 5) NOT VALID"
      check.equal(inspect.invalid(db)[1].name, "short")
    end,
  },
}
