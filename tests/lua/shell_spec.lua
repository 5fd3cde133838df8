local check = require "check"

local function raised(message, fn, ...)
  local failure = check.raises({ kind = "usage" }, fn, ...)
  check.contains(failure.message, message)
end

return {
  alone = {
    ["run gives what a program printed and how it ended"] = function()
      local result = shell.run { "sh", "-c", "printf 'a\\0b'; echo warned >&2" }
      check.equal(result.out, "a\0b")
      check.equal(result.err, "warned\n")
      check.equal(result.code, 0)
      check.equal(result.signal, nil)
      check.equal(result.timed_out, false)
      check.equal(result.truncated, false)
      check.equal(result.left_running, false)
      check.equal(result.recorded, nil)
      check.equal(result.duration > 0 and result.duration < 30, true)
    end,

    ["run hands arguments over as they are"] = function()
      local result = shell.run { "printf", "%s|", "a b", "$HOME", "*; rm -rf", "it's", 5, numeric "1.50", "" }
      check.equal(result.out, "a b|$HOME|*; rm -rf|it's|5|1.50||")
    end,

    ["a failure raises with the command, the code and the last lines of standard error"] = function()
      local failure = check.raises({ kind = "io", file = "tests/lua/shell_spec.lua" }, function()
        shell.run { "sh", "-c", "echo printed; seq 1 50 >&2; exit 3" }
      end)
      check.equal(failure.message, "`sh -c 'echo printed; seq 1 50 >&2; exit 3'` exited with code 3")
      check.equal(failure.detail:match "^%d+", "31")
      check.equal(failure.detail:match "%d+$", "50")
    end,

    ["a failure that said nothing on standard error shows what it printed"] = function()
      check.raises({ detail = "printed" }, shell.sh, "echo printed; exit 1")
    end,

    ["a failure that printed bytes shows them as text"] = function()
      check.raises({ detail = "caf\\xe9 caf\195\169" }, shell.sh, "printf 'caf\\351 caf\\303\\251' >&2; exit 1")
    end,

    ["check = false gives the code and the signal instead"] = function()
      check.equal(shell.run({ "sh", "-c", "exit 7" }, { check = false }).code, 7)
      local killed = shell.run({ "sh", "-c", "kill -KILL $$" }, { check = false })
      check.equal(killed.code, 137)
      check.equal(killed.signal, "SIGKILL")
    end,

    ["a signal raises with its name"] = function()
      check.raises({ kind = "io", message = "`sh -c 'kill -SEGV $$'` was ended by SIGSEGV" }, shell.run,
        { "sh", "-c", "kill -SEGV $$" })
    end,

    ["success with words on standard error is success"] = function()
      check.equal(shell.sh("echo careful >&2").err, "careful\n")
    end,

    ["a program that is not there and one that may not be executed are two errors, also without check"] = function()
      local failure = check.raises({ kind = "io" }, shell.run, { "pg_dmp" }, { check = false })
      check.contains(failure.message, "the program \"pg_dmp\" was not found; PATH is /")
      check.raises({ kind = "io", message = "the program \"./none\" is not there" }, shell.run, { "./none" })
      check.raises({ kind = "io", message = "cannot run \"./check.lua\": it may not be executed (permission denied)" },
        shell.run, { "./check.lua" }, { cwd = "lib" })
      check.raises({ kind = "io", message = "cannot run \"/\": Is a directory" }, shell.run, { "/" })
    end,

    ["cwd is the project's folder, one below it, or any other that is there"] = function()
      check.contains(shell.run({ "ls" }).out, "lib\n")
      check.contains(shell.run({ "ls" }, { cwd = "lib" }).out, "check.lua\n")
      check.equal(shell.run({ "pwd" }, { cwd = "/" }).out, "/\n")
      local failure = check.raises({ kind = "io" }, shell.run, { "ls" }, { cwd = "none" })
      check.contains(failure.message, "cannot run ls in \"")
      check.contains(failure.message, "/none\": No such file or directory")
    end,

    ["the environment is what is asked for and little else"] = function()
      local names = {}
      for line in shell.run({ "env" }, { env = { COUNT = 5, TEXT = "a=b" } }).out:gmatch "[^\n]+" do
        local name, value = line:match "^([^=]+)=(.*)$"
        names[name] = value
      end
      check.equal(names.COUNT, "5")
      check.equal(names.TEXT, "a=b")
      check.equal(type(names.PATH), "string")
      for name in pairs(names) do
        local known = ("COUNT TEXT PATH HOME USER LOGNAME TMPDIR TZ LANG "):find(name .. " ", 1, true)
        check.equal(known ~= nil or name:find "^LC_" ~= nil, true)
      end
      check.equal(shell.run({ "env" }, { env = { "TIDE_SPEC_IS_NOT_SET" } }).out:find "SPEC", nil)
    end,

    ["stdin is nothing, a text or a file"] = function()
      check.equal(shell.run({ "cat" }).out, "")
      local large = ("x\0"):rep(500000)
      check.equal(shell.run({ "cat" }, { stdin = large }).out == large, true)
      check.contains(shell.run({ "cat" }, { stdin_file = "lib/check.lua" }).out, "function check.equal")
      raised("stdin and stdin_file", shell.run, { "cat" }, { stdin = "x", stdin_file = "y" })
      local failure = check.raises({ kind = "io" }, shell.run, { "cat" }, { stdin_file = "none" })
      check.contains(failure.message, "/none\": No such file or directory")
    end,

    ["stdout_file takes the output"] = function()
      local result = shell.run({ "echo", "text" }, { stdout_file = "made.txt" })
      check.equal(result.out, "")
      check.equal(shell.run({ "cat", "made.txt" }).out, "text\n")
    end,

    ["past its timeout a program is ended, and that raises"] = function()
      local failure = check.raises({ kind = "io" }, shell.run, { "sleep", 60 }, { timeout = "200ms" })
      check.equal(failure.message, "`sleep 60` took longer than its timeout and was ended (200 ms)")
      local result = shell.run({ "sleep", 60 }, { timeout = 0.2, check = false })
      check.equal(result.timed_out, true)
      check.equal(result.signal, "SIGTERM")
      check.equal(shell.run({ "true" }, { timeout = "1m" }).timed_out, false)
    end,

    ["output beyond the limit is cut in its middle, and the result says so"] = function()
      local result = shell.run({ "seq", 1, 10000 }, { capture_limit = 10 })
      check.equal(result.truncated, true)
      check.equal(result.out, "1\n2\n3\n[... 48884 bytes left out ...]\n0000\n")
      check.equal(shell.run({ "seq", 1, 2 }, { capture_limit = 4 }).truncated, false)
    end,

    ["without capture nothing is kept, and errors still have their last lines"] = function()
      local result = shell.run({ "seq", 1, 3 }, { capture = false })
      check.equal(result.out, "")
      check.equal(result.truncated, false)
      check.raises({ detail = "why" }, shell.sh, "echo why >&2; exit 1", { capture = false })
    end,

    ["what is left running is not waited for"] = function()
      local result = shell.sh "sleep 20 & echo $!"
      check.equal(result.left_running, true)
      check.equal(result.duration < 10, true)
      shell.run { "kill", (result.out:gsub("%s", "")) }
    end,

    ["sh reads a line as a shell does, and takes values from the environment"] = function()
      check.equal(shell.sh("echo \"$NAME\" | tr a-z A-Z", { env = { NAME = "x; y" } }).out, "X; Y\n")
      check.raises({ kind = "io", message = "`/bin/sh -c 'exit 4'` exited with code 4" }, shell.sh, "exit 4")
    end,

    ["pipe hands the output of each to the next"] = function()
      local result = shell.pipe({ { "cat" }, { "sort" }, { "uniq", "-c" } }, { stdin = "b\na\nb\n" })
      check.equal(result.out, "      1 a\n      2 b\n")
      check.equal(result.code, 0)
      check.equal(#result.commands, 3)
    end,

    ["pipe checks every program"] = function()
      local failure = check.raises({ kind = "io", detail = "broken" }, shell.pipe,
        { { "sh", "-c", "echo broken >&2; exit 3" }, { "cat" } })
      check.equal(failure.message,
        "`sh -c 'echo broken >&2; exit 3'` exited with code 3 in `sh -c 'echo broken >&2; exit 3' | cat`")
      local result = shell.pipe({ { "sh", "-c", "echo said >&2; exit 3" }, { "cat" } }, { check = false })
      check.equal(result.code, 3)
      check.equal(result.err, "said\n")
      check.equal(result.commands[1].code, 3)
      check.equal(result.commands[2].code, 0)
    end,

    ["pipe names who failed, not who lost his reader because of that"] = function()
      local failure = check.raises({ kind = "io", detail = "no space" }, shell.pipe,
        { { "yes" }, { "sh", "-c", "echo no space >&2; exit 1" }, { "cat" } })
      check.contains(failure.message, "exited with code 1 in `yes | ")
      local cut = check.raises({ hint = "the next program ended before it had read everything" }, shell.pipe,
        { { "yes" }, { "head", "-n", 1 } })
      check.contains(cut.message, "`yes` was ended by SIGPIPE in `yes | head -n 1`")
    end,

    ["find says where a program is"] = function()
      check.equal(shell.find "sh":find "/sh$" ~= nil, true)
      check.equal(shell.find "no-such-program", nil)
      raised("shell.find takes a program's name", shell.find)
    end,

    ["what is no list of arguments is refused with the reason"] = function()
      raised("shell.run takes a list, such as { \"ls\", \"-l\" }; shell.sh takes a line", shell.run, "ls -l")
      raised("shell.run takes a list: the program and its arguments", shell.run, {})
      raised("shell.run takes a list: the program and its arguments", shell.run)
      raised("shell.run: argument 2 is a boolean, not a string or a number", shell.run, { "ls", true })
      raised("shell.run: the list has a gap", shell.run, { "ls", nil, "x" })
      raised("shell.run: 'cwd' stands in the list; options are a second table", shell.run, { "ls", cwd = "/" })
      raised("an argument has a NUL byte", shell.run, { "echo", "a\0b" })
      raised("a command needs a program", shell.run, { "" })
      raised("shell.sh takes a text for the shell", shell.sh, { "ls" })
      raised("shell.sh takes a text for the shell", shell.sh, "")
      raised("shell.pipe takes a list of lists", shell.pipe, { "ls", "-l" })
      raised("shell.pipe, command 2 takes a list, such as", shell.pipe, { { "ls" }, "cat" })
      raised("shell.pipe, command 2: argument 1 is a table", shell.pipe, { { "ls" }, { {} } })
      raised("shell.pipe: 'check' stands in the list", shell.pipe, { { "ls" }, { "cat" }, check = false })
    end,

    ["options that are not known or not right are refused by name"] = function()
      raised("shell.run has no option 'timout', did you mean 'timeout'?", shell.run, { "ls" }, { timout = 1 })
      raised("shell.run: check is a boolean, not a string", shell.run, { "ls" }, { check = "no" })
      raised("shell.run: timeout is a duration such as \"30s\", \"500ms\" or \"2m\", not soon", shell.run, { "ls" },
        { timeout = "soon" })
      raised("shell.run: timeout is a duration", shell.run, { "ls" }, { timeout = -1 })
      raised("shell.run: capture_limit is a number of bytes up to 1073741824", shell.run, { "ls" },
        { capture_limit = 2e9 })
      raised("shell.run: env has NAME = \"value\"", shell.run, { "ls" }, { env = { A = true } })
      raised("\"A=B\" cannot be a variable's name", shell.run, { "ls" }, { env = { ["A=B"] = "x" } })
      raised("shell.sh takes its options as a table", shell.sh, "ls", "5s")
    end,
  },
}
