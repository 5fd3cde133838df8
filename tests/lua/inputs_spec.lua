local check = require "check"

-- The variables, secrets and answers of these specs: LUNA=moon, the secret "token", --set region=eu --set level=9.
return {
  alone = {
    ["env gives variables, or what stands in for them"] = function()
      check.equal(env "LUNA", "moon")
      check.equal(env("LUNA", "sun"), "moon")
      check.equal(env "NO_SUCH_VARIABLE", nil)
      check.equal(env("NO_SUCH_VARIABLE", "sun"), "sun")
      check.equal(env("NO_SUCH_VARIABLE", false), false)
      for _, name in ipairs { "", 5, {} } do check.raises({ kind = "usage" }, env, name) end
    end,

    ["a secret is there, or it is an error"] = function()
      check.equal(secret "token", "t-0123456789")
      check.contains(check.raises({ kind = "config" }, secret, "none").message, "none")
      check.raises({ kind = "usage" }, secret, nil)
    end,

    ["an answer that was given beforehand is taken"] = function()
      check.equal(ask("Where?", { name = "region" }), "eu")
      check.equal(ask "Region", "eu")
      check.equal(ask("  The... REGION?! ", { name = "region", choices = { "eu", "us" } }), "eu")
      check.equal(ask("Level?", { pattern = "^%d$", default = 1 }), "9")
      check.equal(ask("Level?", { choices = { 8, 9 } }), "9")
    end,

    ["an answer that does not fit is refused by its name"] = function()
      local failure = check.raises({ kind = "usage" }, ask, "Where?", { name = "region", choices = { "us", "ap" } })
      check.contains(failure.message, "--set region=...: 'eu' is none of us, ap")
      check.contains(check.raises({ kind = "usage" }, ask, "Region?", { pattern = "^%d+$" }).message, "'eu'")
      local hidden = check.raises({ kind = "usage" }, ask, "Region?", { pattern = "^%d+$", secret = true })
      check.equal(hidden.message:find("'eu'", 1, true), nil)
    end,

    ["with nobody to ask, the refusal names the flag"] = function()
      local failure = check.raises({ kind = "gate" }, ask, "Which colour, please?")
      check.contains(failure.next[1], "--set which_colour_please=")
      check.equal(failure.next[2], nil)
      check.contains(check.raises({ kind = "gate" }, ask, "Colour?", { default = "red" }).next[2], "--yes")
      check.contains(check.raises({ kind = "gate" }, confirm, "Sure?").next[1], "--yes")
    end,

    ["questions that are none are refused"] = function()
      for _, text in ipairs { "", 5, {} } do
        check.raises({ kind = "usage" }, ask, text)
        check.raises({ kind = "usage" }, confirm, text)
      end
      for message, options in pairs {
        ["did you mean 'default'"] = { defalt = "x" }, ["choices is a table, not a string"] = { choices = "a" },
        ["choices is a list"] = { choices = {} }, ["name has letters"] = { name = "a b" },
        ["the default: 'x' is none of"] = { default = "x", choices = { "a" } },
      } do
        check.contains(check.raises({ kind = "usage" }, ask, "Region?", options).message, message)
      end
    end,

    ["progress counts to its end, once"] = function()
      local bar = progress(3, "Copying")
      bar:step()
      bar:step(2)
      bar:done()
      check.contains(check.raises({ kind = "usage" }, bar.step, bar).message, "is done already")
      local unknown = progress()
      unknown:step(0.5)
      unknown:done()
      check.raises({ kind = "usage" }, progress, -1)
      check.raises({ kind = "usage" }, progress, 1, 2)
      check.raises({ kind = "usage" }, progress(1).step, nil)
      check.raises({ kind = "usage" }, bar.step, progress(1), "x")
    end,

    ["json keeps order, big integers and null through a file"] = function()
      local text = '{"z":18446744073709551615,"a":null,"m":[1,2.5,null]}'
      fs.write("doc.json", json.encode(json.decode(text)))
      check.equal(fs.read "doc.json", text)
    end,
  },
}
