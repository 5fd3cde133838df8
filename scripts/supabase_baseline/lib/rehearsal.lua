-- The backups restored on another server, and the baseline tried there on what came out.
local baseline = require "baseline"
local checks = require "checks"

local rehearsal = {}

-- A URL without its password, and the password: programs get it in their environment, never on their command line.
local function split_password(url)
  local head, password, rest = url:match "^(%w+://[^:@/]*):([^@/]*)(@.*)$"
  if not password then return url end
  return head .. rest, (password:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function in_database(url, name) return (url:gsub("^(%w+://[^/?]*)/?[^?]*", "%1/" .. name)) end

-- The program of the server's own version where it is installed: a newer one sets what an older server does not know.
function rehearsal.pg_restore(db)
  local major = db.version:match "^%d+"
  for _, folder in ipairs { "/usr/lib/postgresql/%s/bin/", "/usr/pgsql-%s/bin/" } do
    local program = folder:format(major) .. "pg_restore"
    if shell.find(program) then return program end
  end
  return "pg_restore"
end

-- Its data came as pg_dump's custom format, which `backup.list` says the place of.
local function load(program, label, url)
  for _, saved in ipairs(backup.list()) do
    if saved.label == label then
      local target, password = split_password(url)
      shell.run({ program, "--exit-on-error", "--no-owner", "--no-password", "--dbname", target, saved.path },
        { env = { PGPASSWORD = password or "" }, timeout = "1h" })
      return saved
    end
  end
  error(("there is no backup %s"):format(label), 2)
end

local function require_rows(db, saved)
  for _, each in ipairs(saved.tables) do
    local found = db:value("SELECT count(*) FROM " .. each.table)
    if found ~= each.rows then
      error(("%s was restored with %d rows, and was backed up with %d"):format(each.table, found, each.rows), 2)
    end
  end
end

-- Up, checked against the consolidated schema, and down, checked against what was there.
local function try_baseline(db)
  local before, was = checks.contents(db), checks.digest_of(db)
  checks.undone(db, function()
    baseline.remember(db)
    db:file(baseline.file)
    local changed, differences = checks.changes(before, checks.contents(db)), checks.differences(db)
    if #changed > 0 then error("in the rehearsal " .. changed[1], 0) end
    if #differences > 0 then error("after the rehearsal " .. differences[1].text, 0) end
    baseline.put_back(db)
    if checks.digest_of(db) ~= was then error("in the rehearsal `down` did not put back what was there", 0) end
  end)
end

-- Schema and rows from two backups into a database of its own, which goes again; returns the rows that came back.
function rehearsal.run(db, url, name, labels)
  local server = db:connect(url)
  local function drop() server:execute(("DROP DATABASE IF EXISTS %s"):format(server:ident(name))) end
  drop()
  server:execute(("CREATE DATABASE %s TEMPLATE template0"):format(server:ident(name)))
  local copy
  local ok, result = pcall(function()
    local there = in_database(url, name)
    local program = rehearsal.pg_restore(server)
    load(program, labels.schema, there)
    local saved = load(program, labels.data, there)
    copy = db:connect(there)
    require_rows(copy, saved)
    try_baseline(copy)
    return saved.tables
  end)
  if copy then copy:close() end
  drop()
  server:close()
  if not ok then error(result, 0) end
  return result
end

return rehearsal
