-- What a migration sees: Lua without what reaches around the host, and the host's primitives.
stds.tide = {
  read_globals = {
    "assert", "error", "getmetatable", "ipairs", "next", "pairs", "pcall", "print", "rawequal", "rawget", "rawset",
    "require", "select", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall",
    "bit", "coroutine", "math", "string", "table",
    "bytes", "irreversible", "json", "log", "null", "numeric",
    "ask", "backup", "confirm", "env", "fs", "http", "progress", "retry", "schema", "secret", "sha256", "shell", "time",
  },
}

std = "tide"
max_line_length = 130
exclude_files = { "build", "bench-work", "tests/lua/project" } -- the last one: scripts that are wrong on purpose
ignore = { "581" } -- not (a < b) is not a >= b: neither for NaN nor for numeric

files["scripts"] = { read_globals = { "arg", "db" } }
-- The host's own part in Lua makes the sandbox out of the whole of LuaJIT.
files["stdlib/host"] = { std = "luajit" }
-- Stubs for editors: they define, and do nothing with what they are given.
files["stdlib/meta"] = { allow_defined_top = true, ignore = { "121", "122", "131", "212", "241" } }
files["tests/lua"] = { max_line_length = false, ignore = { "512" } }
files["tests/bench/apply_floor.lua"] = { std = "luajit" }
files["tests/bench/copy.lua"] = { read_globals = { "arg", "db" } }
files["tests/bench/read.lua"] = { read_globals = { "db" } }
files["tests/bench/transform.lua"] = { read_globals = { "arg", "db" } }
files["tests/bench/spawn.lua"] = { read_globals = { "arg" } }
files["tests/bench/ask.lua"] = { read_globals = { "arg" } }
