-- Programs on another machine, by OpenSSH. What is run is a list here too: it is quoted for the shell over there.
local native = ...

local HOST = { port = "number", identity = "string", jump = "string", connect_timeout = "string|number", config = "string" }
local RUN = {
  capture = "boolean", capture_limit = "number", check = "boolean", cwd = "string", grace = "string|number",
  stdin = "string", stdin_file = "string", stdout_file = "string", timeout = "string|number",
}

local ssh = {}

local function usage(message) native.host.raise { kind = "usage", message = message } end

-- A target that begins with "-" would be an option, and could run a program here.
local function check_target(what, target)
  if type(target) ~= "string" or not target:find("^[%w_]") or target:find("%s") then
    usage(("%s takes a target such as \"deploy@app.example.com\""):format(what))
  end
end

-- A word as the shell over there reads it back.
local function quoted(word)
  word = tostring(word)
  if word:find("^[%w_./:=@%%+,-]+$") then return word end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

function ssh.command(argv)
  if type(argv) ~= "table" or argv[1] == nil then usage "ssh.command takes a list: the program and its arguments" end
  local words = {}
  for i, word in ipairs(argv) do words[i] = quoted(word) end
  return table.concat(words, " ")
end

-- Nobody is there to answer: a password, a passphrase or an unknown host key is a failure, not a question.
local function flags_of(host, port_flag)
  local seconds = math.ceil(native.host.duration(host.connect_timeout or "10s", "ssh: connect_timeout") / 1000)
  local flags = { "-o", "BatchMode=yes", "-o", ("ConnectTimeout=%d"):format(seconds) }
  local function add(flag, value)
    if value ~= nil then
      flags[#flags + 1] = flag
      flags[#flags + 1] = tostring(value)
    end
  end
  add("-F", host.config)
  add(port_flag, host.port)
  add("-i", host.identity)
  add("-J", host.jump)
  return flags
end

local function argv_of(program, flags, ...)
  local argv = { program, unpack(flags) }
  for _, word in ipairs { ... } do argv[#argv + 1] = word end
  return argv
end

-- Splits the options of a call into those of the machine and those of the run.
local function split(what, options)
  local all, host, run = {}, {}, {}
  for name, kind in pairs(HOST) do all[name] = kind end
  for name, kind in pairs(RUN) do all[name] = kind end
  for name, value in pairs(native.options(what, options, all)) do
    if HOST[name] then host[name] = value else run[name] = value end
  end
  return host, run
end

local function last_line(text) return text:match("([^\n]+)%s*$") or "it did not say why" end

-- 255 is what ssh itself ends with; a program over there that does so looks the same.
local function run_checked(argv, target, options)
  local given = {}
  for name, value in pairs(options) do given[name] = value end
  given.check, given.env = false, { "SSH_AUTH_SOCK" }
  local result = shell.run(argv, given)
  if result.code == 255 then
    native.host.raise { kind = "connect", message = ("ssh to %s: %s"):format(target, last_line(result.err)) }
  elseif options.check ~= false and result.code ~= 0 then
    native.host.raise { kind = "io", message = ("on %s: `%s` exited with code %d"):format(target, argv[#argv], result.code),
      detail = result.err ~= "" and result.err or result.out }
  end
  return result
end

function ssh.run(target, argv, options)
  check_target("ssh.run", target)
  local host, run = split("ssh.run", options)
  local command = ssh.command(argv)
  if run.cwd then command = ("cd %s && %s"):format(quoted(run.cwd), command) end
  run.cwd = nil
  return run_checked(argv_of("ssh", flags_of(host, "-p"), "--", target, command), target, run)
end

-- Stands where shell.run does: systemd.restart("app", { through = ssh.through "deploy@app.example.com" }).
function ssh.through(target, host)
  check_target("ssh.through", target)
  host = native.options("ssh.through", host, HOST)
  return function(argv, options)
    local merged = {}
    for name, value in pairs(host) do merged[name] = value end
    for name, value in pairs(options or {}) do merged[name] = value end
    return ssh.run(target, argv, merged)
  end
end

local function copy(what, target, from, to, options)
  check_target(what, target)
  local host, run = split(what, options)
  return run_checked(argv_of("scp", flags_of(host, "-P"), "-p", "--", from, to), target, run)
end

function ssh.copy_to(target, path, remote, options)
  return copy("ssh.copy_to", target, path, target .. ":" .. remote, options)
end

function ssh.copy_from(target, remote, path, options)
  return copy("ssh.copy_from", target, target .. ":" .. remote, path, options)
end

return ssh
