---@meta tide.inspect

---Questions about the health of a database: `local inspect = require "tide.inspect"`. At the prompt of `tide repl` and in
---`tide eval` it is a global, and `db` need not be given. Each returns rows, and raises an error of kind "usage" where the
---engine does not keep such figures. docs/inspect.md says what to do about the answers.
---
---```lua
---for _, index in ipairs(inspect.unused_indexes(db)) do print(index.index_name, index.size) end
---```
---@class tide.inspect
local inspect = {}

---@class tide.Verdict
---@field verdict "red"|"yellow"|"green"|"unknown"   "unknown" when the question could not be asked
---@field check string     the question, a function of this module
---@field found integer    how many rows were bad
---@field message string   the first of them; "" when all is well

---Asks everything that the engine can answer, and judges it; the worst first.
---@param db tide.Db
---@return tide.Verdict[] verdicts
function inspect.diagnose(db) end

---Dead rows of each table that vacuum has not taken back; on SQLite the free pages of the file.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.bloat(db) end

---Sessions that wait, and the sessions that they wait for. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.blocking(db) end

---How many reads of tables and of indexes were answered from memory, in percent. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.cache_hit(db) end

---Sessions by database, user, application and state, against `max_connections`. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.connections(db) end

---Indexes whose columns another index begins with.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.duplicate_indexes(db) end

---Tables by the rows that were read in sequence, and how many of their scans used an index. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.index_use(db) end

---Indexes left half-built and constraints never validated; on SQLite rows that break a foreign key.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.invalid(db) end

---Locks on tables that keep writers or readers out. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.locks(db) end

---Transactions of other sessions that have been open for more than five seconds. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.long_running(db) end

---Foreign keys whose columns no index begins with.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.missing_fk_indexes(db) end

---The statements that took most of the server's time. PostgreSQL with pg_stat_statements; raises an error of
---kind "usage" without it.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.outliers(db) end

---Standbys and replication slots, and how far behind they are. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.replication(db) end

---Sequences and how much of their range, and of the column that they fill, is used up. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.sequences(db) end

---Tables with their sizes, the largest first; on SQLite tables with their columns and indexes.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.sizes(db) end

---Indexes that nothing has read since the statistics were reset. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.unused_indexes(db) end

---When each table was vacuumed and analyzed, and its way to the wraparound of transaction numbers. PostgreSQL.
---@param db tide.Db
---@return table<string, any>[] rows
function inspect.vacuum(db) end

return inspect
