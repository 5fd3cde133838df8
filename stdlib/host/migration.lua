-- Loads a migration script: runs its chunk, checks the table it returns, and hands the host plain fields.
local native, part = ...

local sandbox = part "sandbox"

local FIELDS = {
  description = "string", up = "function", verify = "function", transaction = "boolean", lock_timeout = "string",
  statement_timeout = "string", max_blocked = "number", max_blocked_time = "string", repeatable = "boolean",
  additive_only = "boolean", requires = "table", tags = "table", lint = "table",
}
local ALLOWED = {}
for name in pairs(FIELDS) do ALLOWED[#ALLOWED + 1] = name end
ALLOWED[#ALLOWED + 1] = "down"
table.sort(ALLOWED)

-- The ways to write a field: `up = `, `["up"] = `, `m.up = `, `function m.up(`.
local SPELLINGS = {
  "^%%s*%s%%s*=[^=]", "[{,;]%%s*%s%%s*=[^=]", "%%[%%s*[\"']%s[\"']%%s*%%]%%s*=[^=]", "%%.%s%%s*=[^=]",
  "function%%s+[%%w_.]+[.:]%s%%s*%%(",
}

-- The line where the field stands; the table itself no longer knows it.
local function line_of(text, field)
  local line = 0
  for content in (text .. "\n"):gmatch("(.-)\n") do
    line = line + 1
    for _, spelling in ipairs(SPELLINGS) do
      if (content .. " "):find(spelling:format(field)) then return line end
    end
  end
  return 0
end

local function check_field(name, value, fail)
  if name == "down" then
    if type(value) ~= "function" and debug.getmetatable(value) ~= sandbox.Irreversible then
      fail(name, "`down` is a function, or irreversible \"why\"")
    end
    return
  end
  local expected = FIELDS[name]
  if expected == nil then
    local near = type(name) == "string" and native.host.nearest(name, ALLOWED) or ""
    fail(name, ("unknown field '%s'%s; allowed: %s"):format(tostring(name),
      near ~= "" and (" (did you mean '%s'?)"):format(near) or "", table.concat(ALLOWED, ", ")))
  elseif type(value) ~= expected then
    fail(name, ("`%s` is a %s, not a %s"):format(name, expected, type(value)))
  end
end

-- ours -> PostgreSQL's
local UNITS = { us = "us", ms = "ms", s = "s", m = "min", min = "min", h = "h", d = "d" }

local function check_timeout(name, value, fail)
  if value == nil or value == "0" then return value end
  local number, unit = value:match("^(%d+)%s*(%a*)$")
  if UNITS[unit] then return number .. UNITS[unit] end
  fail(name, ("`%s` is a number with its unit, such as \"3s\" (us, ms, s, m, h, d), or \"0\" for none; not \"%s\"")
    :format(name, value))
end

local MS = { ms = 1, s = 1000, min = 60000, h = 3600000, d = 86400000 }

-- In milliseconds, 0 for none.
local function check_duration(name, value, fail)
  if value == nil then return nil end
  local number, unit = (check_timeout(name, value, fail)):match("^(%d+)(%a*)$")
  if value ~= "0" and not MS[unit] then fail(name, ("`%s` is not counted in %s"):format(name, unit)) end
  return number * (MS[unit] or 1)
end

local function check_count(name, value, fail)
  if value and (value < 0 or value % 1 ~= 0) then fail(name, ("`%s` is a whole number, 0 or more"):format(name)) end
  return value
end

local function check_requires(requires, fail)
  for key, value in pairs(requires) do
    if key ~= "backup" or type(value) ~= "string" then
      fail("requires", "`requires` takes backup = \"30m\" (the oldest backup that counts)")
    end
  end
  return requires.backup
end

local function check_tags(tags, fail)
  for key, value in pairs(tags) do
    if type(key) ~= "number" or type(value) ~= "string" then fail("tags", "`tags` is a list of strings") end
  end
end

-- A list of { rule, reason, line }.
local function check_lint(lint, text, fail)
  local silences = {}
  for rule, reason in pairs(lint) do
    if type(rule) ~= "string" or type(reason) ~= "string" then
      fail("lint", "`lint` names rules and why they are silenced: lint = { [\"drop-column\"] = \"why\" }")
    end
    local wrong = native.host.wrong_silence(rule, reason)
    local line = line_of(text, (rule:gsub("%W", "%%%0")))
    if wrong ~= "" then fail(line > 0 and rule or "lint", wrong) end
    silences[#silences + 1] = { rule, reason, line }
  end
  table.sort(silences, function(a, b) return a[1] < b[1] end)
  return silences
end

local function check(name, text, script)
  local function fail(field, message)
    local line = type(field) == "string" and line_of(text, (field:gsub("%W", "%%%0"))) or 0
    native.host.raise { kind = "config", message = message, file = name, line = line }
  end
  if type(script) ~= "table" then
    fail(nil, ("a migration returns a table with `up` and `down`, this file returns %s"):format(
      script == nil and "nothing" or "a " .. type(script)))
  end
  for field, value in pairs(script) do check_field(field, value, fail) end
  if script.up == nil then fail(nil, "the migration has no `up`: up = function(db) ... end") end
  if script.tags then check_tags(script.tags, fail) end
  return {
    description = script.description, up = script.up, verify = script.verify,
    down = type(script.down) == "function" and script.down or nil,
    irreversible = type(script.down) == "table" and rawget(script.down, "reason") or nil,
    transaction = script.transaction ~= false,
    lock_timeout = check_timeout("lock_timeout", script.lock_timeout, fail),
    statement_timeout = check_timeout("statement_timeout", script.statement_timeout, fail),
    max_blocked = check_count("max_blocked", script.max_blocked, fail),
    max_blocked_ms = check_duration("max_blocked_time", script.max_blocked_time, fail),
    repeatable = script.repeatable == true,
    additive_only = script.additive_only == true,
    requires_backup = script.requires and check_requires(script.requires, fail) or nil,
    lint = check_lint(script.lint or {}, text, fail),
  }
end

local migration = {}

function migration.load(name, text) return check(name, text, sandbox.load(name, text)()) end

return migration
