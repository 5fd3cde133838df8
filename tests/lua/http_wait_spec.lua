-- http.expect and http.hold.
local check = require "check"
local http_check = require "http_check"

local server, at, pem, usage =
  http_check.server, http_check.at, http_check.pem, http_check.usage

return {
  alone = {
    ["expect returns at once what holds already"] = function()
      local response = http.expect { url = at "/status/200", contains = "status" }
      check.equal(response.status, 200)
      check.equal(http.expect({ url = at "/status/404", status = { 200, 404 } }).status, 404)
      check.same(http.expect({ url = at '/status/200?body={"a":{"b":[1,2],"c":3}}', json = { a = { b = { 1, 2 } } } }).json().a.c, 3)
    end,

    ["expect waits until it holds"] = function()
      local begun = time.monotonic()
      http.expect { url = at "/comes-up/a?ms=600", within = "10s", every = "100ms" }
      assert(time.monotonic() - begun >= 0.5)
    end,

    ["expect waits for a server that is not there yet, and says what it saw last"] = function()
      local err = check.raises({ kind = "verify" }, http.expect,
        { url = server().closed .. "/", within = "300ms", every = "100ms" })
      check.contains(err.message, "did not answer as expected within 300 ms (")
      check.contains(err.message, "tries); seen last: GET http://127.0.0.1")
      check.contains(err.message, "nothing listens at")
    end,

    ["expect says what is different"] = function()
      local body = '{"state":"starting","list":[1],"n":1}'
      local url = at("/status/200?body=" .. body)
      local function seen(options)
        options.url, options.within = options.url or url, 0
        return check.raises({ kind = "verify" }, http.expect, options).message
      end
      check.contains(seen { status = 201 }, "(1 try); seen last: 200, not 201: {")
      check.contains(seen { json = { state = "up" } }, 'but its JSON at .state is "starting", not "up": {')
      check.contains(seen { json = { more = true } }, "its JSON at .more is nothing, not true")
      check.contains(seen { json = { list = { 1, 2 } } }, "its JSON at .list has 1 elements, not 2")
      check.contains(seen { json = { list = { 2 } } }, "its JSON at .list[1] is 1, not 2")
      check.contains(seen { json = { n = { a = 1 } } }, 'its JSON at .n is 1, not {"a":1}')
      check.contains(seen { contains = { "state", "ready" } }, 'its body does not contain "ready"')
      check.contains(seen { url = at "/status/200", json = {} }, "its body is not JSON: ")
      check.contains(seen { url = at "/status/503?body=restarting" }, "seen last: 503, not 2xx: restarting")
      check.contains(seen { url = server().expired .. "/", ca = pem "ca.pem" }, "has expired")
    end,

    ["for_ asks that it goes on holding"] = function()
      local begun = time.monotonic()
      http.expect { url = at "/comes-up/b?ms=200", within = "5s", every = "100ms", for_ = "500ms" }
      assert(time.monotonic() - begun >= 0.65)
      local err = check.raises({ kind = "verify" }, http.expect,
        { url = at "/goes-down/b?ms=200", within = "600ms", every = "100ms", for_ = "2s" })
      check.contains(err.message, "503, not 2xx")
    end,

    ["stops waits until it no longer holds"] = function()
      http.expect { url = at "/goes-down/c?ms=300", stops = true, within = "5s", every = "50ms" }
      http.expect { url = server().closed .. "/", stops = true }
      local err = check.raises({ kind = "verify" }, http.expect, { url = at "/status/200", stops = true, within = "200ms" })
      check.contains(err.message, "did not stop answering so within 200 ms")
      check.contains(err.message, "seen last: 200: status 200")
    end,

    ["hold watches, and ends with what it saw"] = function()
      http.hold { url = at "/status/200", for_ = "300ms", every = "50ms" }
      local err = check.raises({ kind = "verify" }, http.hold, { url = at "/goes-down/d?ms=200", for_ = "5s", every = "50ms" })
      check.contains(err.message, "did not hold for 5.0 s, it ended after ")
      check.contains(err.message, "seen last: 503, not 2xx: state of")
      usage("takes for_", http.hold, { url = at "/" })
    end,

    ["a slow answer is not waited for longer than the time that is left"] = function()
      local begun = time.monotonic()
      check.raises({ kind = "verify" }, http.expect, { url = at "/slow?ms=20000", within = "300ms" })
      assert(time.monotonic() - begun < 5)
    end,
  },
}
