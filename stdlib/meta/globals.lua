---@meta

---NULL as a value: where nil cannot stand, inside lists and JSON. `null == null`; it counts as true in conditions.
---@class tide.Null
null = nil

---An exact decimal of up to 150,000 digits. `+`, `-`, `*`, unary minus, `==`, `<`, `<=`, `..` and `tostring` work and stay
---exact, also with plain numbers beside them. A result without a fraction and with at most 14 digits is a plain number
---again. `/` raises: say how many digits you want with `div`. As table keys, equal texts are equal: "1.10" and "1.1" are
---two keys.
---@class tide.Numeric
local Numeric = {}

---Quotient, rounded half away from zero. Plain numbers have this method too.
---@param divisor number|string|tide.Numeric
---@param digits integer   after the point, 0 to 1000
---@return number|tide.Numeric
function Numeric:div(divisor, digits) end

---Rounded half away from zero. Plain numbers have this method too.
---@param digits integer   after the point, 0 to 1000
---@return number|tide.Numeric
function Numeric:round(digits) end

---The nearest plain number; may lose digits.
---@return number
function Numeric:tonumber() end

---Makes an exact decimal: `numeric "1.10"`.
---@param value string|number|tide.Numeric
---@return tide.Numeric
function numeric(value) end

---@class tide.Bytes

---Marks a string as bytes, for a parameter whose column is bytea or BLOB and whose content might pass for text.
---@param data string
---@return tide.Bytes
function bytes(data) end

---As `down`: says that the migration cannot be reverted, and why. `tide down` stops there and prints the reason.
---
---```lua
---down = irreversible "the old hashes are gone"
---```
---@param reason string
---@return tide.Irreversible
function irreversible(reason) end

---@class tide.Irreversible

---Loads a module: the stdlib's ("tide.expect") or the project's own below `lib/` ("billing.tax" is lib/billing/tax.lua).
---@param name string
---@return any
function require(name) end

---Writes to the log, with tabs between the values.
---@param ... any
function print(...) end

---A variable of the process, or of the project's `.env`.
---
---```lua
---local region = env("REGION", "eu-central-1")
---```
---@param name string
---@param default? any   what it gives when the variable is not set; default nil
---@return any value
function env(name, default) end

---A value that nobody may read: a token, a password, a webhook's URL. It comes from where `[secrets]` of tide.toml says;
---without such a line from the variable of that name (as written, then in capitals), from the file that the variable
---`NAME_FILE` names, or from `/run/secrets/NAME`. From then on it is masked in all output, logs, errors and reports. Raises
---an error of kind "config" that says where it was looked for.
---
---```lua
---http.get("https://api.example.test/charges", { bearer = secret "stripe" })
---```
---@param name string
---@return string
function secret(name) end

---Asks for a yes or no. Without a terminal `--yes` answers yes, and anything else is refused (kind "gate", exit code 6). In
---a dry run nobody is asked and the answer is yes.
---@param text string   the question
---@return boolean
function confirm(text) end

---@class tide.AskOptions
---@field name? string         `--set NAME=VALUE` answers; default: the question's words in lower case, joined by `_`
---@field default? string|number   the answer of an empty line and of `--yes`; default: an answer is needed
---@field choices? string[]    one of these; default: anything
---@field pattern? string      a Lua pattern that the answer matches; default: anything
---@field secret? boolean      not shown while it is typed, masked from then on; default false

---Asks for a text. `--set NAME=VALUE` answers beforehand. Without a terminal and without such an answer it is refused (kind
---"gate", exit code 6), unless there is a default and `--yes` was given. At a terminal, an answer that does not fit is asked
---for again.
---
---```lua
---local region = ask("Which region?", { choices = { "eu", "us" } })   -- --set which_region=eu
---```
---@param text string
---@param options? tide.AskOptions
---@return string
function ask(text, options) end

---@class tide.Progress
local Progress = {}

---So much more is done.
---@param count? number   default 1
function Progress:step(count) end

---The end, also when there is less than was thought.
function Progress:done() end

---Shows how far a long piece of work has come: a bar with rate and remaining time on a terminal, else a line every tenth.
---
---```lua
---local bar = progress(#files, "Uploading")
---for _, file in ipairs(files) do upload(file) bar:step() end
---bar:done()
---```
---@param total? number   how much there is to do; nil when nobody knows
---@param label? string   default "progress"
---@return tide.Progress
function progress(total, label) end

---@class tide.DigestOptions
---@field file? string   the path of a file of the project; it is read in constant memory

---The SHA-256 of a text, or of a file: `sha256 { file = "dump.csv" }`.
---@param what string|tide.DigestOptions
---@return string hex   64 lower-case digits
function sha256(what) end

---What a failed call raises. `tostring(err)` is "file:line: message".
---@class tide.Error
---@field kind "usage"|"config"|"connect"|"lock"|"sql"|"lua"|"verify"|"gate"|"interrupted"|"io"|"history"|"internal"
---@field message string
---@field sqlstate? string     five characters, from the server
---@field detail? string
---@field hint? string
---@field constraint? string
---@field table? string
---@field column? string
---@field context? string      the server's: the PL/pgSQL call stack
---@field position? integer    character in `statement`, from 1
---@field statement? string
---@field file? string         the script
---@field line? integer
---@field file_column? integer   character in that line, from 1
---@field traceback? string
---@field step? string
---@field done string[]        what was rolled back, what stayed
---@field next string[]        what to do now
---@field cause? tide.Error
