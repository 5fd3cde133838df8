-- The application: its maintenance mode, and whether it answers.
local application = {}

local function ask_maintenance(run, method, body)
  return http.request { method = method, url = run.inputs.app_url .. "/admin/maintenance", json = body,
    bearer = run.inputs.maintenance_token, check = true, retries = 2, idempotent = true, timeout = "15s" }
end

-- true, or false and what it means.
function application.in_maintenance(run)
  return ask_maintenance(run, "GET").json().maintenance == true, "the application does not say that it is in maintenance"
end

function application.maintenance_on(run) ask_maintenance(run, "POST", { reason = run.title }) end

function application.maintenance_off(run) ask_maintenance(run, "DELETE") end

function application.is_healthy(run) return http.get(run.inputs.app_url .. "/api/health").status == 200 end

-- With rows: an endpoint that row level security leaves empty answers 200 too.
function application.endpoints_answer(run)
  http.expect { url = run.inputs.app_url .. "/api/health", json = { status = "ok" }, within = run.inputs.within, every = "1s" }
  for _, path in ipairs { "/api/objects?limit=1", "/api/chakai?limit=1" } do
    local answer = http.expect { url = run.inputs.app_url .. path, within = run.inputs.within, every = "1s" }
    if not run.dry_run then run:check(path .. " answers with a row", #answer.json() == 1, answer.body:sub(1, 200)) end
  end
end

return application
