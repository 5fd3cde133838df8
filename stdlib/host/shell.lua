-- shell: programs, by lists of arguments; the shell, by name.
local native = ...

local type, options_of = native.numeric.type, native.options

local function usage(message) native.host.raise { kind = "usage", message = message } end

local OPTIONS = {
  capture = "boolean", capture_limit = "number", check = "boolean", cwd = "string", env = "table",
  grace = "string|number", inherit_env = "boolean", stdin = "string", stdin_file = "string", stdout_file = "string",
  timeout = "string|number",
}
local CAPTURE_LIMIT = 16 * 1024 * 1024
local LARGEST_LIMIT = 1024 * 1024 * 1024

local function is_argument(value)
  local kind = type(value)
  return kind == "string" or kind == "number" or kind == "numeric"
end

-- Nothing stands in `list` beside what was found when it was counted.
local function check_keys(what, list, found)
  for key in pairs(list) do
    if type(key) == "string" then
      usage(("%s: '%s' stands in the list; options are a second table"):format(what, key))
    elseif found[key] == nil then
      usage(what .. ": the list has a gap")
    end
  end
end

-- A list of arguments, as texts.
local function arguments(what, list)
  if type(list) == "string" then
    usage(("%s takes a list, such as { \"ls\", \"-l\" }; shell.sh takes a line for the shell"):format(what))
  elseif type(list) ~= "table" or list[1] == nil then
    usage(what .. " takes a list: the program and its arguments, such as { \"ls\", \"-l\" }")
  end
  local argv = {}
  for i = 1, #list do
    if not is_argument(list[i]) then
      usage(("%s: argument %d is a %s, not a string or a number"):format(what, i, type(list[i])))
    end
    argv[i] = tostring(list[i])
  end
  check_keys(what, list, argv)
  return argv
end

-- NAME = "value" gives a variable, a name in the list part passes ours on where we have it.
local function variables(what, env)
  local found = {}
  for key, value in pairs(env) do
    if type(key) == "number" and type(value) == "string" then
      found[value] = native.inputs.variable(value)
    elseif type(key) == "string" and is_argument(value) then
      found[key] = tostring(value)
    else
      usage(what .. ": env has NAME = \"value\" for variables, and names alone for those that are passed on")
    end
  end
  return found
end

local function capture_limit(what, limit)
  if limit == nil then return CAPTURE_LIMIT end
  if limit >= 0 and limit <= LARGEST_LIMIT then return limit end
  usage(("%s: capture_limit is a number of bytes up to %d"):format(what, LARGEST_LIMIT))
end

local function milliseconds(what, name, value, otherwise)
  if value == nil then return otherwise end
  return native.host.duration(value, ("%s: %s"):format(what, name))
end

-- `text` says to people what is run, where the arguments are not the best way to say it.
local function run(what, commands, options, text)
  options = options_of(what, options, OPTIONS)
  if options.stdin and options.stdin_file then
    usage(what .. ": stdin and stdin_file are two answers to one question")
  end
  return native.shell.run {
    commands = commands, text = text, cwd = options.cwd, env = variables(what, options.env or {}),
    inherit_env = options.inherit_env, stdin = options.stdin, stdin_file = options.stdin_file,
    stdout_file = options.stdout_file, timeout_ms = milliseconds(what, "timeout", options.timeout, 0),
    grace_ms = milliseconds(what, "grace", options.grace, 2000), capture = options.capture ~= false,
    capture_limit = capture_limit(what, options.capture_limit), check = options.check ~= false,
  }
end

local shell = {}

function shell.run(list, options)
  return run("shell.run", { arguments("shell.run", list) }, options)[1]
end

function shell.sh(text, options)
  if type(text) ~= "string" or text == "" then usage "shell.sh takes a text for the shell" end
  return run("shell.sh", { { "/bin/sh", "-c", text } }, options, text)[1]
end

-- The last one's result, with the code of the one that failed.
local function result_of_pipe(results, failed)
  local result = {}
  for key, value in pairs(results[#results]) do result[key] = value end
  if results[failed] then
    result.code, result.signal, result.err = results[failed].code, results[failed].signal, results[failed].err
  end
  for _, each in ipairs(results) do
    result.timed_out = result.timed_out or each.timed_out
    result.truncated = result.truncated or each.truncated
    result.left_running = result.left_running or each.left_running
    result.duration = math.max(result.duration, each.duration)
  end
  result.commands = results
  return result
end

function shell.pipe(lists, options)
  if type(lists) ~= "table" or type(lists[1]) ~= "table" then
    usage "shell.pipe takes a list of lists, such as { { \"sort\", \"words\" }, { \"uniq\" } }"
  end
  local commands = {}
  for i = 1, #lists do commands[i] = arguments(("shell.pipe, command %d"):format(i), lists[i]) end
  check_keys("shell.pipe", lists, commands)
  return result_of_pipe(run("shell.pipe", commands, options))
end

function shell.find(program)
  if type(program) ~= "string" then usage "shell.find takes a program's name" end
  return native.shell.find(program)
end

return shell
