-- fs: files of the project and of the run's folder; sha256.
local native = ...

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- What each function takes, in order.
local TAKES = {
  append = { "path", "text" }, copy = { "path", "path" }, exists = { "path" }, is_directory = { "path" }, list = { "path" },
  mkdir = { "path" }, read = { "path" }, remove = { "path" }, rename = { "path", "path" }, size = { "path" },
  write = { "path", "text" },
}

local function check_arguments(name, takes, ...)
  for i, what in ipairs(takes) do
    local value = select(i, ...)
    if type(value) ~= "string" then
      usage(("fs.%s takes a %s, a string, as its argument %d, not a %s"):format(name, what, i, native.numeric.type(value)))
    end
  end
end

local fs = {}
for name, takes in pairs(TAKES) do
  local fn = native.fs[name]
  fs[name] = function(...)
    check_arguments(name, takes, ...)
    return fn(...)
  end
end

function fs.remove(path, options)
  check_arguments("remove", TAKES.remove, path)
  options = native.options("fs.remove", options, { recursive = "boolean" })
  return native.fs.remove(path, options.recursive == true)
end

local function sha256(what)
  if type(what) == "string" then return native.digest.sha256(what) end
  local file = type(what) == "table" and native.options("sha256", what, { file = "string" }).file
  if not file then usage "sha256 takes a text, or { file = path }" end
  return native.digest.sha256_file(file)
end

return { fs = fs, sha256 = sha256 }
