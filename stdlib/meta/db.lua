---@meta

---A session with one database: the argument of `up`, `down` and `verify`. The same on PostgreSQL and SQLite.
---
---Parameters are `$1`, `$2` ... and always bound. A nil or `null` parameter is NULL.
---
---Values arrive losing nothing: NULL is nil; an integer is a number while it has at most 14 digits, beyond that an exact
---`numeric`; a decimal without a fraction likewise, with a fraction always a `numeric`; timestamps, dates, uuid and JSON
---are text as the server writes it; arrays are lists with `null` for NULL; bytea and BLOB are strings of bytes. A SQLite
---column declared BOOLEAN gives booleans. Of several columns with one name a row holds the last: name them apart with AS.
---
---Every method raises an error object (see `tide.Error`) when the database refuses.
---@class tide.Db
---@field engine "postgres"|"sqlite"
---@field version string   the server's, such as "15.18"
---@field name string      the database's name, or the path of the SQLite file
---@field read_only boolean   whether the session refuses writes
local db = {}

---@alias tide.Param nil|boolean|number|string|tide.Numeric|tide.Bytes|tide.Param[]

---Runs one statement. Several in one text are refused: `db:script` runs those.
---
---```lua
---local changed = db:execute("UPDATE users SET plan = $1 WHERE plan = $2", "basic", "free")
---```
---@param sql string
---@param ... tide.Param
---@return integer rows   affected; for a SELECT the rows it returned; 0 for DDL
function db:execute(sql, ...) end

---All rows of a query, held in memory.
---@param sql string
---@param ... tide.Param
---@return table<string, any>[] rows   fields by column name
function db:query(sql, ...) end

---The first row of a query.
---@param sql string
---@param ... tide.Param
---@return table<string, any>|nil row   nil when there is none
function db:row(sql, ...) end

---The first column of the first row.
---
---```lua
---if db:value("SELECT count(*) FROM users WHERE plan = $1", "yield") > 0 then ... end
---```
---@param sql string
---@param ... tide.Param
---@return any value   nil when there is no row, or when it is NULL
function db:value(sql, ...) end

---Iterates over the rows of a query in constant memory. The session stays usable inside the loop.
---
---```lua
---for user in db:rows "SELECT id, phone FROM users" do
---  db:execute("UPDATE users SET phone = $1 WHERE id = $2", normalise(user.phone), user.id)
---end
---```
---@param sql string
---@param ... tide.Param
---@return fun(): table<string, any>|nil
function db:rows(sql, ...) end

---Runs the statements of a text one after the other and stops at the first that fails; the error names its line and
---column. Understands psql's `\i`, `\ir`, `\set`, `\echo` and the data of COPY ... FROM stdin; other psql commands are
---refused by name before anything has run.
---@param text string
---@return integer rows   affected in all
function db:script(text) end

---`db:script` of a file. The path is relative to the project's folder, which it may not leave.
---@param path string
---@return integer rows   affected in all
function db:file(path) end

---Commits when `fn` returns, rolls back when it raises, and passes on what it returned or raised. Inside a transaction
---(a migration's own, for one) it is a savepoint and takes no options.
---@generic T
---@param fn fun(db: tide.Db): T
---@param options? tide.TransactionOptions
---@return T
function db:transaction(fn, options) end

---@class tide.TransactionOptions
---@field isolation? "read committed"|"repeatable read"|"serializable"   default: the server's
---@field read_only? boolean   default false
---@field retries? integer     how often `fn` is run again after a serialization failure or deadlock; default 0

---Undoes what `fn` did when it raises, keeps the transaction usable, and passes the error on. Needs an open transaction.
---@generic T
---@param fn fun(db: tide.Db): T
---@return T
function db:savepoint(fn) end

---Loads rows in bulk: COPY on PostgreSQL, prepared inserts in a transaction on SQLite. All or nothing. Until it returns the
---session takes no other statement: a function that reads rows from the same database uses `db:connect`.
---
---```lua
---db:copy_in("rates", { "currency", "rate" }, { { "MXN", numeric "17.05" }, { "USD", 1 } })
---```
---@param table string      name, may hold a schema: "audit.log"
---@param columns string[]
---@param rows tide.Param[][]|fun(): tide.Param[]|nil   lists in the order of `columns`, or a function giving the next one
---@return integer rows   loaded
function db:copy_in(table, columns, rows) end

---Writes the rows of a query to a CSV file (RFC 4180, with a header, NULL an empty field), or hands each to a function.
---@param sql string
---@param target string|fun(row: table<string, any>)   a path inside the project's folder, or a function
---@return integer rows
function db:copy_out(sql, target) end

---A name, quoted for use in SQL text.
---@param name string
---@return string
function db:ident(name) end

---A value as SQL text, for statements that take no parameters (DDL).
---@param value tide.Param
---@return string
function db:literal(value) end

---Another session: an environment of tide.toml, or a URL.
---@param where string
---@return tide.Db
function db:connect(where) end

---Ends a session that `db:connect` opened.
function db:close() end
