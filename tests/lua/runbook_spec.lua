local check = require "check"
local journal = require "tide.runbook.journal"
local model = require "tide.runbook.model"
local timeline = require "tide.runbook.timeline"
local walk = require "tide.runbook.walk"
local words = require "tide.runbook.words"

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

    ["what was watched has its own time, and a step that nobody ended ends with its process"] = function()
      local found = model { hash = "x", entries = {
        { event = "begin", t = 0, steps = { { key = "a", number = "1.1" }, { key = "b", number = "1.2" } },
          phases = { { title = "Do", budget = 9 } } },
        { event = "start", step = "a", t = 1 },
        { event = "watch", step = "a", name = "errors", rounds = 3, ok = true, from = 1, t = 4 },
        { event = "done", step = "a", t = 5, ms = 4000 },
        { event = "start", step = "b", t = 6 }, { event = "output", step = "b", program = "sh", text = "x", t = 8 },
      } }
      check.equal(found.state, "unfinished")
      check.same(found.steps[1].watchers, { { name = "errors", rounds = 3, ok = true, from = 1, to = 4 } })
      check.same(found.steps[2].spans, { { from = 6, to = 8, kind = "up", ok = false } })
      check.equal(found.phases[1].budget, 9)
      check.equal(#found.phases[1].steps, 2)
    end,

    ["only what is still done counts as done"] = function()
      local states = journal.states {
        { event = "start", step = "a" }, { event = "done", step = "a" }, { event = "reverted", step = "a", by = "end" },
        { event = "start", step = "b" }, { event = "failed", step = "b" }, { event = "reverted", step = "b", by = "end" },
        { event = "start", step = "c" }, { event = "done", step = "c" }, { event = "reverted", step = "c", by = "revert" },
      }
      check.equal(states.a.came_about, true)
      check.equal(states.b.came_about or false, false)
      check.equal(states.c.came_about, false)
    end,

    ["a list of rows is told from other values"] = function()
      check.same(words.as_rows { { n = 1, a = "x" }, { n = 2 } }, { columns = { "a", "n" }, rows = { { "x", "1" }, { "", "2" } } })
      check.equal(words.as_rows { { n = 1 }, { other = 2 } }, nil)
      check.equal(words.as_rows { { n = { 1 } } }, nil)
      check.equal(words.as_rows { 1, 2 }, nil)
      check.equal(words.as_rows "text", nil)
      check.equal(words.as_rows {}, nil)
    end,

    ["times are said as people say them"] = function()
      check.equal(words.tick(0.5), "500 ms")
      check.equal(words.tick(20), "20 s")
      check.equal(words.tick(300), "5m")
      check.equal(words.tick(5400), "1h 30m")
      check.equal(words.lead "Go on?", "Go on?")
      check.equal(words.lead "Call them", "Call them:")
    end,

    ["the timeline is to scale, also where the budget is far beyond the end"] = function()
      local step = { number = "1.1", title = "A", ms = 10000, budget = 86400, watchers = {},
        spans = { { from = 0, to = 10, kind = "up", ok = true }, { from = 10, to = 20, kind = "up", ok = false } } }
      local svg = timeline({ begin = {}, total = 20, remarks = {}, sessions = { {} },
        phases = { { title = "Do", steps = { step } } } }, tostring)
      local bars = {}
      for width in svg:gmatch '<rect x="[%d.]+" y="[%d.]+" width="([%d.]+)" height="12"' do bars[#bars + 1] = tonumber(width) end
      check.equal(#bars, 2)
      check.equal(bars[1], bars[2])
      check.equal(bars[1] > 50, true)
    end,
  },
}
