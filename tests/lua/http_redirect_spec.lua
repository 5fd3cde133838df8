-- Redirects, and that they take no credentials to another host.
local check = require "check"
local http_check = require "http_check"

local server, at, pem, fails_with =
  http_check.server, http_check.at, http_check.pem, http_check.fails_with

return {
  alone = {
    ["a redirect is an answer, followed only as asked"] = function()
      local response = http.get(at "/redirect?to=/echo")
      check.equal(response.status, 302)
      check.equal(response.headers.location, "/echo")
      check.equal(http.get(at "/redirect?to=/echo", { follow = true }).url, at "/echo")
      check.equal(http.get(at "/hops/3", { follow = 3 }).body, "arrived")
    end,

    ["more redirects than allowed, and a circle, are named"] = function()
      local err = fails_with("more redirects than 2 (follow)", at "/hops/3", { follow = 2 })
      check.contains(err.message, "/hops/3 -> http")
      check.contains(err.message, "/hops/0")
      fails_with("the redirects go in a circle: " .. at "/circle/a" .. " -> " .. at "/circle/b" .. " -> " .. at "/circle/a",
        at "/circle/a", { follow = true })
      fails_with("more redirects than 10", at "/hops/30", { follow = true })
    end,

    ["a POST becomes a GET where browsers do so, and stays one otherwise"] = function()
      for status, method in pairs { [301] = "GET", [302] = "GET", [303] = "GET", [307] = "POST", [308] = "POST" } do
        local seen = http.post(at("/redirect?to=/echo&status=" .. status), { json = { a = 1 }, follow = true }).json()
        check.equal(seen.method, method)
        check.equal(seen.body, method == "POST" and '{"a":1}' or "")
        check.equal(seen.headers["content-type"], method == "POST" and "application/json" or nil)
      end
      check.equal(http.put(at "/redirect?to=/echo&status=302", { body = "x", follow = true }).json().method, "PUT")
    end,

    ["credentials stay with the host they were given for"] = function()
      local same = at "/redirect?to=/echo"
      local other = at("/redirect?to=" .. at("/echo"):gsub("127.0.0.1", "localhost"))
      local options = { follow = true, headers = { ["X-Api-Key"] = "k", Cookie = "c=1", Accept = "text/x" } }
      for name, credential in pairs { bearer = "t0ken", basic = { "u", "p" } } do
        options.bearer, options.basic = nil, nil
        options[name] = credential
        assert(http.get(same, options).json().headers.authorization)
        check.equal(http.get(same, options).json().headers["x-api-key"], "k")
        local seen = http.get(other, options).json().headers
        check.equal(seen.authorization, nil)
        check.equal(seen["x-api-key"], nil)
        check.equal(seen.cookie, nil)
        check.equal(seen.accept, "text/x")
      end
      local with_user = (other:gsub("//", "//user:pass@", 1))
      check.equal(http.get(with_user, { follow = true }).json().headers.authorization, nil)
      options.bearer, options.basic = nil, nil
      options.headers.Authorization = "Custom x"
      check.equal(http.get(other, options).json().headers.authorization, nil)
      check.equal(http.get(same, options).json().headers.authorization, "Custom x")
    end,

    ["another port is another host"] = function()
      local seen = http.get(at("/redirect?to=" .. server().proxy .. "/x"), { follow = true, bearer = "t0ken" }).json()
      check.equal(seen.headers.authorization, nil)
    end,

    ["a redirect does not leave TLS, HTTP, or take a body to another host"] = function()
      fails_with("is not followed: it leaves TLS", server().https .. "/redirect?to=" .. at "/echo",
        { follow = true, ca = pem "ca.pem" })
      fails_with("is not followed: it is not HTTP", at "/redirect?to=file:///etc/passwd", { follow = true })
      local other = at("/redirect?status=307&to=" .. at("/echo"):gsub("127.0.0.1", "localhost"))
      local err = check.raises({ kind = "io" }, http.post, other, { body = "secret", follow = true })
      check.contains(err.message, "the POST with its body would go to another host")
      check.equal(http.get(at("/redirect?to=" .. server().https .. "/status/200"), { follow = true, ca = pem "ca.pem" }).status, 200)
    end,
  },
}
