local check = require "check"

local function texts(...)
  local list = {}
  for i = 1, select("#", ...) do list[i] = tostring((select(i, ...))) end
  return list
end

return {
  alone = {
    ["what was written is what is shown"] = function()
      for _, text in ipairs { "1.10", "-0.5", "0.000", "123456789012345678901234567890", "-99999999999999999.99" } do
        check.equal(tostring(numeric(text)), text)
        check.equal("" .. numeric(text), text)
        check.equal(numeric(text) .. "", text)
        check.equal(("%s"):format(numeric(text)), text)
        check.equal(type(numeric(text)), "numeric")
      end
      check.same(texts(numeric "1e3", numeric "1.5e-3", numeric "+7", numeric ".5", numeric(0.1), numeric(1e21)),
        { "1000", "0.0015", "7", "0.5", "0.1", "1000000000000000000000" })
    end,

    ["sums, differences and products are exact"] = function()
      check.equal(numeric "0.1" + numeric "0.2", numeric "0.3")
      check.equal(numeric "9007199254740993" + 1, numeric "9007199254740994")
      check.equal(numeric "1.10" * 3, numeric "3.30")
      check.equal(2 - numeric "0.9", numeric "1.1")
      check.equal(-numeric "1.5", numeric "-1.5")
      check.equal(numeric "1.5" + "2.25", numeric "3.75")
      check.equal(tostring(numeric "99999999999999999999" * numeric "99999999999999999999"),
        "9999999999999999999800000000000000000001")
    end,

    ["a result that is a plain number is one"] = function()
      check.identical(numeric "0.5" + numeric "0.5", 1)
      check.identical(numeric "99999999999998" + 1, 99999999999999)
      check.identical(numeric "-99999999999998" - 1, -99999999999999)
      check.equal(type(numeric "99999999999999" + 1), "numeric")
      check.equal(type(numeric "-99999999999999" - 1), "numeric")
    end,

    ["numbers of both kinds compare by value"] = function()
      check.equal(numeric "1.10" == numeric "1.1", true)
      check.equal(numeric "5" == 5, true)
      check.equal(5 == numeric "5.00", true)
      check.equal(numeric "0.1" == 0.1, true)
      check.equal(numeric "0.1" ~= 0.2, true)
      check.equal(numeric "9007199254740993" == 9007199254740992, false)
      check.equal(numeric "9007199254740993" > 9007199254740992, true)
      check.equal(1 < numeric "1.01", true)
      check.equal(numeric "-1" <= -1, true)
      check.equal(numeric "1e300" < 1 / 0, true)
      check.equal(numeric "-1e300" > -1 / 0, true)
      check.equal(numeric "1" == 0 / 0, false)
      check.equal(numeric "1" < 0 / 0, false)
    end,

    ["a numeric is no text, nil, null or anything else"] = function()
      for _, other in pairs { text = "1.5", null = null, flag = true, list = {}, fn = print, bytes = bytes "1.5" } do
        check.equal(numeric "1.5" == other, false)
      end
      check.equal(numeric "1.5" == nil, false)
      check.raises({ kind = "usage" }, function() return numeric "1" < nil end)
      check.raises({ kind = "usage" }, function() return numeric "1" + {} end)
      check.raises({ kind = "usage" }, function() return numeric "1" + "x" end)
      check.raises({ kind = "usage" }, function() return numeric "1" + 0 / 0 end)
      check.raises({ kind = "usage" }, function() return numeric "1" + null end)
      check.raises({ kind = "lua" }, function() return numeric "1" .. {} end)
    end,

    ["equal texts are one table key"] = function()
      local seen = { [numeric "12345678901234567890"] = "first" }
      check.equal(seen[numeric "12345678901234567890"], "first")
      check.equal(seen[numeric "12345678901234567889" + 1], "first")
      seen[numeric "12345678901234567890"] = nil
      check.equal(next(seen), nil)
    end,

    ["div and round are half away from zero, for numbers of both kinds"] = function()
      local cases = {
        { numeric("10"):div(3, 4), "3.3333" }, { numeric("-10"):div(3, 2), "-3.33" }, { (1):div(8, 2), "0.13" },
        { (-1):div(8, 2), "-0.13" }, { numeric("1"):div("0.3", 1), "3.3" }, { numeric("2.5"):round(0), "3" },
        { numeric("-2.5"):round(0), "-3" }, { (2.675):round(2), "2.68" }, { numeric("1.005"):round(2), "1.01" },
        { numeric("7"):div(numeric "2", 0), "4" }, { (7):round(3), "7" }, { numeric("0.001"):round(2), "0" },
      }
      for i, case in ipairs(cases) do check.equal(i .. ": " .. tostring(case[1]), i .. ": " .. case[2]) end
    end,

    ["division that may not be exact is refused and says what to write"] = function()
      for _, operation in ipairs {
        function() return numeric "1" / 3 end, function() return 1 / numeric "3" end, function() return numeric "1" % 3 end,
        function() return numeric "1" ^ 2 end,
      } do
        check.contains(check.raises({ kind = "usage" }, operation).message, "a:div(b, digits)")
      end
      check.equal(check.raises({ kind = "usage" }, function() return numeric("1"):div(0, 2) end).message, "division by zero")
      check.raises({ kind = "usage" }, function() return (1):div(numeric "0.00", 2) end)
      check.raises({ kind = "usage" }, function() return numeric("1"):div(3, -1) end)
      check.raises({ kind = "usage" }, function() return numeric("1"):div(3, 1001) end)
      check.equal(pcall(function() return numeric("1"):div(3) end), false)
    end,

    ["tonumber gives the nearest plain number"] = function()
      check.identical(tonumber(numeric "0.1"), 0.1)
      check.identical(numeric("1e400"):tonumber(), 1 / 0)
      check.identical(numeric("9007199254740993"):tonumber(), 9007199254740992)
      check.identical((5):tonumber(), 5)
      check.identical(tonumber "0x10", 16)
      check.identical(tonumber("z", 36), 35)
      check.equal(tonumber "x", nil)
    end,

    ["what is no number is refused, with its beginning"] = function()
      for _, text in ipairs {
        "", " 1", "1 ", "x", "1.2.3", "1,5", "--1", "1e", "1e+-5", "1e10000", "1e-10000", "1e-2147483648", "1e99999999999", "0x10",
        "nan", "inf", ".", "-", "1\0", "١", "1_000",
      } do
        check.contains(check.raises({ kind = "usage" }, numeric, text).message, "expected an exact number, got \"")
      end
      for _, value in ipairs { 0 / 0, 1 / 0, true, {}, print, null } do check.raises({ kind = "usage" }, numeric, value) end
      check.raises({ kind = "usage" }, numeric)
      check.equal(#check.raises({}, numeric, ("x"):rep(1000000)).message < 200, true)
    end,

    ["numbers of more than 150000 digits are refused, not run out of memory by"] = function()
      check.raises({ kind = "usage" }, numeric, ("9"):rep(150001))
      check.raises({ kind = "usage" }, numeric, "0." .. ("9"):rep(150001))
      local big, small = numeric "1e9999", numeric "1e-9999"
      for _ = 1, 3 do big, small = big * big, small * small end
      check.raises({ kind = "usage" }, function() return big * big end)
      check.raises({ kind = "usage" }, function() return small * small end)
      check.raises({ kind = "usage" }, function() return big + small + numeric("9"):div(7, 1000) * small end)
      check.equal(#tostring(numeric(("9"):rep(150000))), 150000)
    end,

    ["a missing method is a missing field"] = function()
      for _, value in ipairs { 5, numeric "5.5" } do
        check.contains(check.raises({ kind = "lua" }, function() return value.foo end).message,
          "attempt to index a number value (field 'foo')")
      end
    end,

    ["null is itself, and counts as true"] = function()
      check.equal(null, null)
      check.equal(null ~= nil, true)
      check.equal(null and 1, 1)
      check.equal(tostring(null), "null")
      check.equal(pcall(function() return null.x end), false)
    end,

    ["bytes show what they hold"] = function()
      local all = {}
      for i = 0, 255 do all[i + 1] = string.char(i) end
      local data = table.concat(all)
      check.equal(tostring(bytes(data)), data)
      check.equal(tostring(bytes ""), "")
      check.equal(pcall(bytes), false)
      check.equal(pcall(bytes, {}), false)
    end,
  },
}
