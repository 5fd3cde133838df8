---@meta tide.runbook

---A text, or one of the two spellings of a length of time: "30s", "10m", or a number of seconds.
---@alias tide.Length string|number

---@class tide.RunbookInput
---@field type? "string"|"number"|"integer"|"boolean"|"duration"  default "string"
---@field default? any          the value where none is given
---@field required? boolean     asked for on a terminal, an error without one; default false
---@field choices? any[]        the only values that are allowed
---@field pattern? string       a Lua pattern that the text must match
---@field secret? boolean       masked everywhere, never in the journal: a resumed run needs it again; default false
---@field env? string           the variable that gives it
---@field ask? string           the question; default: the description, or its name
---@field description? string

---@class tide.RunbookStep
---@field [1] string                            its title
---@field up? fun(run: tide.Run)                does it
---@field manual? string                        an instruction that somebody confirms as done
---@field confirm? string                       a question; no ends the step as failed
---@field ask? string                           a question whose answer is kept as run[name]
---@field hold? string|fun(run: tide.Run): any  waits: for somebody to confirm, or until the function returns true
---@field watch? function|table                 a check, or a list of { "Name", check, every =, for_ = }, repeated for a while
---@field approve? string                       needs the name of a second person
---@field ends? string                          the title of an earlier step: runs its `down` here
---@field down? fun(run: tide.Run)              takes back what `up` did, all of it or the part that came about
---@field verify? fun(run: tide.Run): any       raises or returns false when the step is not done
---@field when? fun(run: tide.Run): any         false: the step does not apply and is skipped
---@field on_error? fun(run: tide.Run, failure: tide.Error, title: string): string?  "retry", "skip", "done", "revert", "stop"
---@field always_down? boolean                  its `down` runs however the run ends; default false
---@field irreversible? string                  why there is no `down`: a revert stops here
---@field point_of_no_return? boolean           from here on a revert asks first; default false
---@field budget? tide.Length                   more than this is said, and shows in the report
---@field timeout? tide.Length                  the step is interrupted then, and fails
---@field retries? integer                      how often it is tried again by itself; default 0
---@field retry_pause? tide.Length              default "1s"
---@field tags? string[]                        for --tags and --skip-tags
---@field name? string                          of `ask`: where the answer goes, and --set NAME=...
---@field choices? string[]                     of `ask`
---@field default? string|number                of `ask`
---@field pattern? string                       of `ask`
---@field secret? boolean                       of `ask`
---@field every? tide.Length                    of `hold` and `watch`: between two looks; default "5s"
---@field within? tide.Length                   of `hold`: fails after that; default "10m"
---@field for_? tide.Length                     of `hold`: must hold for so long, default 0; of `watch`: how long, default "1m"
---@field description? string

---@class tide.Runbook
---@field title string
---@field phases table[]                        { "Title", step, step, tags =, budget = }, or another runbook
---@field risk? string
---@field description? string
---@field budget? tide.Length                   of the whole run
---@field inputs? table<string, tide.RunbookInput>
---@field preflight? fun(run: tide.Run)         looks at all that can be known before step 1; changes nothing
---@field success? table[]                      { "What must be true", function(run) ... end }
---@field facts? table                          options of facts.take, and `expected` as facts.compare takes it
---@field timers? table[]                       { "Post a status update", every = "30m" }
---@field on_error? function                    for steps that have none of their own
---@field follow_up? string[]                   what is left to do afterwards; the report lists it

---What the functions of a runbook are given. Other names hold what steps put there, kept across a resume: values that
---JSON can say.
---@class tide.Run
---@field db tide.Db            the environment's database; each step runs outside of a transaction
---@field inputs table          the inputs by name
---@field env string            the environment's name
---@field id string             the run's id
---@field folder string         its folder, below the project's
---@field who string
---@field host string
---@field title string
---@field dry_run boolean
---@field protected boolean     whether the environment is protected
---@field expect table          tide.expect, on the run's database
local Run = {}

---Applies pending migrations as `tide up` does: its lock, its gates, its history, on a connection of its own.
---Options: target, count, plan_hash, single_transaction, allow_out_of_order; `expect`: how many must be pending; `dir`:
---another folder of migrations, below the project.
---@param options? table
---@return table report         what `tide up --json` prints
function Run:migrate(options) end

---Reverts what run:migrate of this step applied, and nothing else; or { count =, to = } as `tide down` does. With the
---same `dir`.
---@param options? table
---@return table report
function Run:migrate_down(options) end

---@param options? table        dir
---@return table status         what `tide status --json` prints
function Run:migration_status(options) end

---@param options? table        those of run:migrate
---@return table plan           what `tide plan --json` prints
function Run:migration_plan(options) end

---Puts a value into journal and report. Returns it.
---@generic T
---@param name string
---@param value T               anything that JSON can say
---@return T
function Run:evidence(name, value) end

---A check that the report lists. Raises kind "verify" when it is not so.
---@param name string
---@param ok any
---@param message? string
function Run:check(name, ok, message) end

---The same without raising.
---@param name string
---@param ok any
---@param message? string
---@return boolean
function Run:note(name, ok, message) end

---Raises an error of kind "verify".
---@param message string
function Run:fail(message) end

---A line on the console, in the journal and in the report.
function Run:log(...) end

---A connection to another environment, or to a URL.
---@param environment string
---@return tide.Db
function Run:connect(environment) end

---Ends the session of run.db; its next statement connects anew. For what needs the database to itself: backup.restore, a
---database that is renamed or dropped.
function Run:disconnect() end

---Waits; reminders are said meanwhile. In a watcher the other watchers go on.
---@param length tide.Length
function Run:pause(length) end

---Until condition(run) returns true, and has for `for_`. Options: every ("5s"), within ("10m"), for_ (0).
---@param condition fun(run: tide.Run): any, any   what it returns beside false is said when the time is up
---@param options? table
function Run:hold_until(condition, options) end

---Repeats checks for a while; the first that returns false or raises fails the step.
---@param watchers function|table
---@param options? table        every ("5s"), for_ ("1m")
function Run:watch(watchers, options) end

---Preflight: notes whether something holds; all that does not is said together. The needs below do the same.
---@param holds any
---@param name string           what must be true
---@param message? string       what is wrong, or what to do
---@return boolean
function Run:need(holds, name, message) end

---@param name string
---@param fn fun(): any, any    whether it holds, and what it saw
---@return boolean
function Run:need_that(name, fn) end

---@param program string
---@param wanted? string        ">= 15", ">= 15, < 18"
---@param args? string[]        what makes it print its version; default { "--version" }
function Run:need_command(program, wanted, args) end

---@param command string|string[]
---@param flag string           as the command's help names it
---@param help? string          default "--help"
function Run:need_flag(command, flag, help) end

---@param ... string            names of variables
function Run:need_env(...) end

---@param name string
function Run:need_secret(name) end

---@param path string
function Run:need_file(path) end

---@param url string
---@param options? table        those of http.get, and status (200)
function Run:need_url(url, options) end

---@param options? table        engine, name (a pattern), version (">= 14"), tables, without, writable (true)
function Run:need_database(options) end

---@param privilege string      CREATE, TEMPORARY, CREATEDB, SUPERUSER; with a table also SELECT, UPDATE ... and OWNER
---@param relation? string
function Run:need_privilege(privilege, relation) end

---@param size string|number    "500MB", "2GB", or bytes
---@param path? string          default: the project
function Run:need_disk(size, path) end

---@param count integer
function Run:need_connection_slots(count) end

---@param longer_than? tide.Length   default "1m"
function Run:no_blocking_transactions(longer_than) end

---@param options? table        branch, path
function Run:clean_git_tree(options) end

---@param options? table        those of backup.verify
function Run:need_backup(options) end

---@param count? integer        so many; default: any
function Run:need_pending(count) end

---Somebody at a terminal.
function Run:need_person() end

---Makes a runbook of a table; `tide run` runs what a script returns of it. Raises kind "config", with file and line, for
---an unknown field (naming the nearest), a wrong type, a step without a title, or two of one name in a phase.
---
---```lua
---local runbook = require "tide.runbook"
---return runbook {
---  title = "Add the yield tables",
---  phases = { { "Migrate", { "Apply", up = function(run) run:migrate() end, down = function(run) run:migrate_down() end } } },
---}
---```
---@param declaration tide.Runbook
---@return tide.Runbook
local function runbook(declaration) end

return runbook
