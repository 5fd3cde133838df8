local check = require "check"

-- Fails so many times with an error of that kind, then returns what it was given.
local function failing(times, kind)
  local calls = 0
  return function(...)
    calls = calls + 1
    if calls > times then return calls, ... end
    if kind == "io" then fs.read "none.txt" end
    if kind == "usage" then time.parse "never" end
    error("attempt " .. calls)
  end
end

return {
  alone = {
    ["the first success is what it returns"] = function()
      local calls, attempt = retry({ every = 0 }, failing(2))
      check.equal(calls, 3)
      check.equal(attempt, 3)
      check.equal(select("#", retry({}, function() return nil, 2, nil end)), 3)
    end,

    ["the last failure is what it raises"] = function()
      local _, raised = pcall(retry, { attempts = 2, every = 0 }, failing(9))
      check.contains(raised, "attempt 2")
      check.contains(check.raises({ kind = "io" }, retry, { every = 0 }, failing(9, "io")).message, "none.txt")
    end,

    ["what is raised keeps what it is"] = function()
      local marker = {}
      local _, raised = pcall(retry, { attempts = 1 }, function() error(marker) end)
      check.equal(raised, marker)
    end,

    ["only the kinds that are named are worth another attempt"] = function()
      check.equal(retry({ every = 0, on = "io" }, failing(1, "io")), 2)
      check.equal(retry({ every = 0, on = { "sql", "lua" } }, failing(1)), 2)
      check.raises({ kind = "io" }, retry, { every = 0, on = "sql" }, failing(1, "io"))
      check.equal(retry({ every = 0, on = function(e) return e.kind == "io" end }, failing(1, "io")), 2)
    end,

    ["a mistake in the script is not tried again"] = function()
      check.raises({ kind = "usage" }, retry, { every = 0 }, failing(1, "usage"))
    end,

    ["pauses grow up to the longest"] = function()
      local began = time.monotonic()
      retry({ attempts = 5, every = "10ms", backoff = 2, longest = "20ms" }, failing(4))
      local lasted = time.monotonic() - began
      check.equal(lasted >= 0.07, true) -- 10 + 20 + 20 + 20
    end,

    ["no attempt begins when the time is up"] = function()
      local calls = 0
      local began = time.monotonic()
      local ok = pcall(retry, { within = "100ms", every = "30ms" }, function()
        calls = calls + 1
        error "no"
      end)
      check.equal(ok, false)
      check.equal(calls >= 2 and calls <= 4, true)
      check.equal(time.monotonic() - began < 3, true)
    end,

    ["it may stand in a coroutine that yields"] = function()
      local co = coroutine.wrap(function()
        return retry({ every = 0 }, function(attempt)
          coroutine.yield(attempt)
          if attempt < 2 then error "again" end
          return "done"
        end)
      end)
      check.equal(co(), 1)
      check.equal(co(), 2)
      check.equal(co(), "done")
    end,

    ["the module and the global are the same thing"] = function()
      check.equal(require "tide.retry"({ every = 0 }, failing(1)), 2)
    end,

    ["options that are none are refused"] = function()
      local function nothing() end
      for message, options in pairs {
        ["did you mean 'attempts'"] = { attempt = 1 }, ["attempts is a number, not a string"] = { attempts = "3" },
        ["attempts is 1 at least"] = { attempts = 0 }, ["within is a duration"] = { within = "soon" },
        ["every is a duration"] = { every = -1 }, ["backoff"] = { backoff = 0.5 },
        ["'conect' is no kind of error"] = { on = "conect" },
      } do
        check.contains(check.raises({ kind = "usage" }, retry, options, nothing).message, message)
      end
      check.raises({ kind = "usage" }, retry, nothing)
      check.raises({ kind = "usage" }, retry, {}, "nothing")
    end,
  },
}
