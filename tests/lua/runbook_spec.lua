local check = require "check"
local journal = require "tide.runbook.journal"
local model = require "tide.runbook.model"
local walk = require "tide.runbook.walk"

-- A plan of steps called by letters; `marks` gives fields to some of them.
local function plan_of(letters, marks)
  local plan = { steps = {}, by_key = {} }
  for letter in letters:gmatch "%a" do
    local index = #plan.steps + 1
    local step = { key = letter, title = letter:upper(), number = "1." .. index, index = index, given = {}, tags = {} }
    for name, value in pairs(marks and marks[letter] or {}) do step.given[name] = value end
    for _, tag in ipairs(step.given.tags or {}) do step.tags[tag] = true end
    plan.steps[index], plan.by_key[letter] = step, step
  end
  return plan
end

-- "start a; done a" -> states
local function states_of(text)
  local entries = {}
  for event, step in text:gmatch "(%a+) (%a)" do entries[#entries + 1] = { event = event, step = step } end
  return journal.states(entries)
end

local function keys_of(steps)
  local keys = {}
  for i, step in ipairs(steps) do keys[i] = step.key end
  return table.concat(keys, " ")
end

local function next_of(letters, text, choice, marks)
  local action = walk.next(plan_of(letters, marks), states_of(text), choice or {})
  return action and ("%s %s%s"):format(action.kind, action.step.key, action.resumed and " again" or "") or "end"
end

return {
  alone = {
    ["the walk takes the first step that is left"] = function()
      check.equal(next_of("abc", ""), "run a")
      check.equal(next_of("abc", "start a done a"), "run b")
      check.equal(next_of("abc", "start a done a start b"), "run b again")
      check.equal(next_of("abc", "start a failed a"), "run a")
      check.equal(next_of("abc", "skipped a start b done b start c done c"), "end")
    end,

    ["what was taken back when the run stopped is done again"] = function()
      check.equal(next_of("abc", "start a done a start b failed b reverted a"), "run a")
      check.equal(next_of("abc", "start a done a ended a start b done b"), "run c")
    end,

    ["tags and --from choose"] = function()
      local marks = { b = { tags = { "x" } } }
      check.equal(next_of("abc", "", { tags = { "x" } }, marks), "skip a")
      check.equal(next_of("abc", "skipped a", { tags = { "x" } }, marks), "run b")
      check.equal(next_of("abc", "skipped a", { skip_tags = { "x" } }, marks), "skip b")
      check.equal(next_of("abc", "", { from = 3 }), "skip a")
    end,

    ["a revert takes all that had begun, the last first"] = function()
      local plan = plan_of("abcd", { a = { always_down = true } })
      local states = states_of "start a done a start b done b skipped c start d failed d"
      check.equal(keys_of(walk.to_revert(plan, states)), "d b a")
      check.equal(keys_of(walk.to_tidy(plan, states)), "a")
      check.equal(keys_of(walk.to_revert(plan, states_of "start a done a start b reverted b")), "a")
      check.equal(keys_of(walk.to_tidy(plan, states_of "start a done a ended a")), "")
    end,

    ["the point of no return counts once its step has begun"] = function()
      local plan = plan_of("ab", { b = { point_of_no_return = true } })
      check.equal(walk.no_return(plan, states_of "start a done a"), nil)
      check.equal(walk.no_return(plan, states_of "start a done a start b").key, "b")
    end,

    ["a step is found by number, key and title"] = function()
      local plan = plan_of "abc"
      check.equal(walk.find(plan, "1.2").key, "b")
      check.equal(walk.find(plan, "c").key, "c")
      check.equal(walk.find(plan, "zz"), nil)
    end,

    ["what is kept is the last value"] = function()
      local kept = journal.kept { { kept = { a = 1, b = 2 } }, { kept = { a = 3 } }, { dropped_names = { "b" } } }
      check.same(kept, { a = 3 })
    end,

    ["the time between two processes does not count"] = function()
      local found = model { hash = "x", entries = {
        { event = "begin", t = 0, at = "2026-01-01T00:00:00Z", who = "w", host = "h", steps = { { key = "a", number = "1.1" } } },
        { event = "start", step = "a", t = 1 },
        { event = "resume", t = 0, at = "2026-01-02T00:00:00Z", who = "w", host = "h" },
        { event = "start", step = "a", t = 2 }, { event = "done", step = "a", t = 5, ms = 3000 },
        { event = "end", t = 5, state = "done" },
      } }
      check.equal(found.total, 6)
      check.equal(found.state, "done")
      check.same(found.steps[1].spans, {
        { from = 1, to = 1, kind = "up", ok = false }, { from = 3, to = 6, kind = "up", ok = true },
      })
      check.equal(#found.sessions, 2)
    end,
  },
}
