local check = require "check"

return {
  alone = {
    ["a module of lib is loaded once and told its name"] = function()
      local tax = require "billing.tax"
      check.equal(tax.loaded_as, "billing.tax")
      check.equal(tax.of(21), 42)
      check.equal(require "billing.tax", tax)
    end,

    ["the stdlib's modules are found"] = function() check.equal(type(require("tide.expect").value), "function") end,

    ["a module that returns nothing is true, one that returns false is false"] = function()
      check.equal(require "silent", true)
      check.equal(require "falsehood", false)
    end,

    ["a module that is not there is named"] = function()
      local err = check.raises({ kind = "lua", file = "tests/lua/require_spec.lua" }, function() require "biling.tax" end)
      check.contains(err.message, "module 'biling.tax' not found")
      check.contains(err.message, "lib/")
      check.raises({ kind = "lua" }, function() require "tide.nothing" end)
    end,

    ["modules that require each other are an error, not a loop, and can be tried again"] = function()
      for _ = 1, 2 do
        check.raises({ kind = "lua", message = "module 'cycle_a' requires itself" }, function() require "cycle_a" end)
      end
    end,

    ["names that leave lib are refused"] = function()
      for _, name in ipairs {
        "../x", "..x", "a..b", "/etc/passwd", "lib/check", "", ".", "check.lua/../x", "a\0b", "billing/tax", "a b", "a-b", "\\x",
      } do
        check.raises({ kind = "lua", message = "require takes a module's name, such as \"tide.expect\"" }, require, name)
      end
      for _, name in ipairs { 1, true, {}, print } do check.raises({ kind = "lua" }, require, name) end
      check.raises({ kind = "lua" }, require)
    end,

    ["the host's own files are not modules"] = function()
      for _, name in ipairs { "host.prelude", "tide.host.prelude", "prelude", "tide.host.db", "meta.db", "host" } do
        check.contains(check.raises({ kind = "lua" }, require, name).message, "not found")
      end
    end,

    ["a syntax error names the module's file and line"] = function()
      check.raises({ kind = "config", file = "lib/broken.lua", line = 2, message = "syntax error: unexpected symbol near '='" },
        require, "broken")
    end,

    ["a global that nobody defined is found in a module too"] = function()
      check.raises({ kind = "config", file = "lib/mistyped.lua", line = 2,
        message = "undefined global 'prnt' (did you mean 'print'?)" }, require, "mistyped")
    end,

    ["a module that dies raises what it raised"] = function()
      local ok, failure = pcall(require, "dies")
      check.equal(ok, false)
      check.contains(failure, "lib/dies.lua:2: attempt to index local 'nothing' (a nil value)")
    end,
  },
}
