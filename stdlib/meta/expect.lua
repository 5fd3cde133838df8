---@meta tide.expect

---Assertions. Each raises an error of kind "verify" (exit code 4) that says what was expected and what was found, and
---the nearest name that is there.
---@class tide.expect
local expect = {}

---@class tide.TableCheck
local TableCheck = {}

---Every one of them is there: a list of names, or types by name.
---@param names string[]|table<string, tide.ColumnType>
---@return tide.TableCheck
function TableCheck:has_columns(names) end

---@param name string
---@return tide.TableCheck
function TableCheck:has_no_column(name) end

---@param name string
---@return tide.ColumnCheck
function TableCheck:column(name) end

---A valid index of all rows begins with these columns, in this order.
---@param columns string|string[]
---@return tide.TableCheck
function TableCheck:has_index_on(columns) end

---@class tide.ColumnCheck
local ColumnCheck = {}

---@param type string   as `schema.create_table` takes it ("timestamptz"), or as the server writes it
---@return tide.ColumnCheck
function ColumnCheck:type(type) end

---@return tide.ColumnCheck
function ColumnCheck:not_null() end

---@return tide.ColumnCheck
function ColumnCheck:nullable() end

---@param default string|nil   as the server writes it: "'free'::text"; nil for none
---@return tide.ColumnCheck
function ColumnCheck:default(default) end

---@class tide.IndexCheck
local IndexCheck = {}

---@return tide.IndexCheck
function IndexCheck:unique() end

---@param table_name string   without its schema
---@param columns? string|string[]   in their order; an expression as the server writes it, "(expression)" on SQLite
---@return tide.IndexCheck
function IndexCheck:on(table_name, columns) end

---@class tide.ForeignKeyCheck
local ForeignKeyCheck = {}

---@param table_name string
---@param columns? string|string[]
---@return tide.ForeignKeyCheck
function ForeignKeyCheck:references(table_name, columns) end

---@param action tide.KeyAction
---@return tide.ForeignKeyCheck
function ForeignKeyCheck:on_delete(action) end

---@param action tide.KeyAction
---@return tide.ForeignKeyCheck
function ForeignKeyCheck:on_update(action) end

---@class tide.PolicyCheck
local PolicyCheck = {}

---@param command "all"|"select"|"insert"|"update"|"delete"
---@return tide.PolicyCheck
function PolicyCheck:command(command) end

---@param roles string|string[]   "PUBLIC" for everybody
---@return tide.PolicyCheck
function PolicyCheck:roles(roles) end

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

---These rows, in this order.
---@param rows table<string, any>[]
---@return tide.RowsCheck
function RowsCheck:equals(rows) end

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

---@param db tide.Db
---@param table_name string
---@param name string
---@return tide.ColumnCheck
function expect.column(db, table_name, name) end

---An index is there, and valid.
---
---```lua
---expect.index(db, "users_email_idx"):unique():on("users", { "email" })
---```
---@param db tide.Db
---@param name string
---@return tide.IndexCheck
function expect.index(db, name) end

---@param db tide.Db
---@param name string
function expect.no_index(db, name) end

---A foreign key of these columns is there, and validated.
---
---```lua
---expect.foreign_key(db, "orders", "user_id"):references("users"):on_delete "cascade"
---```
---@param db tide.Db
---@param table_name string
---@param columns string|string[]
---@return tide.ForeignKeyCheck
function expect.foreign_key(db, table_name, columns) end

---No two rows have the same values there: by a constraint, a primary key, or a valid unique index of all rows.
---@param db tide.Db
---@param table_name string
---@param columns string|string[]   in any order
function expect.unique(db, table_name, columns) end

---@param db tide.Db
---@param table_name string
---@param columns string|string[]   in any order
function expect.primary_key(db, table_name, columns) end

---A check constraint is there, and validated.
---@param db tide.Db
---@param table_name string
---@param name string   on SQLite the definition, where it was given none
function expect.check(db, table_name, name) end

---A policy of row level security is there. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param table_name string
---@param name string
---@return tide.PolicyCheck
function expect.policy(db, table_name, name) end

---Row level security is on. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param table_name string
---@param forced? boolean   for the table's owner too; default false
function expect.row_security(db, table_name, forced) end

---A trigger is there, and enabled.
---@param db tide.Db
---@param table_name string   or a view
---@param name string
function expect.trigger(db, table_name, name) end

---A function or procedure is there. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param name string   "f" in any form, or "f(integer, text)"
function expect.function_(db, name) end

---An extension is installed. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param name string
---@param version? string
function expect.extension(db, name, version) end

---A view or materialized view is there; on SQLite, that it works.
---@param db tide.Db
---@param name string
function expect.view(db, name) end

---A sequence that is no identity column's is there. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param name string
function expect.sequence(db, name) end

---An enum is there, with these labels among its own. PostgreSQL; kind "usage" on SQLite.
---@param db tide.Db
---@param name string
---@param labels string|string[]
function expect.enum_value(db, name, labels) end

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

---Each query gives the same rows behind `fn` as before it.
---
---```lua
---expect.unchanged(db, "SELECT sum(amount) FROM ledger", function() db:execute "UPDATE ledger SET note = trim(note)" end)
---```
---@generic T
---@param db tide.Db
---@param queries string|string[]
---@param fn fun(db: tide.Db): T
---@return T result   of `fn`
function expect.unchanged(db, queries, fn) end

---Anything else.
---@param condition any
---@param message string   what was expected
function expect.that(condition, message) end

return expect
