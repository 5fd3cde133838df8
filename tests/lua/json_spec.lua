local check = require "check"

-- decoded and encoded again
local function again(text) return json.encode(json.decode(text)) end

return {
  alone = {
    ["a document comes back as it was"] = function()
      for _, text in ipairs {
        "null", "true", "false", "0", "-1", "1.5", '""', '"a"', "[]", "{}", "[[],{}]", '{"b":1,"a":2,"c":{"z":null,"y":[1,null]}}',
        "9007199254740993", "-9223372036854775808", "9223372036854775807", "18446744073709551616", "0.1", "1e+300",
        "123456789012345678901234567890.123456789", '"\\u0000\\n\\"\\\\é"', "[null,null]", "[1,null,2]",
      } do
        check.equal(again(text), text)
      end
    end,

    ["members keep their order, new ones follow sorted"] = function()
      local value = json.decode '{"zeta":1,"alpha":2,"mid":3}'
      value.mid = nil
      value.b, value.a = 1, 2
      check.equal(json.encode(value), '{"zeta":1,"alpha":2,"a":2,"b":1}')
    end,

    ["of a repeated member the last counts, once"] = function()
      check.equal(again '{"a":1,"b":2,"a":3}', '{"a":3,"b":2}')
    end,

    ["the same table gives the same text"] = function()
      check.equal(json.encode { z = 1, a = 2, m = { 1, 2 } }, '{"a":2,"m":[1,2],"z":1}')
    end,

    ["big numbers stay exact"] = function()
      local value = json.decode '{"id":9007199254740993,"amount":0.12345678901234567891}'
      check.equal(value.id, numeric "9007199254740993")
      check.equal(tostring(value.amount), "0.12345678901234567891")
      check.equal(json.encode { numeric "1.10", numeric "12345678901234567890" }, "[1.10,12345678901234567890]")
    end,

    ["whole numbers have no fraction"] = function()
      check.equal(json.encode { 1, 1e14, -0, 2 ^ 53 }, "[1,100000000000000,0,9007199254740992]")
    end,

    ["null is a value, in lists and objects"] = function()
      local value = json.decode '{"a":null,"b":[null]}'
      check.equal(value.a, null)
      check.equal(value.b[1], null)
      check.equal(json.encode { a = null, b = { null, 1 } }, '{"a":null,"b":[null,1]}')
      check.equal(json.encode(nil), "null")
    end,

    ["an empty table is an object unless it was a list"] = function()
      check.equal(json.encode {}, "{}")
      check.equal(again "[]", "[]")
      local list = json.decode "[]"
      list[1] = 7
      check.equal(json.encode(list), "[7]")
    end,

    ["what stands behind a hole in a list is not left out"] = function()
      local ok, text = pcall(json.encode, { 1, nil, 3 })
      if ok then check.equal(text, "[1,null,3]") else check.equal(text.kind, "usage") end
    end,

    ["pretty is indented by two"] = function()
      check.equal(json.encode({ a = { 1, 2 }, b = {} }, true), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}')
    end,

    ["500 levels are read and written, one more is refused"] = function()
      local deep = ("["):rep(500) .. ("]"):rep(500)
      check.equal(again(deep), deep)
      check.contains(check.raises({ kind = "config" }, json.decode, "[" .. deep .. "]").message, "nested deeper than 500")
      check.contains(check.raises({ kind = "usage" }, json.encode, { json.decode(deep) }).message, "more than 500 deep")
    end,

    ["a table inside itself is refused"] = function()
      local loop = {}
      loop.self = loop
      check.raises({ kind = "usage" }, json.encode, loop)
    end,

    ["what is wrong with a text is told with its line and column"] = function()
      for text, place in pairs {
        ["{\n \"a\": 1,\n}"] = "line 3, column 1", ["nul"] = "line 1, column ",
        [""] = "line 1, column 1", ["[1]x"] = "line 1, column 4", ["{\"é\": é}"] = "line 1, column 7", ["[1,"] = "line 1, column ",
        ["\"\255\""] = "line 1, column 2", ["01"] = "line 1, column 2", ["{'a':1}"] = "line 1, column 2",
      } do
        local err = check.raises({ kind = "config", file = "tests/lua/json_spec.lua" }, function() json.decode(text) end)
        check.contains(err.message, "JSON, " .. place)
      end
    end,

    ["the error's own place is the script's"] = function()
      local err = check.raises({}, function()
        json.decode "[\n\n\n\n?"
      end)
      check.contains(tostring(err), "tests/lua/json_spec.lua:" .. err.line)
      check.equal(err.file_column, nil)
    end,

    ["what JSON cannot say is refused"] = function()
      for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, print, coroutine.create(print) } do
        check.raises({ kind = "usage" }, json.encode, value)
        check.raises({ kind = "usage" }, json.encode, { a = { value } })
      end
    end,

    ["nothing is left out: keys that are no strings, keys beside a list, bytes that are no text"] = function()
      for value, message in pairs {
        [{ [2.5] = 1 }] = "an object's keys are strings", [{ [true] = 1 }] = "an object's keys are strings",
        [{ 1, 2, x = 3 }] = "the key x beside them", [{ 1, [1.5] = 3 }] = "the key 1.5 beside them",
        [{ "\255" }] = "not UTF-8, from its byte 1", [{ ["a\200"] = 1 }] = "not UTF-8, from its byte 2",
      } do
        check.contains(check.raises({ kind = "usage" }, json.encode, value).message, message)
      end
    end,

    ["a metatable of the script's own harms nobody"] = function()
      for _, order in ipairs { 12, "abc", true, print, null, numeric "1.5" } do
        check.equal(json.encode(setmetatable({ a = 1 }, { __order = order })), '{"a":1}')
      end
      check.equal(json.encode(setmetatable({ a = 1 }, { __order = { "a", "a", "b" } })), '{"a":1}')
      check.raises({ kind = "usage" }, json.encode, setmetatable({ a = 1 }, { __order = { print } }))
    end,
  },

  ["a json column decodes to what was stored"] = function(db)
    db:execute("CREATE TABLE documents (body " .. (db.engine == "postgres" and "json" or "text") .. ")")
    local text = '{"z":1,"a":[null,9007199254740993,{}],"e":"é"}'
    db:execute("INSERT INTO documents VALUES ($1)", text)
    check.equal(again(db:value "SELECT body FROM documents"), text)
  end,
}
