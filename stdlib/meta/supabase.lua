---@meta tide.supabase

---Projects on Supabase, by the `supabase` CLI (2.x) in the folder that is linked with one, and by the Management API. The
---variables SUPABASE_ACCESS_TOKEN (who asks) and SUPABASE_DB_PASSWORD (of the linked project's database) are passed on to
---the CLI. What the CLI does not have, this has not: there is no `login --check`, no `db remote psql`, no `logs`.
---@class tide.supabase
local supabase = {}

---@class tide.SupabaseOptions
---@field workdir? string       the folder that has `supabase/`; default the project's
---@field timeout? string|number   default "5m"

---@class tide.SupabasePush : tide.SupabaseOptions
---@field dry_run? boolean      names what it would apply; default false
---@field include_all? boolean  also files older than the newest version there; default false

---@class tide.SupabaseProject
---@field ref string
---@field name string
---@field region string
---@field status string         "ACTIVE_HEALTHY", "INACTIVE", "RESTORING" ...
---@field linked boolean        whether the folder is linked with it
---@field host? string          of its database

---@class tide.SupabaseMigration
---@field version string
---@field locally boolean       whether supabase/migrations has a file of that version
---@field remote boolean        whether the remote history has it

---@class tide.SupabaseLogs
---@field since? string         ISO time; with `till` at most 24 hours, rounded to minutes; default the last minute
---@field till? string
---@field where? string         a further condition, in ClickHouse's SQL
---@field limit? integer        default 100
---@field api? string           default "https://api.supabase.com"
---@field token? string         default the secret SUPABASE_ACCESS_TOKEN
---@field timeout? string|number   default "30s"

---@alias tide.SupabaseSource "postgres_logs"|"edge_logs"|"auth_logs"|"postgrest_logs"|"storage_logs"|"realtime_logs"
---|"function_logs"|"function_edge_logs"|"supavisor_logs"

---@class tide.SupabaseLine
---@field at string
---@field message string

---@param options? tide.SupabaseOptions
---@return string version       "2.20.3"
function supabase.version(options) end

---Every project that the access token sees; raises kind "io" where nobody is logged in.
---@param options? tide.SupabaseOptions
---@return tide.SupabaseProject[] projects
function supabase.projects(options) end

---One of them. Raises kind "verify" when the token does not see it.
---
---```lua
---local project = supabase.project(run.inputs.project_ref)
---run:need(project.linked, "the folder is linked with it", "supabase link --project-ref " .. project.ref)
---```
---@param ref string
---@param options? tide.SupabaseOptions
---@return tide.SupabaseProject project
function supabase.project(ref, options) end

---The files of supabase/migrations and the history of the linked project, side by side, by version.
---@param options? tide.SupabaseOptions
---@return tide.SupabaseMigration[] migrations
function supabase.migrations(options) end

---`supabase db push` into the linked project. Raises kind "io" with the CLI's words when it refuses: also while the remote
---history has a version that supabase/migrations has not.
---@param options? tide.SupabasePush
---@return string[] files       what it applied, or would apply; empty when all is there
function supabase.push(options) end

---Marks versions in the remote history, and runs nothing.
---@param versions string[]     one at least: without any the CLI would rewrite the whole history
---@param status "applied"|"reverted"
---@param options? tide.SupabaseOptions
function supabase.repair(versions, status, options) end

---Supabase's own backups, and whether the project has point-in-time recovery.
---@param ref string
---@param options? tide.SupabaseOptions
---@return { pitr: boolean, backups: { at: string, status: string }[] } found
function supabase.backups(ref, options) end

---Asks for the whole project as it was at a moment; needs point-in-time recovery. All that was written since is lost, in
---all schemas. Returns when it was asked for: the project is RESTORING for minutes then.
---@param ref string
---@param epoch integer         seconds since 1970, UTC
---@param options? tide.SupabaseOptions
function supabase.restore(ref, epoch, options) end

---Lines of a log, the newest first.
---
---```lua
---local errors = supabase.logs(ref, "postgres_logs", { since = began, till = now,
---  where = "log_attributes['parsed.error_severity'] IN ('ERROR', 'FATAL', 'PANIC')" })
---```
---@param ref string
---@param source tide.SupabaseSource
---@param options? tide.SupabaseLogs
---@return tide.SupabaseLine[] lines
function supabase.logs(ref, source, options) end

return supabase
