-- What each kind of step does. Each takes the runner, the step and `run`, and raises when it did not come about.
local native = ...

local bodies = {}

local function raise(kind, message, next_) native.host.raise { kind = kind, message = message, next = next_ } end

local function note_answer(runner, step, question, answer)
  runner:note { event = "answer", step = step.key, question = question, answer = answer, by = runner.request.who }
end

function bodies.up(_, step, run) return step.given.up(run) end

function bodies.manual(runner, step)
  local text = step.given.manual
  native.log.log("info", text)
  if not confirm "Done?" then raise("verify", ("\"%s\" was not done"):format(step.title)) end
  note_answer(runner, step, text, "done")
end

function bodies.confirm(runner, step)
  if not confirm(step.given.confirm) then
    note_answer(runner, step, step.given.confirm, "no")
    raise("verify", ("the answer to \"%s\" was no"):format(step.given.confirm))
  end
  note_answer(runner, step, step.given.confirm, "yes")
end

function bodies.ask(runner, step, run)
  local given = step.given
  if runner.request.dry_run then return native.inputs.record("ask", given.ask) end
  local answer = ask(given.ask, { name = given.name, choices = given.choices, default = given.default,
    pattern = given.pattern, secret = given.secret })
  note_answer(runner, step, given.ask, given.secret and "***" or answer)
  run[given.name] = answer
end

function bodies.hold(runner, step, run)
  local given = step.given
  if type(given.hold) == "string" then
    if not confirm(given.hold) then raise("verify", ("held: \"%s\" was not confirmed"):format(given.hold)) end
    return note_answer(runner, step, given.hold, "go on")
  end
  run:hold_until(given.hold, { every = given.every, within = given.within, for_ = given.for_ })
end

function bodies.watch(_, step, run)
  run:watch(step.given.watch, { every = step.given.every, for_ = step.given.for_ })
end

-- The name is typed at the runner's terminal or given by --set approved_by=NAME: the report says which, and that it
-- proves no more than that.
function bodies.approve(runner, step)
  local question = step.given.approve
  if runner.request.dry_run then return native.inputs.record("approve", question) end
  local given = runner.settings.approved_by
  native.log.log("info", question)
  local name = given or native.inputs.ask("Approved by (name of the second person): ", false)
  name = name and name:match("^%s*(.-)%s*$")
  if not name or name == "" then
    raise("gate", ("\"%s\" needs the approval of a second person"):format(step.title), { "--set approved_by=NAME" })
  elseif name:lower() == runner.request.who:lower() then
    raise("gate", ("\"%s\" needs a second person: %s runs it"):format(step.title, name))
  end
  runner:note { event = "approval", step = step.key, question = question, by = name, runner = runner.request.who,
    proof = given and "given by --set" or "typed at the terminal of " .. runner.request.who }
end

-- The down of another step, in its place.
function bodies.ends(runner, step, run)
  local other = step.ends
  local state = runner.states[other.key]
  if not state or not state.on then return end
  other.given.down(run)
  runner:record { event = "ended", step = other.key, by = step.key }
end

return bodies
