local check = require "check"
local lag = require "tide.data.lag"

-- Looks one after the other: { now, here, { name = place, ... } }; what the last one found.
local function after(...)
  local meter, worst, forgotten = lag.meter(), nil, nil
  for _, look in ipairs { ... } do
    local there = {}
    for name, place in pairs(look[3]) do there[#there + 1] = { name = name, place = place } end
    worst, forgotten = lag.look(meter, look[1], look[2], there)
  end
  return worst, forgotten
end

return {
  alone = {
    ["a replica that is where the server is, is not behind"] = function()
      check.equal(after({ 0, 100, { a = 100 } }), nil)
      check.equal(after({ 0, 100, { a = 100 } }, { 50, 900, { a = 900 } }), nil)
      check.equal(after({ 0, 100, {} }), nil)
    end,

    ["what it lacks was written since the server was where it is now"] = function()
      local worst = after({ 0, 100, { a = 100 } }, { 1, 200, { a = 100 } }, { 4, 300, { a = 100 } })
      check.same({ worst.name, worst.seconds, worst.bytes, worst.exact }, { "a", 3, 200, true })
      worst = after({ 0, 100, { a = 100 } }, { 1, 200, { a = 100 } }, { 4, 300, { a = 250 } })
      check.same({ worst.seconds, worst.bytes }, { 0, 50 })
    end,

    ["it counts although the server writes nothing more"] = function()
      local worst = after({ 0, 100, { a = 100 } }, { 1, 200, { a = 100 } }, { 61, 200, { a = 100 } })
      check.equal(worst.seconds, 60)
    end,

    ["an idle hour before does not count"] = function()
      local worst = after({ 0, 100, { a = 100 } }, { 3600, 100, { a = 100 } }, { 3601, 200, { a = 100 } })
      check.equal(worst.seconds, 0)
    end,

    ["one that was behind before is unknown until it has come to where the server was at first"] = function()
      local worst = after({ 0, 100, { a = 7 } }, { 2, 200, { a = 50 } })
      check.same({ worst.exact, worst.seconds }, { false, 2 })
      worst = after({ 0, 100, { a = 7 } }, { 2, 200, { a = 50 } }, { 3, 300, { a = 100 } })
      check.same({ worst.exact, worst.seconds }, { true, 1 })
    end,

    ["of several the one that is furthest behind is named"] = function()
      local worst = after({ 0, 100, { a = 100, b = 100 } }, { 1, 200, { a = 200, b = 100 } }, { 9, 300, { a = 200, b = 100 } })
      check.same({ worst.name, worst.seconds }, { "b", 8 })
    end,

    ["one that has gone is behind by what it has not got, until it is forgotten"] = function()
      local first = { 0, 100, { a = 100 } }
      check.equal(after(first, { 10, 100, {} }), nil)
      local worst = after(first, { 1, 200, { a = 100 } }, { 6, 300, {} })
      check.same({ worst.name, worst.seconds, worst.gone }, { "a", 5, 5 })
      local none, forgotten = after(first, { 1, 200, {} }, { 301, 300, {} })
      check.equal(none, nil)
      check.same(forgotten, { "a" })
      check.equal(after(first, { 1, 200, {} }, { 100, 300, { a = 300 } }), nil)
    end,
  },
}
