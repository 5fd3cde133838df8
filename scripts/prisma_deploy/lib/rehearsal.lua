-- The deployment tried on a copy: the backup restored on the scratch server, Prisma's own deploy on it, and the way back.
local prisma = require "tide.prisma"
local additive = require "additive"
local contents = require "contents"
local way_back = require "way_back"

local rehearsal = {}

-- A URL without its password, and the password: a program gets it in its environment, never on its command line.
local function split_password(url)
  local head, password, rest = url:match "^(%w+://[^:@/]*):([^@/]*)(@.*)$"
  if not password then return url, "" end
  return head .. rest, (password:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function in_database(url, name) return (url:gsub("^(%w+://[^/?]*)/?[^?]*", "%1/" .. name)) end

local function restore(label, url)
  for _, saved in ipairs(backup.list()) do
    if saved.label == label then
      local target, password = split_password(url)
      shell.run({ "pg_restore", "--exit-on-error", "--no-owner", "--no-password", "--dbname", target, saved.path },
        { env = { PGPASSWORD = password }, timeout = "1h" })
      return
    end
  end
  error("there is no backup " .. label, 0)
end

local function none(what, list)
  if #list > 0 then error(("in the rehearsal %s: %s"):format(what, table.concat(list, "; ")), 0) end
end

local function try(db, url, plan)
  local before, columns = schema.snapshot(db), contents.columns(db)
  local rows = contents.read(db, columns)
  for _, each in ipairs(plan.mark) do prisma.resolve_applied(each.name, { url = url }) end
  prisma.deploy { url = url, lock_timeout = "5s" }
  local after = schema.snapshot(db)
  none("something disappeared or takes less", additive.losses(schema.diff(before, after, { a = "before", b = "after" })))
  none("rows changed", contents.changed(rows, contents.read(db, columns)))
  way_back.go(db, plan.apply, plan.mark)
  local left = {}
  for i, each in ipairs(schema.diff(before, db, { a = "before", b = "after the way back" })) do left[i] = each.text end
  none("the way back did not end where it began", left)
  none("the way back changed rows", contents.changed(rows, contents.read(db, columns)))
  return schema.digest(after)
end

-- In a database of its own, which goes again. Returns the digest of the schema that comes out.
function rehearsal.run(run, url, name, label, plan)
  local server = run:connect(url)
  local function drop() server:execute(("DROP DATABASE IF EXISTS %s WITH (FORCE)"):format(server:ident(name))) end
  drop()
  server:execute(("CREATE DATABASE %s TEMPLATE template0"):format(server:ident(name)))
  local copy
  local ok, result = pcall(function()
    local there = in_database(url, name)
    restore(label, there)
    copy = run:connect(there)
    return try(copy, there, plan)
  end)
  if copy then copy:close() end
  drop()
  server:close()
  if not ok then error(result, 0) end
  return result
end

return rehearsal
