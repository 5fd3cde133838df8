-- Requests, against the real server of tests/support/http_server.py, whose routes are named there.
local check = require "check"
local http_check = require "http_check"

local at, failure, fails_with, usage, echo =
  http_check.at, http_check.failure, http_check.fails_with, http_check.usage, http_check.echo

return {
  alone = {
    ["an answer has status, headers, body, url, version, size and duration"] = function()
      local response = http.get(at "/status/200")
      check.equal(response.status, 200)
      check.equal(response.body, "status 200")
      check.equal(response.size, 10)
      check.equal(response.url, at "/status/200")
      check.equal(response.version, "1.1")
      check.equal(response.attempts, 1)
      check.equal(response.headers["content-length"], "10")
      check.equal(type(response.duration), "number")
      assert(response.duration > 0 and response.duration < 10)
    end,

    ["names of headers are the same in upper and lower case, repeated ones are joined"] = function()
      local headers = http.get(at "/headers").headers
      check.equal(headers["x-one"], "1")
      check.equal(headers["X-One"], "1")
      check.equal(headers["X-Twice"], "a, b")
      check.equal(headers["Set-Cookie"], "a=1; Path=/\nb=2")
      check.equal(headers["X-Empty"], "")
      check.equal(headers["x-none"], nil)
    end,

    ["each method is sent as itself"] = function()
      for _, method in ipairs { "get", "post", "put", "patch", "delete" } do
        check.equal(echo(method).method, method:upper())
      end
      check.equal(http.request({ method = "OPTIONS", url = at "/echo" }).json().method, "OPTIONS")
      check.equal(http.request({ url = at "/echo" }).json().method, "GET")
    end,

    ["head gives the headers and no body"] = function()
      local response = http.head(at "/status/200")
      check.equal(response.status, 200)
      check.equal(response.headers["content-length"], "10")
      check.equal(response.body, "")
    end,

    ["json goes out as JSON and comes back in order"] = function()
      local seen = echo("post", { json = { n = 12345678901234567890, list = { 1, 2 }, none = null } })
      check.equal(seen.headers["content-type"], "application/json")
      check.contains(seen.body, [["list":[1,2],"n":]])
      check.contains(seen.body, [["none":null]])
      check.equal(echo("post", { json = null }).body, "null")
      check.equal(echo("post", { json = false }).body, "false")
    end,

    ["a form is encoded, in the order of a list or of the names"] = function()
      local seen = echo("post", { form = { b = "ü &=+", a = 1, c = { true, false } } })
      check.equal(seen.headers["content-type"], "application/x-www-form-urlencoded")
      check.equal(seen.body, "a=1&b=%C3%BC%20%26%3D%2B&c=true&c=false")
      check.equal(echo("post", { form = { { "z", 1 }, { "a", 2 }, { "z", 3 } } }).body, "z=1&a=2&z=3")
      check.equal(echo("post", { form = {} }).body, "")
    end,

    ["a query is added to the URL"] = function()
      check.equal(echo("get", { query = { q = "a b", page = 2 } }).target, "/echo?page=2&q=a%20b")
      check.equal(http.get(at "/echo?x=1#top", { query = { y = "z" } }).json().target, "/echo?x=1&y=z")
      check.equal(echo("get", { query = {} }).target, "/echo")
    end,

    ["a body is sent as it is, bytes and all, without a Content-Type of its own"] = function()
      local bytes = "\0\1\255\r\n" .. ("x"):rep(5)
      local seen = http.post(at "/digest", { body = bytes }).json()
      check.equal(seen.size, #bytes)
      check.equal(seen.sha256, sha256(bytes))
      check.equal(echo("post", { body = "text" }).headers["content-type"], nil)
      check.equal(echo("put", { body = "text", headers = { ["content-type"] = "text/x" } }).headers["content-type"], "text/x")
      check.equal(echo("get", { body = "text" }).body, "text")
      check.equal(echo("post").headers["content-length"], "0")
      check.equal(echo("delete").headers["content-length"], nil)
    end,

    ["a body of a few megabytes arrives whole"] = function()
      local body = ("0123456789abcdef"):rep(200000)
      check.equal(http.post(at "/digest", { body = body }).json().sha256, sha256(body))
    end,

    ["a file is sent from the project"] = function()
      local text = ("line\n"):rep(100000)
      fs.write("big.txt", text)
      for _, method in ipairs { "put", "post" } do
        local seen = http[method](at "/digest", { body_file = "big.txt" }).json()
        check.same(seen, { size = #text, sha256 = sha256(text), method = method:upper() })
      end
      fs.write("empty.txt", "")
      check.equal(http.put(at "/digest", { body_file = "empty.txt" }).json().size, 0)
    end,

    ["multipart sends texts and files"] = function()
      fs.write("report.csv", "a,b\n1,2\n")
      local seen = echo("post", { multipart = {
        { name = "title", text = "Ünïcode" },
        { name = "file", file = "report.csv", type = "text/csv" },
        { name = "other", file = "report.csv", file_name = "renamed.csv" },
      } })
      check.contains(seen.headers["content-type"], "multipart/form-data; boundary=")
      check.contains(seen.body, 'name="title"')
      check.contains(seen.body, 'name="file"; filename="report.csv"\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\n\r\n')
      check.contains(seen.body, 'filename="renamed.csv"')
      check.contains(echo("post", { multipart = { a = 1, b = { file = "report.csv" } } }).body, 'name="a"\r\n\r\n1\r\n')
    end,

    ["an answer is written to a file when it is whole and 2xx"] = function()
      local response = http.get(at "/big?size=300000", { to_file = "big.bin" })
      check.equal(response.body, "")
      check.equal(response.size, 300000)
      check.equal(fs.size "big.bin", 300000)
      check.equal(http.get(at "/status/404", { to_file = "none.bin" }).body, "status 404")
      check.equal(fs.exists "none.bin", false)
      fails_with("ended too early", at "/cut", { to_file = "cut.bin" })
      check.equal(fs.exists "cut.bin", false)
      check.equal(fs.exists "cut.bin.partial", false)
      fails_with("ended too early", at "/cut", { to_file = "big.bin" })
      check.equal(fs.size "big.bin", 300000)
      check.equal(http.get(at "/big?size=0", { to_file = "empty.bin" }).size, 0)
      check.equal(fs.size "empty.bin", 0)
    end,

    ["files are those of the project"] = function()
      for _, options in ipairs { { to_file = "../x" }, { to_file = "/tmp/x" }, { body_file = "/etc/passwd" },
          { multipart = { a = { file = "/etc/passwd" } } } } do
        check.raises({ kind = "io" }, http.post, at "/echo", options)
      end
      local err = check.raises({ kind = "io" }, http.put, at "/echo", { body_file = "none.txt" })
      check.contains(err.message, "none.txt")
      check.raises({ kind = "io" }, http.put, at "/echo", { body_file = "lib" })
      check.raises({ kind = "io" }, http.post, at "/echo", { multipart = { a = { file = "none.txt" } } })
    end,

    ["headers are sent, an empty one too"] = function()
      local seen = echo("get", { headers = { ["X-One"] = "1", ["X-Number"] = 7, ["X-Empty"] = "" } })
      check.equal(seen.headers["x-one"], "1")
      check.equal(seen.headers["x-number"], "7")
      check.equal(seen.headers["x-empty"], "")
      check.equal(seen.headers["user-agent"], "tide")
      check.equal(echo("get", { headers = { ["User-Agent"] = "mine" } }).headers["user-agent"], "mine")
      check.equal(echo("post", { body = ("x"):rep(2000000) }).headers.expect, nil)
    end,

    ["a bearer token and a password go out as Authorization"] = function()
      check.equal(echo("get", { bearer = "t0ken" }).headers.authorization, "Bearer t0ken")
      check.equal(http.get(at "/basic", { basic = { "ann", "pass:wörd" } }).status, 200)
      check.equal(http.get(at "/basic", { basic = { "ann", "wrong" } }).status, 401)
      check.equal(http.get((at "/basic"):gsub("//", "//ann:pass%%3Aw%%C3%%B6rd@"), {}).status, 200)
    end,

    ["cookies are off"] = function()
      http.get(at "/headers")
      check.equal(echo("get").headers.cookie, nil)
    end,

    ["connections are used again"] = function()
      local first = echo("get").connection
      for _ = 1, 5 do check.equal(echo("get").connection, first) end
      check.equal(echo("put", { body = "x" }).connection, first)
      check.equal(echo("post", { body = "x", idempotent = true }).connection, first)
    end,

    ["what must not be sent twice gets a connection of its own: curl repeats what a used one lost"] = function()
      echo("get")
      local err = check.raises({ kind = "io" }, http.post, at "/flaky/lost?times=1", { retries = 2 })
      check.contains(err.message, "without an answer")
      check.equal(http.get(at "/count?path=/flaky/lost").body, "1")
    end,

    ["a status is an answer unless check says otherwise"] = function()
      for _, status in ipairs { 201, 204, 302, 404, 500, 503 } do
        check.equal(http.get(at("/status/" .. status)).status, status)
      end
      check.equal(http.get(at "/status/201", { check = true }).status, 201)
      check.equal(http.get(at "/status/404", { check = { 200, 404 } }).status, 404)
      check.equal(http.get(at "/status/404", { check = false }).status, 404)
      local err = check.raises({ kind = "io", detail = "no disk" }, http.get, at "/status/500?body=no%20disk", { check = true })
      check.contains(err.message, "/status/500?body=no%20disk: answered 500, not 2xx")
      check.contains(failure(at "/status/201", { check = 200 }).message, "answered 201, not 200")
      check.contains(failure(at "/redirect?to=/echo", { check = true }).hint, "follow = true")
    end,

    ["json of a body that is none says so"] = function()
      local response = http.get(at "/status/200?body=%7B%22a%22:")
      local err = check.raises({ kind = "io", detail = '{"a":' }, response.json)
      check.contains(err.message, "answered 200, but its body is not JSON: ")
      check.raises({ kind = "io" }, http.get(at "/status/204?body=").json)
      check.same(http.get(at "/status/500?body=%7B%22a%22:1%7D"):json(), { a = 1 })
    end,

    ["an option that is not known names the nearest"] = function()
      usage("did you mean 'timeout'", http.get, at "/", { timeot = 1 })
      usage("did you mean 'within'", http.expect, { url = at "/", witin = 1 })
      usage("http.post: bearer is a string, not a number", http.post, at "/", { bearer = 7 })
      usage("takes its options as a table", http.get, at "/", "x")
    end,

    ["what cannot be sent is refused before anything is"] = function()
      usage("http.get takes a URL", http.get)
      usage("http.request takes a URL", http.request, {})
      usage("is not a URL that http can ask", http.get, "ftp://example.com/x")
      usage("is not a URL that http can ask", http.get, "example.com")
      usage("is not a URL that http can ask", http.get, "http://a b/")
      usage("is not a URL that http can ask", http.get, "file:///etc/passwd")
      usage("json and form exclude each other", http.post, at "/", { json = {}, form = {} })
      usage("bearer and basic exclude each other", http.get, at "/", { bearer = "x", basic = { "a", "b" } })
      usage("bearer and the header Authorization", http.get, at "/", { bearer = "x", headers = { authorization = "y" } })
      usage("credentials stand in the URL and in the options", http.get, "http://u:p@127.0.0.1/", { bearer = "x" })
      usage("line break", http.get, at "/", { headers = { ["X-A"] = "1\r\nX-B: 2" } })
      usage("line break", http.get, at "/", { bearer = "a\nb" })
      usage("cannot be the name of a header", http.get, at "/", { headers = { ["X A"] = "1" } })
      usage("is set by the host itself", http.post, at "/", { headers = { ["Content-Length"] = "5" } })
      usage("cannot be a method", http.request, { method = "GET /x", url = at "/" })
      usage("client_key goes with client_cert", http.get, at "/", { client_key = "x" })
      usage("aws_sigv4 needs access_key and secret_key", http.get, at "/", { aws_sigv4 = { access_key = "a" } })
      usage("basic is a list of two", http.get, at "/", { basic = { "a" } })
      usage("timeout is a duration", http.get, at "/", { timeout = "soon" })
      usage("retries is a whole number", http.get, at "/", { retries = -1 })
      usage("check is a status", http.get, at "/", { check = { "200" } })
      usage("multipart has no part", http.post, at "/", { multipart = {} })
      usage("either a text or a file", http.post, at "/", { multipart = { { name = "a" } } })
      usage("texts, numbers and booleans can be sent", http.post, at "/", { form = { a = print } })
    end,
  },
}
