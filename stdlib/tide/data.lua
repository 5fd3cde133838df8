-- Data fixes: rows changed by a function, in batches that can be stopped, taken on, shared among workers and undone.
-- What each part does stands in tide/data/*.lua.
local native = ...

local archive = require "tide.data.archive"
local commands = require "tide.data.commands"
local csv = require "tide.data.csv"
local copy = require "tide.data.copy"
local each = require "tide.data.each"
local export = require "tide.data.export"
local import = require "tide.data.import"
local runs = require "tide.data.run"
local statement = require "tide.data.statement"
local store = require "tide.data.store"
local transform = require "tide.data.transform"
local undo = require "tide.data.undo"

local data = { commands = commands }

function data.transform(db, options) return transform.run(db, options) end

function data.each(db, options) return each.run(db, options) end

function data.backfill(db, options) return statement.backfill(db, options) end

function data.delete(db, options) return statement.delete(db, options) end

function data.import_csv(db, options) return import.run(db, options) end

function data.export_csv(db, options) return export.run(db, options) end

function data.csv_rows(file, options) return csv.rows(file, options) end
function data.copy(db, options) return copy.run(db, options) end

function data.archive(db, options) return archive.run(db, options) end

function data.undo(db) return undo.migration(db) end

local function refuse(version, what)
  native.host.raise { kind = "verify", message = ("the data fix of migration %s %s"):format(version, what),
    next = { "tide runs   shows how far it is" } }
end

-- The latest run of each of its calls has to be done.
function data.ensure_done(db, version)
  if type(db) ~= "userdata" or type(version) ~= "string" then
    native.host.raise { kind = "usage", message = 'data.ensure_done takes db and the version of a migration, a string: '
      .. 'data.ensure_done(db, "20260101120000")' }
  end
  if native.inputs.dry_run() then
    return native.log.print(("it would be checked that the data fix of migration %s is done"):format(version))
  end
  local latest = {}
  for _, run in ipairs(store.of_version(db, version)) do latest[run.call] = latest[run.call] or run end
  if not next(latest) then refuse(version, "has not begun") end
  for _, run in pairs(latest) do
    if run.state ~= "done" then refuse(version, "is " .. run.state .. ": " .. runs.name_of(run)) end
  end
end

return data
