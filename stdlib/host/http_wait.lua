-- http.expect and http.hold: what an answer must be like, and waiting for it.
local native, part = ...

local http_response, http_spec = part "http_response", part "http_spec"
local raise, type = native.host.raise, native.numeric.type

local LONGEST_TRY_MS = 10000

local http_wait = {}

local function usage(...) raise { kind = "usage", message = string.format(...) } end

local function show(value)
  if value == nil then return "nothing" end
  if type(value) == "table" then return native.json.encode(value) end
  return type(value) == "string" and ("%q"):format(value) or tostring(value)
end

local function place(path) return path == "" and "its JSON" or "its JSON at " .. path end

-- nil when all of `expected` is in `found`, else what is different. Members of objects that are not expected do not count.
local function difference(expected, found, path)
  if type(expected) ~= "table" then
    if expected == found then return nil end
    return place(path) .. (" is %s, not %s"):format(show(found), show(expected))
  end
  if type(found) ~= "table" then return place(path) .. (" is %s, not %s"):format(show(found), show(expected)) end
  if #expected > 0 and #found ~= #expected then
    return place(path) .. (" has %d elements, not %d"):format(#found, #expected)
  end
  for key, value in pairs(expected) do
    local different = difference(value, found[key], path .. (type(key) == "number" and "[" .. key .. "]" or "." .. key))
    if different then return different end
  end
end

local function body_difference(body, wanted)
  for _, text in ipairs(type(wanted.contains) == "table" and wanted.contains or { wanted.contains }) do
    if not body:find(text, 1, true) then return ("its body does not contain %q"):format(text) end
  end
  if wanted.json == nil then return nil end
  local value, wrong = http_response.decode(body)
  if wrong then return "its body is not JSON: " .. wrong end
  return difference(wanted.json, value, "")
end

-- Why the answer is not as wanted, nil when it is.
local function mismatch(response, wanted)
  if not http_response.is_status(response.status, wanted.status) then
    return "not " .. http_response.status_text(wanted.status)
  end
  local different = body_difference(response.body, wanted)
  return different and "but " .. different
end

-- Asks once: whether it holds, what was seen, and the answer where one came.
local function look(spec, wanted)
  local response, failure = native.http.try(spec)
  if not response then return false, failure.message end
  http_response.new(response, native.http.text(spec))
  if response.recorded then return true, "", response end
  local different = mismatch(response, wanted)
  local body = http_response.excerpt(response.body)
  local seen = ("%d%s%s"):format(response.status, different and ", " .. different or "", body ~= "" and ": " .. body or "")
  return not different, seen, response
end

local OPTIONS = {
  contains = "string|table", every = "string|number", for_ = "string|number", method = "string", status = "number|table",
  url = "string",
}
for name, types in pairs(http_spec.options) do OPTIONS[name] = types end
for _, name in ipairs { "idempotent", "retries", "to_file" } do OPTIONS[name] = nil end
local EXPECT = { stops = "boolean", within = "string|number" }
for name, types in pairs(OPTIONS) do EXPECT[name] = types end

local function check_contains(contains, what)
  for _, text in ipairs(type(contains) == "table" and contains or { contains }) do
    if type(text) ~= "string" then usage("%s: contains is a text or a list of texts", what) end
  end
end

-- Splits the options: the request, what is wanted of its answer, and the times in milliseconds.
local function read(what, options, fields)
  options = native.options(what, options, fields)
  http_response.check_wanted(options.status, what .. ": status")
  check_contains(options.contains, what)
  local wanted = { status = options.status or true, json = options.json, contains = options.contains }
  local request = {}
  for name, value in pairs(options) do
    if http_spec.options[name] and name ~= "json" then request[name] = value end
  end
  local function ms(name, default) return native.host.duration(options[name] or default, what .. ": " .. name) end
  local times = { within = ms("within", 30), every = ms("every", 1), lasts = ms("for_", 0) }
  if not options.timeout then request.timeout = LONGEST_TRY_MS / 1000 end
  return http_spec.new(what, options.method or "GET", options.url, request), wanted, times
end

local function now_ms() return native.time.monotonic() * 1000 end

local function fail(spec, text, tries, seen)
  raise {
    kind = "verify",
    message = ("%s %s (%d %s); seen last: %s"):format(native.http.text(spec), text, tries, tries == 1 and "try" or "tries", seen),
  }
end

-- No try outlasts the time that is left for all of them by more than a second.
local function shorten(spec, longest, left)
  spec.timeout_ms = math.max(1000, math.floor(longest > 0 and math.min(longest, left) or left))
end

-- Waits until it holds (with `stops`: no longer holds), and has done so for `for_`.
function http_wait.expect(options)
  local spec, wanted, times = read("http.expect", options, EXPECT)
  local stops, longest = options.stops == true, spec.timeout_ms
  local deadline, since = now_ms() + times.within, nil
  for tries = 1, math.huge do
    -- a try cut short would look like something that stopped
    if not stops then shorten(spec, longest, math.max(deadline, since and since + times.lasts or 0) - now_ms()) end
    local asked = now_ms()
    local holds, seen, response = look(spec, wanted)
    if response and response.recorded then return response end
    since = holds ~= stops and (since or asked) or nil
    if since and now_ms() - since >= times.lasts then return response end
    if not since and now_ms() >= deadline then
      fail(spec, ("%s within %s"):format(stops and "did not stop answering so" or "did not answer as expected",
        native.http.duration_text(times.within)), tries, seen)
    end
    local pause = since and math.min(times.every, since + times.lasts - now_ms())
      or math.min(times.every, deadline - now_ms())
    native.host.sleep(math.max(pause, 1))
  end
end

-- Watches that it goes on holding for `for_`.
function http_wait.hold(options)
  local spec, wanted, times = read("http.hold", options, OPTIONS)
  if times.lasts == 0 then usage("http.hold takes for_, how long it must hold: for_ = \"1m\"") end
  local begun = now_ms()
  for tries = 1, math.huge do
    local holds, seen, response = look(spec, wanted)
    if response and response.recorded then return response end
    if not holds then
      fail(spec, ("did not hold for %s, it ended after %s"):format(native.http.duration_text(times.lasts),
        native.http.duration_text(now_ms() - begun)), tries, seen)
    end
    local left = begun + times.lasts - now_ms()
    if left <= 0 then return response end
    native.host.sleep(math.min(times.every, left))
  end
end

return http_wait
