-- schema: the schema of a database as a plain value, and what differs between two.
local native = ...

local json = native.json

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function is_session(value) return type(value) == "userdata" and not native.numeric.is(value) end

-- A snapshot as the host reads it, of a snapshot or a session.
local function text_of(what, value)
  if is_session(value) then return native.schema.snapshot(value, false) end
  if type(value) ~= "table" then
    usage(("%s takes a snapshot or a session (db), not a %s"):format(what, native.numeric.type(value)))
  end
  return json.encode(value)
end

local schema = {}

function schema.snapshot(db, options)
  if not is_session(db) then usage "schema.snapshot takes a session (db)" end
  options = native.options("schema.snapshot", options, { grants = "boolean" })
  return json.decode(native.schema.snapshot(db, options.grants == true))
end

function schema.diff(a, b, options)
  options = native.options("schema.diff", options, { a = "string", b = "string" })
  local left, right = text_of("schema.diff", a), text_of("schema.diff", b)
  return json.decode(native.schema.diff(left, right, options.a or "the first", options.b or "the second"))
end

function schema.digest(value) return native.schema.digest(text_of("schema.digest", value)) end

function schema.encode(snapshot) return native.schema.text(text_of("schema.encode", snapshot)) end

function schema.decode(text)
  if type(text) ~= "string" then usage "schema.decode takes the text of a snapshot" end
  return json.decode(native.schema.parse(text))
end

return schema
