-- Turns the options of http.* into the plain table that native.http takes: durations in milliseconds, bodies encoded,
-- lists instead of maps.
local native = ...

local type = native.numeric.type

local ANY = "table|string|number|boolean|numeric|userdata"
local OPTIONS = {
  aws_sigv4 = "table", basic = "table", bearer = "string", body = "string", body_file = "string", ca = "string",
  client_cert = "string", client_key = "string", client_key_password = "string", connect_timeout = "string|number",
  follow = "boolean|number", form = "table", headers = "table", http2 = "boolean", idempotent = "boolean",
  idle_timeout = "string|number", json = ANY, max_size = "number", multipart = "table", proxy = "string|boolean",
  query = "table", retries = "number", timeout = "string|number", to_file = "string",
}
local AWS = {
  access_key = "string", region = "string", secret_key = "string", service = "string", session_token = "string",
}
local PART = { file = "string", file_name = "string", name = "string", text = "string|number|numeric", type = "string" }
local BODIES = { "json", "form", "multipart", "body", "body_file" }
local CREDENTIALS = { "bearer", "basic", "aws_sigv4" }
local UNREPEATABLE = { POST = true, PATCH = true }
local REDIRECTS = 10

local function usage(...) native.host.raise { kind = "usage", message = string.format(...) } end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

local function text_of(value, what)
  local kind = type(value)
  if kind == "string" then return value end
  if kind == "number" or kind == "numeric" or kind == "boolean" then return tostring(value) end
  usage("%s is a %s: texts, numbers and booleans can be sent", what, kind)
end

-- Calls add(name, text) for { name = value }, { name = { value, value } } and { { name, value }, ... }; maps in the order
-- of their names.
local function each_field(fields, what, add)
  for i, pair in ipairs(fields) do
    if type(pair) ~= "table" or type(pair[1]) ~= "string" or pair[2] == nil then
      usage("%s: member %d is a list of two, the name and the value", what, i)
    end
    add(pair[1], text_of(pair[2], ("%s: %s"):format(what, pair[1])))
  end
  if #fields > 0 then return end
  for _, name in ipairs(sorted_keys(fields)) do
    local value = fields[name]
    if type(name) ~= "string" then usage("%s: a name is a %s, not a string", what, type(name)) end
    for _, one in ipairs(type(value) == "table" and value or { value }) do
      add(name, text_of(one, ("%s: %s"):format(what, name)))
    end
  end
end

local function encode(text)
  return (text:gsub("[^%w%-._~]", function(c) return ("%%%02X"):format(c:byte()) end))
end

local function encode_fields(fields, what)
  local members = {}
  each_field(fields, what, function(name, value) members[#members + 1] = encode(name) .. "=" .. encode(value) end)
  return table.concat(members, "&")
end

local function with_query(url, query, what)
  local more = encode_fields(query, what .. ": query")
  if more == "" then return url end
  local before, fragment = url:match("^([^#]*)(.*)$")
  return before .. (before:find("?", 1, true) and "&" or "?") .. more .. fragment
end

local function only_one(options, names, what)
  local found
  for _, name in ipairs(names) do
    if options[name] ~= nil then
      if found then usage("%s: %s and %s exclude each other", what, found, name) end
      found = name
    end
  end
end

local function whole_number(options, name, what)
  local value = options[name]
  if value == nil then return nil end
  if value < 0 or value ~= math.floor(value) or value > 2 ^ 53 then usage("%s: %s is a whole number from 0", what, name) end
  return value
end

local function has_header(spec, name)
  for _, header in ipairs(spec.headers) do
    if header.name:lower() == name then return true end
  end
  return false
end

local function add_content_type(spec, value)
  if has_header(spec, "content-type") then return end
  spec.headers[#spec.headers + 1] = { name = "Content-Type", value = value }
end

local function part_of(part, what)
  part = native.options(what, part, PART)
  if not part.name then usage("%s: a part has a name", what) end
  if (part.text == nil) == (part.file == nil) then usage("%s: the part %s has either a text or a file", what, part.name) end
  return {
    name = part.name, text = part.text and tostring(part.text), file = part.file, file_name = part.file_name, type = part.type,
  }
end

-- { name = "text", name = { file = ... } } or { { name =, ... }, ... }
local function parts_of(multipart, what)
  local parts = {}
  for i, part in ipairs(multipart) do parts[i] = part_of(part, what) end
  if #parts > 0 then return parts end
  for _, name in ipairs(sorted_keys(multipart)) do
    local value = multipart[name]
    local part = { name = name }
    if type(value) == "table" then
      for key, member in pairs(value) do part[key] = member end
    else
      part.text = text_of(value, ("%s: %s"):format(what, name))
    end
    parts[#parts + 1] = part_of(part, what)
  end
  if #parts == 0 then usage("%s has no part", what) end
  return parts
end

local function set_body(spec, options, what)
  only_one(options, BODIES, what)
  spec.body, spec.body_file = options.body, options.body_file
  if options.json ~= nil then
    spec.body = native.json.encode(options.json)
    add_content_type(spec, "application/json")
  elseif options.form then
    spec.body = encode_fields(options.form, what .. ": form")
    add_content_type(spec, "application/x-www-form-urlencoded")
  elseif options.multipart then
    spec.parts = parts_of(options.multipart, what .. ": multipart")
  end
end

local function set_credentials(spec, options, what)
  only_one(options, CREDENTIALS, what)
  for _, name in ipairs(CREDENTIALS) do
    if options[name] and has_header(spec, "authorization") then
      usage("%s: %s and the header Authorization exclude each other", what, name)
    end
  end
  spec.bearer = options.bearer
  if options.basic then
    spec.user, spec.password = unpack(options.basic, 1, 2)
    if type(spec.user) ~= "string" or type(spec.password) ~= "string" or #options.basic ~= 2 then
      usage("%s: basic is a list of two, the user and the password", what)
    end
  end
  if options.aws_sigv4 then
    local aws = native.options(what .. ": aws_sigv4", options.aws_sigv4, AWS)
    if not aws.access_key or not aws.secret_key then usage("%s: aws_sigv4 needs access_key and secret_key", what) end
    spec.aws_sigv4 = aws
  end
end

local function set_limits(spec, options, what)
  -- a file takes as long as it takes, and is as large as it is; it only has to go on
  local streams = options.body_file or options.to_file or options.multipart
  spec.timeout_ms = native.host.duration(options.timeout or (streams and 0 or 60), what .. ": timeout")
  spec.connect_timeout_ms = native.host.duration(options.connect_timeout or 10, what .. ": connect_timeout")
  spec.idle_timeout_ms = native.host.duration(options.idle_timeout or 60, what .. ": idle_timeout")
  spec.max_size = whole_number(options, "max_size", what) or (options.to_file and 0) or nil
  spec.retries = whole_number(options, "retries", what) or 0
  local follow = options.follow or 0
  spec.follow = follow == true and REDIRECTS or whole_number({ follow = follow }, "follow", what)
  spec.idempotent = options.idempotent
  if spec.idempotent == nil then spec.idempotent = not UNREPEATABLE[spec.method] end
end

local function set_tls(spec, options, what)
  for _, name in ipairs { "ca", "client_cert", "client_key", "client_key_password", "http2" } do
    spec[name] = options[name]
  end
  if options.client_key and not options.client_cert then usage("%s: client_key goes with client_cert", what) end
  if options.proxy == true then usage("%s: proxy is a URL, or false for none", what) end
  spec.proxy = options.proxy == false and "" or options.proxy or nil
end

local http_spec = { options = OPTIONS }

-- `what` is the function's name, for messages. The options have been checked against `http_spec.options`.
function http_spec.new(what, method, url, options)
  if type(url) ~= "string" then usage("%s takes a URL, such as \"https://example.com/health\"", what) end
  local spec = { method = method, url = options.query and with_query(url, options.query, what) or url, headers = {} }
  each_field(options.headers or {}, what .. ": headers", function(name, value)
    spec.headers[#spec.headers + 1] = { name = name, value = value }
  end)
  set_body(spec, options, what)
  set_credentials(spec, options, what)
  set_limits(spec, options, what)
  set_tls(spec, options, what)
  spec.to_file = options.to_file
  return spec
end

return http_spec
