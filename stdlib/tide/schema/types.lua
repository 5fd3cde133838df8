-- The portable types of columns, and SQL that stands in the place of a value.
local native = ...

local types = {}

-- SQLite: a type that holds "text" keeps what only looks like a number (a uuid of digits, a JSON number) as it is.
local KNOWN = {
  bigint = { postgres = "bigint", sqlite = "bigint", strict = "INTEGER" },
  integer = { postgres = "integer", sqlite = "integer", strict = "INTEGER" },
  smallint = { postgres = "smallint", sqlite = "smallint", strict = "INTEGER" },
  boolean = { postgres = "boolean", sqlite = "boolean", strict = "INTEGER" },
  text = { postgres = "text", sqlite = "text", strict = "TEXT" },
  varchar = { postgres = "varchar", sqlite = "varchar", strict = "TEXT", takes = "length" },
  char = { postgres = "char", sqlite = "char", strict = "TEXT", takes = "length" },
  numeric = { postgres = "numeric", sqlite = "numeric", strict = "REAL", takes = "precision" },
  real = { postgres = "real", sqlite = "real", strict = "REAL" },
  double = { postgres = "double precision", sqlite = "double precision", strict = "REAL" },
  date = { postgres = "date", sqlite = "date", strict = "TEXT" },
  time = { postgres = "time", sqlite = "time", strict = "TEXT" },
  timestamp = { postgres = "timestamp", sqlite = "timestamp", strict = "TEXT" },
  timestamptz = { postgres = "timestamptz", sqlite = "timestamptz", strict = "TEXT" },
  json = { postgres = "jsonb", sqlite = "json text", strict = "TEXT" },
  uuid = { postgres = "uuid", sqlite = "uuid text", strict = "TEXT" },
  bytes = { postgres = "bytea", sqlite = "blob", strict = "BLOB" },
}

-- What other tools and engines call them.
local MEANT = {
  string = "text", int = "integer", int4 = "integer", int8 = "bigint", long = "bigint", bool = "boolean",
  serial = "id", bigserial = "id", decimal = "numeric", float = "double", datetime = "timestamptz", jsonb = "json",
  bytea = "bytes", blob = "bytes", binary = "bytes", character = "char",
}

local ALLOWED = { "id" }
for name in pairs(KNOWN) do ALLOWED[#ALLOWED + 1] = name end
table.sort(ALLOWED)

local function usage(message) native.host.raise { kind = "usage", message = message } end

local function check_by_engine(what, texts)
  for engine, text in pairs(texts) do
    if engine ~= "postgres" and engine ~= "sqlite" or type(text) ~= "string" then
      usage(("%s takes a text, or { postgres = TEXT, sqlite = TEXT }"):format(what))
    end
  end
end

-- SQL where otherwise a value or the name of a column stands.
function types.expression(text)
  if type(text) ~= "string" and type(text) ~= "table" then usage "schema.sql takes a text, or { postgres =, sqlite = }" end
  local texts = type(text) == "table" and text or { postgres = text, sqlite = text }
  check_by_engine("schema.sql", texts)
  return { is_sql = true, postgres = texts.postgres, sqlite = texts.sqlite }
end

function types.is_expression(value) return type(value) == "table" and value.is_sql == true end

-- Of an expression, a text, or a text for each engine.
function types.text(db, value, what)
  if type(value) == "string" then return value end
  if not types.is_expression(value) then check_by_engine(what, value) end
  return value[db.engine] or usage(("%s: there is none for %s"):format(what, db.engine))
end

local function refuse(name, what)
  local near = MEANT[name:lower():match "^%a*%d*"] or native.host.nearest(name, ALLOWED)
  local guess = near ~= "" and (" (did you mean '%s'?)"):format(near) or ""
  usage(("%s: '%s' is no portable type%s; there are %s. A type of one engine is written "
    .. "{ postgres = \"inet\", sqlite = \"text\" }"):format(what, name, guess, table.concat(ALLOWED, ", ")))
end

-- The type as SQL: "numeric(18,2)", "jsonb". `strict`: of a STRICT table of SQLite.
function types.sql(db, declared, what, strict)
  if type(declared) == "table" then return types.text(db, declared, what .. ": the type") end
  if type(declared) ~= "string" then usage(what .. ": the type is missing, such as \"text\"") end
  local name, argument = declared:match("^(%a+)%s*(%b())$")
  name = name or declared
  local known = KNOWN[name]
  if not known then refuse(declared, what) end
  if argument and not known.takes then usage(("%s: %s takes nothing in parentheses"):format(what, name)) end
  if argument and not argument:find "^%(%s*%d+%s*,?%s*%d*%s*%)$" then
    usage(("%s: '%s' is no %s"):format(what, argument, known.takes))
  end
  return strict and known.strict or known[db.engine] .. (argument or "")
end

return types
