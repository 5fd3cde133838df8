-- http.*: requests over native.http.
local native, part = ...

local http_response, http_spec, http_wait = part "http_response", part "http_spec", part "http_wait"
local raise = native.host.raise

local OPTIONS = { check = "boolean|number|table" }
for name, types in pairs(http_spec.options) do OPTIONS[name] = types end
local REQUEST = { method = "string", url = "string" }
for name, types in pairs(OPTIONS) do REQUEST[name] = types end

local function check(response, text, wanted)
  if not wanted or response.recorded or http_response.is_status(response.status, wanted) then return end
  local redirect = response.status >= 300 and response.status < 400
  raise {
    kind = "io", detail = http_response.excerpt(response.body), hint = redirect and "follow = true follows redirects" or nil,
    message = ("%s: answered %d, not %s"):format(text, response.status, http_response.status_text(wanted)),
  }
end

local function send(what, method, url, options)
  local spec = http_spec.new(what, method, url, options)
  http_response.check_wanted(options.check, what .. ": check")
  local text = native.http.text(spec)
  local response = http_response.new(native.http.request(spec), text)
  check(response, text, options.check)
  return response
end

local http = { expect = http_wait.expect, hold = http_wait.hold }

for _, name in ipairs { "get", "post", "put", "patch", "delete", "head" } do
  http[name] = function(url, options)
    local what = "http." .. name
    return send(what, name:upper(), url, native.options(what, options, OPTIONS))
  end
end

function http.request(options)
  options = native.options("http.request", options, REQUEST)
  return send("http.request", options.method or "GET", options.url, options)
end

return http
