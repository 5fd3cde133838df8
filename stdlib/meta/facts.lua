---@meta tide.facts

---What is true of a database before a change and after it, against what the change is expected to do.
---@class tide.facts
local facts = {}

---@class tide.FactsOptions
---@field rows? boolean|string[]   of which tables rows are counted; default true, all
---@field estimate_above? integer   PostgreSQL: from so many rows on the server's estimate stands; default: all are counted
---@field sizes? boolean   bytes of each table with its indexes; default false
---@field values? table<string, string>   queries of one's own, by name: the first column of the first row

---A plain value, that can be saved as JSON.
---@class tide.Facts
---@field format integer   of the value; 1
---@field engine "postgres"|"sqlite"
---@field schema string   `schema.digest`
---@field counts table<string, integer>   tables, columns, indexes, constraints, views, functions, triggers ...
---@field rows? table<string, integer>
---@field estimated? table<string, boolean>   rows that were not counted
---@field sizes? table<string, integer>   bytes
---@field values table<string, any>

---How much it changes (9, -3, 0), from how much to how much ({ 0, 5 }), what it is behind ({ to = "x" }), or "any".
---@alias tide.FactsExpectation number|number[]|{ to: any }|"any"

---What is not named is expected to be unchanged, but for: the rows of tables that came or went, sizes, and `schema` where
---any count is expected to change. As `tables` are columns, indexes, constraints, views, materialized_views, sequences,
---functions, triggers, policies, types, enums, domains, extensions and schemas.
---@class tide.FactsExpected
---@field tables? tide.FactsExpectation
---@field schema? "any"   definitions may change where no count does
---@field rows? "any"|table<string, tide.FactsExpectation>
---@field values? "any"|table<string, tide.FactsExpectation>
---@field sizes? "any"|table<string, tide.FactsExpectation>

---@class tide.FactsLine
---@field fact string   "tables", "rows.users"
---@field before any
---@field after any
---@field expected tide.FactsExpectation|nil
---@field holds boolean

---All in one snapshot of the data: the transaction that is open, or a read-only one of its own.
---
---```lua
---local before = facts.take(db, { values = { orphans = "SELECT count(*) FROM orders WHERE user_id IS NULL" } })
---```
---@param db tide.Db
---@param options? tide.FactsOptions
---@return tide.Facts
function facts.take(db, options) end

---Raises an error of kind "verify" that lists every fact that is not as expected; its `detail` is all of them as a table.
---
---```lua
---facts.compare(before, facts.take(db), { tables = 9, columns = "any", indexes = { 9, 20 }, rows = { users = 0 } })
---```
---@param before tide.Facts
---@param after tide.Facts
---@param expected? tide.FactsExpected   default: nothing changes
---@return tide.FactsLine[] comparison
function facts.compare(before, after, expected) end

---A comparison as an aligned table.
---@param comparison tide.FactsLine[]
---@return string text
function facts.table(comparison) end

return facts
