-- struck(book): the runbook, each of whose steps passes its points: "3.2 when", "3.2 begin", "3.2 end", "3.2 held",
-- "3.2 verify".
local strike = require "strike"

local function struck(step, key)
  local when, up, hold, verify = step.when, step.up, step.hold, step.verify
  step.when = function(run)
    strike(key .. " when")
    return when == nil or when(run)
  end
  if up then
    step.up = function(run)
      strike(key .. " begin")
      up(run)
      strike(key .. " end")
    end
  end
  if type(hold) == "function" then
    step.hold = function(run)
      local holds, seen = hold(run)
      if holds then strike(key .. " held") end
      return holds, seen
    end
  end
  if verify then
    step.verify = function(run)
      strike(key .. " verify")
      return verify(run)
    end
  end
end

return function(book)
  for i, phase in ipairs(book.phases) do
    for j = 2, #phase do struck(phase[j], ("%d.%d"):format(i, j - 1)) end
  end
  return book
end
