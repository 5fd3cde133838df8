-- Servers that are slow, broken or lying, and trying again.
local check = require "check"
local http_check = require "http_check"

local server, at, pem, fails_with =
  http_check.server, http_check.at, http_check.pem, http_check.fails_with

return {
  alone = {
    ["a host name that does not exist"] = function()
      fails_with("the host name no-such-host.invalid cannot be resolved", "http://no-such-host.invalid/x", {})
    end,

    ["a port where nothing listens"] = function()
      fails_with("nothing listens at 127.0.0.1:", server().closed .. "/x")
    end,

    ["a timeout while connecting"] = function()
      fails_with("while connecting to 127.0.0.1:", server().full .. "/", { connect_timeout = "300ms" })
      fails_with("while connecting to 127.0.0.1:", server().full .. "/", { timeout = "300ms" })
    end,

    ["a timeout in the TLS handshake"] = function()
      fails_with("in the TLS handshake with 127.0.0.1:", (server().silent .. "/"):gsub("http:", "https:"),
        { connect_timeout = "300ms" })
    end,

    ["a timeout before the first byte"] = function()
      fails_with("waiting for the first byte of the answer", at "/slow?ms=3000", { timeout = "200ms" })
      fails_with("waiting for the first byte of the answer", server().silent .. "/", { idle_timeout = "200ms" })
    end,

    ["a timeout within the body says how much had come"] = function()
      fails_with("400 of 1000 bytes of its body had come", at "/stall", { timeout = "300ms" })
      fails_with("timed out after", at "/drip", { timeout = "300ms" })
    end,

    ["an answer that stops moving is given up, one that is slow is not"] = function()
      local err = fails_with("nothing moved any more, given up after", at "/stall", { idle_timeout = "300ms", timeout = 0 })
      check.contains(err.message, "400 of 1000 bytes")
      check.equal(http.get(at "/slow?ms=200", { idle_timeout = "2s" }).body, "late")
    end,

    ["a timeout while the body is sent"] = function()
      local err = check.raises({ kind = "io" }, http.post, server().deaf .. "/",
        { body = ("x"):rep(20000000), timeout = "500ms" })
      check.contains(err.message, "while the body was sent: ")
      check.contains(err.message, " of 20000000 bytes")
    end,

    ["a server that hangs up without an answer"] = function()
      fails_with("the server closed the connection without an answer", at "/close")
    end,

    ["a server that resets the connection"] = function()
      fails_with("the connection was lost", at "/reset")
    end,

    ["an answer shorter than it says"] = function()
      fails_with("the answer ended too early: 40 of 100 bytes", at "/cut")
      fails_with("the answer ended too early: ", at "/cut-chunked")
    end,

    ["an answer longer than it says ends where it says, and the rest is no answer to what comes next"] = function()
      check.equal(http.get(at "/more-than-said").body, "right")
      check.equal(http.get(at "/status/200").body, "status 200")
    end,

    ["an answer without a length ends with the connection"] = function()
      check.equal(http.get(at "/until-closed").body, "no length")
    end,

    ["an endless body ends at max_size"] = function()
      fails_with("the answer is larger than max_size, 16777216 bytes", at "/endless")
      fails_with("the answer is larger than max_size, 1000 bytes", at "/endless", { max_size = 1000 })
      fails_with("the answer is larger than max_size, 100000 bytes", at "/endless", { max_size = 100000, to_file = "x.bin" })
      check.equal(fs.exists "x.bin", false)
      check.equal(#http.get(at "/big?size=1000", { max_size = 1000 }).body, 1000)
      fails_with("larger than max_size, 999 bytes", at "/big?size=1000", { max_size = 999 })
    end,

    ["endless headers end"] = function()
      fails_with("the headers of the answer are too large", at "/endless-headers")
      fails_with("the headers of the answer are too large", at "/endless-interim")
    end,

    ["what is not HTTP is said to be none"] = function()
      fails_with("what came back is not HTTP", at "/garbage")
      fails_with("what came back is not HTTP", at "/bad-status-line")
    end,

    ["what passes is tried again, as often as asked"] = function()
      local response = http.get(at "/flaky/a?times=2&status=503", { retries = 2 })
      check.equal(response.body, "after 2")
      check.equal(response.attempts, 3)
      check.equal(http.get(at "/flaky/b?times=2&status=503", { retries = 1 }).status, 503)
      check.equal(http.get(at "/flaky/c?times=1&status=503").status, 503)
      check.equal(http.get(at "/flaky/d?times=1", { retries = 1 }).body, "after 1")
      check.equal(http.get(at "/flaky/e?times=1&status=404", { retries = 1 }).status, 404)
    end,

    ["the last failure is the one that is raised"] = function()
      fails_with("nothing listens", server().closed .. "/", { retries = 1 })
    end,

    ["Retry-After is honoured, as seconds and as a date"] = function()
      assert(http.get(at "/flaky/f?times=1&status=429&after=1", { retries = 1 }).duration >= 1)
      assert(http.get(at "/flaky/g?times=1&status=503&date=3", { retries = 1 }).duration >= 1)
    end,

    ["a Retry-After of hours is not waited for"] = function()
      check.equal(http.get(at "/flaky/h?times=1&status=429&after=7200", { retries = 3 }).status, 429)
    end,

    ["a POST that may have arrived is sent again only when it is said to be idempotent"] = function()
      check.equal(http.post(at "/flaky/i?times=1&status=503", { retries = 2 }).status, 503)
      check.equal(http.post(at "/flaky/k?times=1", { retries = 1, idempotent = true }).body, "after 1")
      check.equal(http.put(at "/flaky/l?times=1", { retries = 1, body = "x" }).body, "after 1")
    end,

    ["what would end alike is not tried again"] = function()
      local begun = time.monotonic()
      fails_with("has expired", server().expired .. "/", { ca = pem "ca.pem", retries = 5 })
      fails_with("circle", at "/circle/a", { follow = true, retries = 5 })
      fails_with("max_size", at "/endless", { max_size = 10, retries = 5 })
      assert(time.monotonic() - begun < 3)
    end,

    ["a file is sent from its beginning again"] = function()
      fs.write("again.txt", ("x"):rep(1000))
      check.equal(http.put(at "/flaky/m?times=1&status=503", { retries = 1, body_file = "again.txt" }).body, "after 1")
      check.equal(http.put(at "/redirect?status=307&to=/digest", { follow = true, body_file = "again.txt" }).json().size, 1000)
    end,
  },
}
