-- Projects on Supabase: the supabase CLI (2.x) for what it does, the Management API for logs, which the CLI has not. The
-- token of SUPABASE_ACCESS_TOKEN is who asks; the linked project's database asks for SUPABASE_DB_PASSWORD.
local native = ...

local CLI = { workdir = "string", timeout = "string|number" }
local PUSH = { workdir = "string", timeout = "string|number", dry_run = "boolean", include_all = "boolean" }
local LOGS = {
  since = "string", till = "string", where = "string", limit = "number", api = "string", token = "string",
  timeout = "string|number",
}

local VARIABLES = { "SUPABASE_ACCESS_TOKEN", "SUPABASE_DB_PASSWORD", "SUPABASE_PROFILE" }
local SOURCES = { "postgres_logs", "edge_logs", "auth_logs", "postgrest_logs", "storage_logs", "realtime_logs", "function_logs",
  "function_edge_logs", "supavisor_logs" }

local supabase = {}

local function fail(kind, message, detail) native.host.raise { kind = kind, message = message, detail = detail } end

local function run(args, options)
  local argv = { "supabase", unpack(args) }
  if options.workdir then
    argv[#argv + 1] = "--workdir"
    argv[#argv + 1] = options.workdir
  end
  local result = shell.run(argv, { env = VARIABLES, timeout = options.timeout or "5m", check = false })
  if result.code == 0 then return result end
  local why = result.timed_out and "it took too long" or result.err:match "[^\n]+" or "it ended with code " .. result.code
  fail("io", ("supabase %s: %s"):format(table.concat(args, " "), why), result.err)
end

function supabase.version(options)
  local result = run({ "--version" }, native.options("supabase.version", options, CLI))
  return result.out:match "%d+%.%d+%.%d+"
end

-- Every project that the token sees.
function supabase.projects(options)
  local result = run({ "projects", "list", "--output", "json" }, native.options("supabase.projects", options, CLI))
  local projects = {}
  for i, each in ipairs(result.recorded and {} or json.decode(result.out)) do
    projects[i] = { ref = each.id, name = each.name, region = each.region, status = each.status, linked = each.linked == true,
      host = type(each.database) == "table" and each.database.host or nil }
  end
  return projects
end

function supabase.project(ref, options)
  local seen = {}
  for i, each in ipairs(supabase.projects(options)) do
    if each.ref == ref then return each end
    seen[i] = each.ref
  end
  fail("verify", ("the access token sees no project %s: it sees %s"):format(tostring(ref),
    #seen > 0 and table.concat(seen, ", ") or "none"))
end

-- The table that `migration list` draws; which lines draw it depends on the version and on where it goes to.
local function rows_of(out)
  local rows, headed = {}, false
  for line in out:gsub("│", "|"):gsub("`", ""):gmatch "[^\n]+" do
    headed = headed or line:lower():find "local.*|.*remote" ~= nil
    local here, there = line:match "^[%s|]-(%d*)%s*|%s*(%d*)%s*|"
    if headed and here and here .. there ~= "" then rows[#rows + 1] = { here, there } end
  end
  return headed and rows or nil
end

function supabase.migrations(options)
  local result = run({ "migration", "list", "--linked" }, native.options("supabase.migrations", options, CLI))
  if result.recorded then return {} end
  local rows = rows_of(result.out)
  if not rows then fail("io", "`supabase migration list` printed no table of migrations", result.out) end
  local migrations = {}
  for i, row in ipairs(rows) do
    migrations[i] = { version = row[1] ~= "" and row[1] or row[2], locally = row[1] ~= "", remote = row[2] ~= "" }
  end
  return migrations
end

-- The files that it names are those that it applies, or would.
function supabase.push(options)
  options = native.options("supabase.push", options, PUSH)
  local args = { "db", "push", "--linked", "--yes" }
  if options.dry_run then args[#args + 1] = "--dry-run" end
  if options.include_all then args[#args + 1] = "--include-all" end
  local result = run(args, options)
  local files, seen = {}, {}
  for file in (result.out .. "\n" .. result.err):gmatch "(%d+_[%w_%-%.]-%.sql)" do
    if not seen[file] then seen[file], files[#files + 1] = true, file end
  end
  return files
end

local function check_versions(versions)
  if type(versions) ~= "table" or versions[1] == nil then
    fail("usage", "supabase.repair takes a list of versions: without any the CLI rewrites the whole history")
  end
  for _, version in ipairs(versions) do
    if not tostring(version):find "^%d+$" then
      fail("usage", ("supabase.repair: '%s' is no version"):format(tostring(version)))
    end
  end
end

-- Corrects the remote history; runs no migration.
function supabase.repair(versions, status, options)
  check_versions(versions)
  if status ~= "applied" and status ~= "reverted" then fail("usage", "supabase.repair marks as \"applied\" or \"reverted\"") end
  options = native.options("supabase.repair", options, CLI)
  local args = { "migration", "repair" }
  for _, version in ipairs(versions) do args[#args + 1] = tostring(version) end
  args[#args + 1] = "--status"
  args[#args + 1] = status
  args[#args + 1] = "--linked"
  run(args, options)
end

-- Supabase's own backups of a project.
function supabase.backups(ref, options)
  options = native.options("supabase.backups", options, CLI)
  local result = run({ "backups", "list", "--project-ref", ref, "--output", "json" }, options)
  if result.recorded then return { pitr = false, backups = {} } end
  local found = json.decode(result.out)
  local list = {}
  for i, each in ipairs(found.backups or {}) do list[i] = { at = each.inserted_at, status = each.status } end
  return { pitr = found.pitr_enabled == true, backups = list }
end

-- Puts the whole project back to a moment, where it has point-in-time recovery. Returns when that has been asked for.
function supabase.restore(ref, epoch, options)
  if type(epoch) ~= "number" or epoch % 1 ~= 0 then
    fail("usage", "supabase.restore takes the moment in whole seconds since 1970")
  end
  run({ "backups", "restore", "--project-ref", ref, "--timestamp", ("%d"):format(epoch) },
    native.options("supabase.restore", options, CLI))
end

local function check_source(source)
  for _, known in ipairs(SOURCES) do
    if source == known then return end
  end
  local near = native.host.nearest(tostring(source), SOURCES)
  fail("usage", ("supabase.logs: there is no source '%s'%s"):format(tostring(source),
    near ~= "" and (", did you mean '%s'?"):format(near) or "; there are " .. table.concat(SOURCES, ", ")))
end

-- Lines of a log, the newest first. Management API, GET /v1/projects/{ref}/analytics/endpoints/logs; ClickHouse SQL.
function supabase.logs(ref, source, options)
  check_source(source)
  options = native.options("supabase.logs", options, LOGS)
  local sql = ("SELECT timestamp, event_message FROM logs WHERE source = '%s'%s ORDER BY timestamp DESC LIMIT %d"):format(source,
    options.where and (" AND (%s)"):format(options.where) or "", options.limit or 100)
  local answer = http.get(("%s/v1/projects/%s/analytics/endpoints/logs"):format(options.api or "https://api.supabase.com", ref), {
    bearer = options.token or secret "SUPABASE_ACCESS_TOKEN", check = true, retries = 2, timeout = options.timeout or "30s",
    query = { sql = sql, iso_timestamp_start = options.since, iso_timestamp_end = options.till },
  })
  if answer.recorded then return {} end
  local document = answer.json()
  if document.error ~= nil and document.error ~= null and document.error ~= "" then
    local why = document.error
    fail("io", ("Supabase could not read %s: %s"):format(source, type(why) == "table" and json.encode(why) or tostring(why)))
  end
  local lines = {}
  for i, each in ipairs(document.result or {}) do lines[i] = { at = each.timestamp, message = each.event_message } end
  return lines
end

return supabase
