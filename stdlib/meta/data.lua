---@meta tide.data

---Data fixes: rows changed by a Lua function, in batches that can be stopped, taken on, shared among workers and undone.
---@class tide.data
local data = {}

---@class tide.Expect
---@field min? integer   fewer changed rows than this are an error ("verify")
---@field max? integer   more changed rows than this are an error; what goes beyond is not written

---When the fix has to wait; asked once a second, between two batches.
---@class tide.Throttle
---@field max_lag? string|number   waits while a replica is further behind (PostgreSQL; needs pg_monitor); default: not asked
---@field max_batch? string|number   how long writing a batch may take: their size follows it; default "500ms"
---@field unless? string   a query that only reads; waits while its first value is true, or a number other than 0
---@field http? string   a URL; waits while it does not answer 2xx within 5 s
---@field flag? string   a file of the project; waits while it is there
---@field max_wait? string|number   raises ("lock") when it has waited so long in one go; default: waits for ever

---@class tide.Transform
---@field table string   as SQL names it, with or without its schema
---@field columns string[]   that `change` may change; the columns of the key are there too
---@field change fun(row: table)   changes the row that it is given; a row that it leaves as it was is not written
---@field where? string   SQL, one condition; default: all rows
---@field key? string|string[]   a unique key that is NOT NULL; default: the primary key, else the shortest unique one
---@field read? string[]   columns that `change` sees and may not change
---@field set? table<string, string>   columns set by SQL in every row that changes: { updated_at = "now()" }
---@field batch? integer   rows in a batch at most; default 10000
---@field workers? integer   processes on this machine that share the work (PostgreSQL), up to 64; default 1
---@field pause? string|number   after each batch; default none
---@field expect? tide.Expect
---@field throttle? tide.Throttle
---@field before_images? boolean   keeps what each changed row was, for `tide undo`; default true
---@field keep? string|number   how long `tide runs --purge` leaves the before-images; default "30d"
---@field on_error? string   "stop" at the first row that fails, or "collect" them; default "stop"
---@field max_errors? integer   how many rows may fail with "collect"; default 100

---@class tide.TransformResult
---@field run integer   for `tide undo`
---@field rows integer   that were read
---@field changed integer
---@field conflicts integer   rows that others had changed meanwhile, and that were read and changed again
---@field errors integer   rows that failed, with on_error = "collect"

---What a dry run gives in its place.
---@class tide.TransformPreview
---@field rows integer   that would be read
---@field changed integer   that would change
---@field exact boolean   whether all rows were looked at; otherwise both are estimated
---@field seconds number   that it would take, about
---@field sample tide.PreviewedChange[]   of the first rows that would change

---@class tide.PreviewedChange
---@field key string   of the row
---@field column string
---@field before string   as the table of the preview shows it: NULL, cut, *** where the environment masks it
---@field after string

---Changes rows by a function. Each batch is a transaction of its own, with its checkpoint in it: wherever the fix is
---stopped, the next run of the same script goes on there. A row that somebody else has changed since it was read is never
---overwritten: it is read again, locked, and changed again. Raises what `change` raises, naming the row; "verify" where
---`expect` does not hold; "lock" while another process works on the same fix; "usage" for a table without a unique key, an
---unknown option or column; "config" in a migration that has not transaction = false. In a dry run it shows how many rows
---would change, and some of them before and after.
---
---```lua
---local data = require "tide.data"
---data.transform(db, {
---  table = "users", columns = { "email" }, where = "email IS NOT NULL",
---  change = function(row) row.email = row.email:lower() end,
---  expect = { max = 500000 }, throttle = { max_lag = "5s" },
---})
---```
---@param db tide.Db
---@param options tide.Transform
---@return tide.TransformResult|tide.TransformPreview
function data.transform(db, options) end

---@class tide.Each
---@field table string   as SQL names it
---@field each fun(row: table)   called for every row; what it changes in the row is an error
---@field columns? string[]   that it sees beside the key; default none
---@field where? string   SQL; default: all rows
---@field key? string|string[]   as for transform
---@field batch? integer   rows between two checkpoints: as many are done again at most after a kill; default 1
---@field workers? integer   default 1
---@field pause? string|number   after each batch; default none
---@field throttle? tide.Throttle
---@field on_error? string   "stop" or "collect"; default "stop"
---@field max_errors? integer   default 100

---@class tide.EachResult
---@field run integer
---@field rows integer   that it was called for
---@field errors integer

---Calls a function with side effects (a request, a command) for every row, at least once: stopped anywhere, the next run
---goes on behind the last checkpoint. Raises as `transform` does. In a dry run it only says for how many rows.
---
---```lua
---data.each(db, { table = "users", columns = { "email" }, where = "NOT welcomed",
---  each = function(row) http.post("https://mail.example.test/welcome", { json = { to = row.email } }) end })
---```
---@param db tide.Db
---@param options tide.Each
---@return tide.EachResult
function data.each(db, options) end

---@class tide.Backfill
---@field table string   as SQL names it
---@field where string   SQL; "true" is every row
---@field set table<string, string>   column -> SQL expression
---@field key? string|string[]   as for transform
---@field batch? integer   default 10000
---@field workers? integer   default 1
---@field pause? string|number   default none
---@field expect? tide.Expect
---@field throttle? tide.Throttle

---@class tide.Delete
---@field table string   as SQL names it
---@field where string   SQL; "true" is every row
---@field key? string|string[]   as for transform
---@field batch? integer   default 10000
---@field workers? integer   default 1
---@field pause? string|number   default none
---@field expect? tide.Expect
---@field throttle? tide.Throttle

---@class tide.StatementResult
---@field run integer
---@field changed integer   rows

---Sets columns by SQL expressions, in batches by key that go on where they were stopped. Keeps no before-images.
---
---```lua
---data.backfill(db, { table = "orders", set = { total = "price * quantity" }, where = "total IS NULL" })
---```
---@param db tide.Db
---@param options tide.Backfill
---@return tide.StatementResult
function data.backfill(db, options) end

---Deletes rows in batches by key that go on where they were stopped. Keeps no before-images.
---
---```lua
---data.delete(db, { table = "sessions", where = "expires_at < now() - interval '90 days'" })
---```
---@param db tide.Db
---@param options tide.Delete
---@return tide.StatementResult
function data.delete(db, options) end

---@class tide.ImportCsv
---@field file string   of the project; its first line names the columns, UTF-8, lines end in \n or \r\n
---@field table string   as SQL names it
---@field columns? table<string, string|false>   column of the file -> of the table, or false to leave it out; default: by name
---@field delimiter? string   one character: "," or ";" or "\t"; default ","
---@field key? string|string[]   that finds a row, as for transform
---@field on_conflict? string   a row whose key is there: "error", "skip" or "update"; default "error"
---@field missing? string   a row whose key is not there: "insert", "error" or "skip"; default "insert", for updates "error"
---@field change? fun(row: table): table|false|nil   changes a row of texts on its way (nil = NULL); false leaves it out
---@field batch? integer   rows in a batch at most; default 10000
---@field pause? string|number   after each batch; default none
---@field expect? tide.Expect   of the rows inserted and updated
---@field throttle? tide.Throttle
---@field before_images? boolean   keeps what `tide undo` needs; default true where the table has a unique key
---@field keep? string|number   how long `tide runs --purge` leaves them; default "30d"
---@field on_error? string   "stop" at the first line that fails, or "collect" them; default "stop"
---@field max_errors? integer   how many lines may fail with "collect"; default 100

---@class tide.ImportResult
---@field run integer   for `tide undo`
---@field rows integer   of the file
---@field inserted integer
---@field updated integer   of those that differ from the row that is there
---@field left integer   that were the same already, or were skipped
---@field errors integer   lines that failed, with on_error = "collect"
---@field file string
---@field bytes integer
---@field sha256 string

---Writes the rows of a CSV file into a table, in batches, each with its place in the file: wherever it is stopped, the next
---run of the same script goes on there, each line once. The whole file is read before the first row is written, so that
---what is wrong in its form (a quote that does not end, a number of fields, bytes that are not UTF-8, a key that stands on
---two lines) is known then. An empty field is NULL, "" an empty text. Raises "io" for the file, naming the line; what the
---database raises, naming line, column and value; "verify" where `expect` does not hold; "history" when the file is
---another one than that of the run which is to go on; else as `transform` does. In a dry run it counts what would be
---inserted and updated, and shows some rows before and after.
---
---```lua
---data.import_csv(db, {
---  file = "corrections.csv", table = "customers", delimiter = ";", on_conflict = "update",
---  columns = { ["Customer no."] = "id", ["E-mail"] = "email", Remarks = false },
---  change = function(row) row.email = row.email and row.email:lower() end,
---  expect = { max = 20000 },
---})
---```
---@param db tide.Db
---@param options tide.ImportCsv
---@return tide.ImportResult
function data.import_csv(db, options) end

---@class tide.ExportCsv
---@field file string   of the project
---@field table? string   as SQL names it; this or `query`
---@field query? string   SQL
---@field where? string   SQL; with `table`; default: all rows
---@field columns? string[]   with `table`; default: all but those that the database computes
---@field delimiter? string   one character; default ","
---@field overwrite? boolean   replaces a file that is there; default false

---@class tide.ExportResult
---@field file string
---@field rows integer
---@field bytes integer
---@field sha256? string   nil in a dry run, which writes nothing

---Writes rows into a CSV file, in constant memory: of a table in the order of its key. The file appears under its name when
---it is complete, for its owner only (0600). Raises "io" for a file that is there, unless `overwrite`, and for one outside
---of the project. What import_csv reads of it is what was there.
---
---```lua
---data.export_csv(db, { table = "customers", where = "country = 'MX'", file = "customers.csv" })
---```
---@param db tide.Db
---@param options tide.ExportCsv
---@return tide.ExportResult
function data.export_csv(db, options) end

---@class tide.CsvRows
---@field delimiter? string   one character; default ","
---@field columns? table<string, string|false>   column of the file -> name in the row, or false to leave it out

---The rows of a CSV file, in constant memory: a table of texts by the names of the columns, NULL left out, and the line it
---begins on. Raises "io", naming the line, as import_csv does, when it comes to it.
---
---```lua
---for row, line in data.csv_rows("refunds.csv") do
---  log.info(line, row.order_id, row.amount)
---end
---```
---@param file string   of the project
---@param options? tide.CsvRows
---@return fun(): table?, integer?
function data.csv_rows(file, options) end

---@class tide.Copy
---@field table string   of the source, as SQL names it
---@field from? string|tide.Db   the source's database: an environment, a URL, a session of db:connect; default: this one
---@field to? string   the table that is copied into; default: the one of the same name
---@field columns? string[]   beside those of the key; default: all, but for those that the target generates
---@field where? string   SQL of the source; default: all rows
---@field key? string|string[]   of the source, as for transform
---@field on_conflict? string   rows that are there by their key: "skip" or "replace"; default: the target has to be empty
---@field compare? boolean   reads both tables in the end and compares counts and checksums; default true, without on_conflict
---@field batch? integer   rows in a batch at most; default 10000
---@field pause? string|number   after each batch; default none
---@field expect? tide.Expect   of the rows that there are to copy; counted before the first one
---@field throttle? tide.Throttle   of the target

---@class tide.CopyResult
---@field run integer
---@field rows integer   that were copied
---@field compared boolean   whether the tables were compared, and found alike

---Copies the rows of a table into another one, from another database or within this one, between PostgreSQL and SQLite in
---every direction. A batch is a transaction of the target with its checkpoint in it: wherever it is stopped, the next run
---of the same script goes on there, and no row is copied twice. Values keep their type exactly; a value that the target
---rounds or rewrites is found when the tables are compared. Sequences of the target are set behind what was copied.
---Raises "usage" for columns that do not fit, naming them; "verify" where the target is not empty, where `expect` does not
---hold, and where the tables differ in the end, naming rows; what the target raises, naming the row; "connect" when the
---source has gone. In a dry run it says how many rows there are to copy.
---
---```lua
---data.copy(db, { from = "legacy", table = "customers", where = "NOT deleted" })
---```
---@param db tide.Db   the target, which keeps the run
---@param options tide.Copy
---@return tide.CopyResult
function data.copy(db, options) end

---@class tide.Archive
---@field table string   as SQL names it
---@field where string   SQL; "true" is every row
---@field to string   the table that the rows go into; it has the columns of `table`, perhaps more
---@field into? string|tide.Db   its database: an environment, a URL, a session of db:connect; default: this one
---@field create? boolean   makes it where it is not there: columns, NOT NULL and key, no more; default false
---@field cascade? boolean   lets foreign keys delete or empty the rows that refer to those archived; default: that is an error
---@field key? string|string[]   as for transform; unique in `to`, where that is in another database
---@field batch? integer   default 10000
---@field workers? integer   default 1
---@field pause? string|number   default none
---@field expect? tide.Expect
---@field throttle? tide.Throttle

---Moves rows into another table, in batches by key that go on where they were stopped. Within one database a row is always
---in exactly one of the two. Into another database a batch is written and committed there first, read back, and deleted
---here when it is there unchanged; after a kill a row may be in both until the next run goes on, and never in none.
---Raises "verify" for a row that is there already and is another, naming it; "usage" where a foreign key would delete
---further rows; what the database raises, naming the row, such as one that is referred to.
---
---```lua
---data.archive(db, { table = "events", where = "at < now() - interval '2 years'", to = "events_old", create = true })
---```
---@param db tide.Db
---@param options tide.Archive
---@return tide.StatementResult
function data.archive(db, options) end

---A migration's `down`: restores the rows that its transforms have changed, as `tide undo RUN` does. Rows that have changed
---since are left as they are, and named in a warning.
---
---```lua
---return { transaction = false, up = function(db) ... end, down = data.undo }
---```
---@param db tide.Db
function data.undo(db) end

---Raises ("verify") unless the data fix of that migration has finished. In a dry run it only says that it would look.
---
---```lua
---data.ensure_done(db, "20260101120000")
---```
---@param db tide.Db
---@param version string
function data.ensure_done(db, version) end

return data
