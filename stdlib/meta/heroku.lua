---@meta tide.heroku

---The heroku CLI (8 or later). Each function is one command and raises kind "io" when the command fails. The CLI's own
---login counts, or the variable HEROKU_API_KEY.
---
---```lua
---local heroku = require "tide.heroku"
---heroku.maintenance_on "kustodia"
---```
---@class tide.heroku
local heroku = {}

---@class tide.HerokuDyno
---@field name string     "web.1"
---@field type string     "web"
---@field state string    "up", "crashed", "starting" ...
---@field command? string

---@class tide.HerokuRelease
---@field version integer
---@field status string   "succeeded", "pending", "failed"
---@field current boolean
---@field description string

---@class tide.HerokuBackup
---@field id string       "b003", of a scheduled one "a010"
---@field complete boolean

---@class tide.HerokuLogs
---@field num? integer    lines; default 100
---@field source? string  "app" or "heroku"; default both
---@field dyno? string    such as "web"; default all

---`heroku auth:whoami`
---@return string email   of who is logged in
function heroku.whoami() end

---`heroku access`
---@param app string
---@return string[] emails   of those who may work on the app
function heroku.access(app) end

---`heroku maintenance`. Only web dynos are behind the router: workers go on in maintenance mode.
---@param app string
---@return boolean
function heroku.in_maintenance(app) end

---`heroku maintenance:on`
---@param app string
function heroku.maintenance_on(app) end

---`heroku maintenance:off`
---@param app string
function heroku.maintenance_off(app) end

---`heroku ps`
---@param app string
---@return tide.HerokuDyno[]
function heroku.dynos(app) end

---`heroku ps:scale` without changes: { web = "1:Standard-1X", worker = "2:Standard-1X" }
---@param app string
---@return table<string, string>
function heroku.formation(app) end

---`heroku ps:scale`
---@param app string
---@param formation table<string, string|integer>   { worker = 0 }, or what heroku.formation returned
function heroku.scale(app, formation) end

---`heroku ps:restart`
---@param app string
function heroku.restart(app) end

---`heroku logs`, which ends with what is there.
---@param app string
---@param options? tide.HerokuLogs
---@return string text
function heroku.logs(app, options) end

---`heroku run`: a command in a one-off dyno, also in maintenance mode; its exit code counts. A list of one is a line for the
---dyno's shell; of several the CLI quotes those with blanks.
---
---```lua
---heroku.run("kustodia", { "npm", "run", "smoke" }, { timeout = "2m" })
---```
---@param app string
---@param argv (string|number)[]
---@param options? tide.ShellOptions
---@return tide.ShellResult
function heroku.run(app, argv, options) end

---`heroku releases`
---@param app string
---@param num? integer   default 15
---@return tide.HerokuRelease[] newest first
function heroku.releases(app, num) end

---@param app string
---@return tide.HerokuRelease|nil release   nil when nothing was released yet
function heroku.current_release(app) end

---`heroku releases:rollback`: a new release of the code and config of an older one.
---@param app string
---@param version integer
function heroku.rollback(app, version) end

---`heroku pg:info`, by its own names: Plan, Connections ("3/20"), Tables, ["PG Version"] ...
---@param app string
---@param database? string   default "DATABASE_URL"
---@return table<string, string>
function heroku.pg_info(app, database) end

---`heroku pg:reset`: deletes all that is in the database.
---@param app string
---@param database? string   default "DATABASE_URL"
function heroku.pg_reset(app, database) end

---`heroku pg:backups`
---@param app string
---@return tide.HerokuBackup[] newest first
function heroku.backups(app) end

---A backup that somebody captured since: one that a killed run made is found again.
---@param app string
---@param before tide.HerokuBackup[]   what heroku.backups returned then
---@return string|nil id               of the newest complete one; nil when there is none
function heroku.newer_backup(app, before) end

---`heroku pg:backups:capture`, to its end.
---@param app string
---@param database? string   default "DATABASE_URL"
---@return string id
function heroku.capture(app, database) end

---`heroku pg:backups:info`, by its own names: Status, Database, ["Backup Size"] ...
---@param app string
---@param id string
---@return table<string, string>
function heroku.backup(app, id) end

---`heroku pg:backups:restore`: a backup in the place of all that is in the database.
---@param app string
---@param id string
---@param database? string   default "DATABASE_URL"
function heroku.restore(app, id, database) end

---`heroku pg:backups:schedule`: a backup every day.
---@param app string
---@param at string        "02:00 UTC", or with another time zone's name
---@param database? string default "DATABASE_URL"
function heroku.schedule_backups(app, at, database) end

---`heroku pg:backups:unschedule`
---@param app string
---@param database? string default "DATABASE_URL"
function heroku.unschedule_backups(app, database) end

---`heroku pg:backups:schedules`
---@param app string
---@return { database: string, at: string }[]
function heroku.backup_schedules(app) end

---`heroku pg:backups:download`
---@param app string
---@param id string
---@param path string   a file of the project
function heroku.download(app, id, path) end

return heroku
