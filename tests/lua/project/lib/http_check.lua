-- What the specs of http share: where the server is, and what a failure looks like.
local check = require "check"

local http_check = {}

-- { http = "http://127.0.0.1:1234", https =, expired =, ..., directory = }: the listeners of tests/support/http_server.py
function http_check.server() return require "http_server" end

function http_check.at(path) return http_check.server().http .. path end

function http_check.pem(name) return http_check.server().directory .. "/" .. name end

-- What http.get raises, whose message begins with what was asked.
function http_check.failure(url, options)
  local err = check.raises({ kind = "io" }, http.get, url, options)
  check.contains(err.message, "GET http")
  return err
end

function http_check.fails_with(text, url, options)
  local err = http_check.failure(url, options)
  check.contains(err.message, text)
  return err
end

function http_check.usage(text, ...)
  local err = check.raises({ kind = "usage" }, ...)
  check.contains(err.message, text)
end

-- What the server saw of a request.
function http_check.echo(method, options) return http[method](http_check.at "/echo", options).json() end

-- A request to a listener with the tests' own authority.
function http_check.secure(listener, path, options)
  options = options or {}
  options.ca = options.ca or http_check.pem "ca.pem"
  return http.get(http_check.server()[listener] .. (path or "/status/200"), options)
end

return http_check
