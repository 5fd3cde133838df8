---@meta

---Programs. What runs is a list: the program and its arguments, each one as it stands, and no shell reads any of it.
---`shell.sh` is the shell, by name.
---
---A program runs in the project's folder, with the few variables that are named under `env`, reads nothing, has no
---terminal to ask anything on, and is waited for. What it prints arrives in the log line by line while it runs, and in
---the result when it has ended. A program that fails raises an error (kind "io") with its last lines as `detail`; one
---that is not there or may not be executed raises always. Past its timeout it is ended with all that it has started:
---TERM, and KILL after a grace period. Ctrl-C ends it too, and raises (kind "interrupted").
---
---What a program has started in the background and left running is left alone. When it still holds the program's output
---half a second after the end, nobody waits for it any more, and the result says `left_running`: send a daemon's output
---to a file.
---
---In a dry run nothing is run: it is recorded, and the result is `{ code = 0, out = "", err = "", recorded = true, ... }`.
---A read-only session refuses (kind "gate").
---@class tide.shell
shell = {}

---Runs a program.
---
---```lua
---local dump = shell.run({ "pg_dump", "--schema-only", name }, { timeout = "10m", env = { PGPASSWORD = secret "pg" } })
---local listed = shell.run({ "systemctl", "is-active", "worker" }, { check = false })
---if listed.code ~= 0 then ... end
---```
---@param argv (string|number)[]   found along PATH when the program's name has no slash
---@param options? tide.ShellOptions
---@return tide.ShellResult result
function shell.run(argv, options) end

---Runs a text in /bin/sh. The code is the last command's; of a pipeline in it the shell checks only the last program:
---`shell.pipe` checks each. Never put a value into the text: hand it over in `env`, and write "$NAME" in the text.
---
---```lua
---shell.sh("cd app && ./deploy --to \"$TARGET\"", { env = { TARGET = target } })
---```
---@param text string
---@param options? tide.ShellOptions
---@return tide.ShellResult result
function shell.sh(text, options) end

---Runs programs at once, each one's output being the next one's input. Fails when any of them fails, also when one is
---ended by SIGPIPE because the next had read enough. `stdin` and `stdin_file` are for the first, `stdout_file` for the
---last, the others for each.
---
---```lua
---shell.pipe({ { "pg_dump", name }, { "zstd", "-q" } }, { stdout_file = "dump.sql.zst", timeout = "1h" })
---```
---@param commands (string|number)[][]
---@param options? tide.ShellOptions
---@return tide.ShellPipeResult result   with `out` of the last; `code`, `signal` and `err` of the one that failed
function shell.pipe(commands, options) end

---Looks for a program without running it.
---
---```lua
---if not shell.find "pg_dump" then error "pg_dump has to be installed" end
---```
---@param program string   a name that is looked for along PATH, or a path
---@return string|nil path   nil when there is none that may be executed
function shell.find(program) end

---`env` has `NAME = "value"` for variables, and names alone for those of ours that are passed on where they are set:
---`env = { "PGSERVICE", LANG = "C" }`. Beside these a program gets our PATH, HOME, USER, LOGNAME, TMPDIR, TZ, LANG and
---LC_*.
---@class tide.ShellOptions
---@field cwd? string         where it runs; default: the project's folder, where relative paths start too
---@field env? table<string|integer, string|number>   default: none beside those that are always passed on
---@field inherit_env? boolean   all of our variables; default false
---@field stdin? string       what it reads; default: nothing
---@field stdin_file? string  or a file that it reads
---@field stdout_file? string   a file, made or emptied, that takes its output; `out` is "" then
---@field timeout? string|number   "30s", "5m" or seconds; default 0: none
---@field grace? string|number   between TERM and KILL; default "2s"
---@field capture? boolean    whether `out` and `err` are kept; default true
---@field capture_limit? integer   bytes kept of each; of more the beginning and the end; default 16 MiB, at most 1 GiB
---@field check? boolean      whether a failure raises; default true

---@class tide.ShellResult
---@field code integer        exit code; 128 and the signal's number when a signal ended it
---@field signal? string      "SIGKILL" when a signal ended it
---@field out string          the bytes that it printed, as they are
---@field err string          the same of standard error; a program may write there and succeed
---@field duration number     seconds
---@field timed_out boolean   whether it was ended because its time was up
---@field truncated boolean   whether more was printed than is kept
---@field left_running boolean   whether something that it started went on and held its output
---@field recorded? boolean   true in a dry run: nothing was run

---@class tide.ShellPipeResult : tide.ShellResult
---@field commands tide.ShellResult[]   of each program; only the last one's `out` is kept
