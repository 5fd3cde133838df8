---@meta tide.alembic

---Alembic by its CLI, for projects that still have migrations of it. Its commands print text only; each function raises kind
---"io" with Alembic's words when it fails.
---@class tide.alembic
local alembic = {}

---@class tide.AlembicOptions
---@field config? string        default alembic.ini
---@field name? string          of its section; default "alembic"
---@field env? table<string, string>   variables for env.py; DATABASE_URL of the environment is handed over anyway
---@field timeout? string|number   default "10m"

---The revisions that the database is at, sorted: none at base, several with branches.
---@param options? tide.AlembicOptions
---@return string[] revisions
function alembic.current(options) end

---The last revisions of the folder, sorted.
---
---```lua
---local behind = alembic.current()[1] ~= alembic.heads()[1]
---```
---@param options? tide.AlembicOptions
---@return string[] revisions
function alembic.heads(options) end

---@param revision string       "head", "ae1027a6acf", "+1"
---@param options? tide.AlembicOptions
function alembic.upgrade(revision, options) end

---@param revision string       "base", "ae1027a6acf", "-1"
---@param options? tide.AlembicOptions
function alembic.downgrade(revision, options) end

---Records a revision and runs nothing.
---@param revision string
---@param options? tide.AlembicOptions
function alembic.stamp(revision, options) end

---What an upgrade would send (`--sql`). Migrations that look at the database cannot say it.
---@param revision string
---@param options? tide.AlembicOptions
---@return string sql
function alembic.sql(revision, options) end

---Raises when the models have what no migration makes.
---@param options? tide.AlembicOptions
function alembic.check(options) end

return alembic
