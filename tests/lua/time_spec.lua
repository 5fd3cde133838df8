local check = require "check"

return {
  alone = {
    ["moments are written in UTC, to the millisecond"] = function()
      check.equal(time.format(0), "1970-01-01T00:00:00.000Z")
      check.equal(time.format(1e9), "2001-09-09T01:46:40.000Z")
      check.equal(time.format(-0.001), "1969-12-31T23:59:59.999Z")
      check.equal(time.format(951782400.5), "2000-02-29T00:00:00.500Z")
      check.contains(time.now(), "T")
      check.equal(#time.now(), 24)
    end,

    ["ISO texts are read, offsets and all"] = function()
      for text, seconds in pairs {
        ["1970-01-01"] = 0, ["1970-01-01T00:00:01"] = 1, ["1970-01-01 00:01Z"] = 60, ["1970-01-02T00:00:00+01:00"] = 82800,
        ["1969-12-31T23:00:00.25-01"] = 0.25, ["1970-01-01t00:00:00.1239z"] = 0.123, ["2000-02-29T12:00:00-0330"] = 951838200,
      } do
        check.equal(time.parse(text), seconds)
      end
    end,

    ["what is written is read again"] = function()
      for _, seconds in ipairs { 0, 1763632087.123, -12219292800, 253402300799.999 } do
        check.equal(time.parse(time.format(seconds)), seconds)
      end
    end,

    ["what is no moment is refused"] = function()
      for _, text in ipairs {
        "", "yesterday", "2025-02-29", "2025-13-01", "2025-00-10", "2025-01-32", "2025-1-1", "2025-01-01T", "2025-01-01T24:00",
        "2025-01-01T10:60", "2025-01-01T10:00+", "2025-01-01T10:00+1", "2025-01-01T10:00:00.", "2025-01-01 10:00 UTC", "20250101",
      } do
        check.contains(check.raises({ kind = "usage" }, time.parse, text).message, "is no ISO time")
      end
      check.raises({ kind = "usage" }, time.parse, 5)
      for _, seconds in ipairs { "0", {}, 0 / 0, 1e13 } do check.raises({ kind = "usage" }, time.format, seconds) end
    end,

    ["lengths of time are texts with a unit, or seconds"] = function()
      for length, seconds in pairs { ["500ms"] = 0.5, ["2s"] = 2, ["2m"] = 120, ["1h"] = 3600, ["1d"] = 86400, ["1.5s"] = 1.5 } do
        check.equal(time.duration(length), seconds)
      end
      check.equal(time.duration(0.25), 0.25)
      for _, length in ipairs { "", "soon", "2 parsecs", "-1s", -1, 0 / 0, 1 / 0, true, {} } do
        check.contains(check.raises({ kind = "usage" }, time.duration, length).message, "is a duration such as")
      end
    end,

    ["sleep lasts as long as it says"] = function()
      local began = time.monotonic()
      time.sleep "60ms"
      local lasted = time.monotonic() - began
      check.equal(lasted >= 0.06 and lasted < 5, true)
    end,

    ["the clock of time.epoch is the one of time.now"] = function()
      check.equal(math.abs(time.parse(time.now()) - time.epoch()) < 5, true)
    end,
  },
}
