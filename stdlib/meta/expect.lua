---@meta tide.expect

---Assertions. Each raises an error of kind "verify" (exit code 4) that says what was expected and what was found.
---@class tide.expect
local expect = {}

---@class tide.TableCheck
local TableCheck = {}

---Every one of them is there.
---@param names string[]
---@return tide.TableCheck
function TableCheck:has_columns(names) end

---@param name string
---@return tide.TableCheck
function TableCheck:has_no_column(name) end

---@class tide.ValueCheck
local ValueCheck = {}

---Numbers of different kinds are equal when their values are; nil and `null` are NULL.
---@param expected any
---@return tide.ValueCheck
function ValueCheck:equals(expected) end

---@param least number|tide.Numeric|string
---@return tide.ValueCheck
function ValueCheck:at_least(least) end

---@param most number|tide.Numeric|string
---@return tide.ValueCheck
function ValueCheck:at_most(most) end

---@class tide.RowsCheck
local RowsCheck = {}

---@param expected integer
---@return tide.RowsCheck
function RowsCheck:count(expected) end

---@return tide.RowsCheck
function RowsCheck:empty() end

---A table or view is there.
---
---```lua
---expect.table(db, "yield_activations"):has_columns { "id", "user_id" }
---```
---@param db tide.Db
---@param name string   may hold a schema
---@return tide.TableCheck
function expect.table(db, name) end

---@param db tide.Db
---@param name string
function expect.no_table(db, name) end

---An index is there, and valid.
---@param db tide.Db
---@param name string
function expect.index(db, name) end

---The first column of the first row.
---@param db tide.Db
---@param sql string
---@param ... tide.Param
---@return tide.ValueCheck
function expect.value(db, sql, ...) end

---The number of rows of a table.
---@param db tide.Db
---@param name string
---@return tide.ValueCheck
function expect.count(db, name) end

---The rows of a query.
---@param db tide.Db
---@param sql string
---@param ... tide.Param
---@return tide.RowsCheck
function expect.rows(db, sql, ...) end

---Anything else.
---@param condition any
---@param message string   what was expected
function expect.that(condition, message) end

return expect
