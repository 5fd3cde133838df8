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
