-- tide's own commands, for what is not a function of scripts: lint, rehearse, drift, erd, plan --sql.
local tool = {}

-- `tide -e` reads tide.toml; a DATABASE_URL would lead the runbook somewhere else.
function tool.need(run)
  run:need_command "tide"
  run:need(env "DATABASE_URL" == nil, "DATABASE_URL is not set", "it overrules the URL of " .. run.env .. ": unset it")
end

-- Raises unless the exit code is one of `codes`; returns the result.
function tool.run(run, args, codes)
  local argv = { "tide", "-e", run.env }
  for _, word in ipairs(args) do argv[#argv + 1] = word end
  local result = shell.run(argv, { inherit_env = true, timeout = "1h", check = false })
  if result.recorded then return result end
  for _, code in ipairs(codes or { 0 }) do
    if result.code == code then return result end
  end
  local why = result.err:match "(error: [^\n]*)" or result.err:match "(verification failed: [^\n]*)"
    or result.err:match "([^\n]+)%s*$" or result.out:match "([^\n]+)%s*$" or ""
  run:fail(("`tide %s` ended with %d: %s"):format(table.concat(args, " "), result.code, why))
end

-- Dangers stop; what is silenced in a migration has its reason there.
function tool.lint(run)
  local result = tool.run(run, { "lint", "--json" }, { 0, 4 })
  if result.recorded then return end
  local found, dangers = json.decode(result.out), {}
  run:evidence("lint", found.findings)
  for _, each in ipairs(found.findings) do
    if each.severity == "danger" and each.silenced == null then
      dangers[#dangers + 1] = ("%s:%s %s"):format(tostring(each.file), tostring(each.line), each.rule)
    end
  end
  run:check("no migration is dangerous", result.code == 0, table.concat(dangers, ", "))
end

function tool.rehearse(run, target)
  local result = tool.run(run, { "rehearse", target })
  if not result.recorded then run:evidence("rehearsal", result.out ~= "" and result.out or result.err) end
end

-- Nothing differs from what the history implies.
function tool.drift(run)
  local result = tool.run(run, { "drift" }, { 0, 5 })
  if not result.recorded then run:check("no drift", result.code == 0, result.out) end
end

return tool
