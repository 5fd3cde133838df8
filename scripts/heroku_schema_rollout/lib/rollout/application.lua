-- The application from outside: what it answers, what it logs.
local heroku = require "tide.heroku"

local application = {}

local FAILURES = { "at=error", "code=H1%d", "ERROR:", "does not exist" }

function application.url(run, path) return run.inputs.url:gsub("/+$", "") .. path end

-- Those that have to answer 200.
function application.paths(run)
  local list = {}
  for path in run.inputs.smoke:gmatch "[^,%s]+" do list[#list + 1] = path end
  return list
end

-- Whether a path answers 200, what it answered, and after how many seconds.
function application.answers(run, path)
  local response = http.get(application.url(run, path), { timeout = "10s" })
  return response.status == 200, ("%s answers %d"):format(path, response.status), response.duration
end

local function tells_of_failure(line)
  for _, pattern in ipairs(FAILURES) do
    if line:find(pattern) then return true end
  end
  return false
end

-- Lines of the log, since the application was opened, that tell of a failure.
function application.log_failures(run)
  local failures = {}
  for line in heroku.logs(run.inputs.app, { num = 200 }):gmatch "[^\n]+" do
    local at = line:match "^(%d+%-%d+%-%d+T[%d:.]+%+00:00)"
    if at and time.parse(at) >= (run.opened_at or 0) and tells_of_failure(line) then failures[#failures + 1] = line end
  end
  return failures
end

return application
