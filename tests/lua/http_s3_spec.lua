-- Signed requests, checked by a server that works the signature out by itself.
local check = require "check"
local http_check = require "http_check"

local at, usage = http_check.at, http_check.usage

local KEYS = { access_key = "AKIDEXAMPLE", secret_key = "aws/secret+key", region = "eu-central-1" }

return {
  alone = {
    ["requests are signed so that an S3 server accepts them"] = function()
      local url = at "/s3/bucket/folder/dump.sql"
      local seen = http.get(url, { aws_sigv4 = KEYS, check = true }).json()
      check.equal(seen.key, "AKIDEXAMPLE")
      check.same({ seen.scope[2], seen.scope[3], seen.scope[4] }, { "eu-central-1", "s3", "aws4_request" })
      check.equal(http.put(url, { aws_sigv4 = KEYS, body = "text", check = true }).json().size, 4)
      check.equal(http.post(url, { aws_sigv4 = KEYS, json = { a = 1 }, check = true }).json().size, 7)
      check.equal(http.delete(url, { aws_sigv4 = KEYS, check = true }).status, 200)
      check.equal(http.head(url, { aws_sigv4 = KEYS, check = true }).status, 200)
    end,

    ["a file of any size is signed with its hash"] = function()
      fs.write("dump.bin", ("0123456789"):rep(300000))
      local seen = http.put(at "/s3/bucket/dump.bin", { aws_sigv4 = KEYS, body_file = "dump.bin", check = true }).json()
      check.equal(seen.size, 3000000)
    end,

    ["queries, temporary keys and more headers are part of it"] = function()
      local keys = { access_key = "A", secret_key = "aws/secret+key", session_token = "temporary+token=" }
      local seen = http.get(at "/s3/bucket", { aws_sigv4 = keys, check = true, headers = { ["x-amz-meta-a"] = "1" },
        query = { ["list-type"] = 2, prefix = "a b/c", delimiter = "/" } }).json()
      local signed = table.concat(seen.signed, " ")
      for _, name in ipairs { "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token", "x-amz-meta-a" } do
        check.contains(signed, name)
      end
    end,

    ["the URL may be written as it comes"] = function()
      for _, path in ipairs { "/s3/b/x+y%20z", "/s3/b/a:b@c=d,e;f", "/s3/b/%c3%bc?z=1&a=%2f&list-type=2&acl", "/s3/b?x=a+b", "/s3" } do
        check.equal(http.get(at(path), { aws_sigv4 = KEYS }).status, 200)
      end
      usage("AWS signs none such", http.get, at "/s3", { aws_sigv4 = KEYS, headers = { ["X-Empty"] = "" } })
    end,

    ["a wrong key is refused by the server"] = function()
      local keys = { access_key = "A", secret_key = "wrong" }
      check.contains(http.get(at "/s3/bucket", { aws_sigv4 = keys }).body, "the signature is wrong")
    end,
  },
}
