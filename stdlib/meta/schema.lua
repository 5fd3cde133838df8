---@meta

---The schema of a database: read as a plain value and compared (`snapshot`, `diff`, `digest`, `encode`, `decode`), and
---changed with the same words on PostgreSQL and SQLite (all else). A global, and `require "tide.schema"`.
---
---A table is named as it is called, with its schema before a dot: "users", "audit.log". In the quotes of SQL a part may
---hold a dot: 'audit."Log.2025"'. Every operation takes `db` first; in `schema.migration` it is a method of `s` without it.
---Wrong names, types and options raise kind "usage" before anything is sent; what the server refuses raises kind "sql".
---@class tide.schema
schema = {}

---Part of a snapshot: properties by their names, and tables of further parts.
---@alias tide.SchemaObject table<string, any>

---What `schema.snapshot` returns. Objects stand by kind and by name: on PostgreSQL the name with its schema, quoted where
---SQL needs it (`public.users`, `public."Order Lines"`), on SQLite the bare one. What is false, at its default or not
---there is nil.
---@class tide.Snapshot
---@field format integer   of the value; 1
---@field engine "postgres"|"sqlite"
---@field server? integer   the major version of PostgreSQL
---@field grants? boolean   whether owners and privileges are in it
---@field tables? table<string, tide.SchemaObject>   each with columns, constraints, indexes, triggers, policies ...
---@field views? table<string, tide.SchemaObject>
---@field materialized_views? table<string, tide.SchemaObject>
---@field foreign_tables? table<string, tide.SchemaObject>
---@field virtual_tables? table<string, tide.SchemaObject>   SQLite
---@field sequences? table<string, tide.SchemaObject>   those of identity columns are part of the columns
---@field functions? table<string, tide.SchemaObject>   procedures and aggregates too: `public.f(integer, text)`
---@field types? table<string, tide.SchemaObject>   composite types
---@field enums? table<string, tide.SchemaObject>
---@field domains? table<string, tide.SchemaObject>
---@field ranges? table<string, tide.SchemaObject>
---@field schemas? table<string, tide.SchemaObject>
---@field extensions? table<string, tide.SchemaObject>   their members are left out
---@field event_triggers? table<string, tide.SchemaObject>

---@class tide.SnapshotOptions
---@field grants? boolean   owners and privileges too; default false

---@class tide.SchemaDifference
---@field change "differs"|"only_in_a"|"only_in_b"
---@field kind string   "table", "materialized view" ...
---@field name string   of the object, as in the snapshot
---@field part_kind? string   "column", "index" ... when it is about a part of the object
---@field part? string
---@field property? string   what differs: "type", "default" ...
---@field a? any   its value in the first, or all of what is only there
---@field b? any
---@field text string   the difference in a sentence

---@class tide.DiffOptions
---@field a? string   what sentences call the first; default "the first"
---@field b? string   default "the second"

---The schema of a database. It is read in one snapshot of the data: in the transaction that is open, or in one of its own.
---Objects of the system, of extensions and of tide are left out.
---
---```lua
---local users = schema.snapshot(db).tables["public.users"]
---print(users.columns.email.type, users.constraints.users_email_key.definition)
---```
---@param db tide.Db
---@param options? tide.SnapshotOptions
---@return tide.Snapshot snapshot   raises kind "sql" when a catalog cannot be read
function schema.snapshot(db, options) end

---What differs between two schemas, sorted by kind and name; an empty list when nothing does. The order of columns does
---not count.
---
---```lua
---for _, difference in ipairs(schema.diff(db, db:connect "production", { a = "dev", b = "production" })) do
---  print(difference.text)   --> table users: column phone is varchar(20) in dev and text in production
---end
---```
---@param a tide.Snapshot|tide.Db
---@param b tide.Snapshot|tide.Db   of the same engine; otherwise raises kind "usage"
---@param options? tide.DiffOptions
---@return tide.SchemaDifference[] differences
function schema.diff(a, b, options) end

---A SHA-256 of all that `schema.diff` compares: two schemas without a difference have the same.
---@param value tide.Snapshot|tide.Db
---@return string hex
function schema.digest(value) end

---A snapshot as text, as `tide snapshot` writes it.
---@param snapshot tide.Snapshot|tide.Db
---@return string text
function schema.encode(snapshot) end

---@param text string   of `schema.encode` or `tide snapshot`
---@return tide.Snapshot snapshot   raises kind "usage" for anything else, and for a format of later versions
function schema.decode(text) end

---SQL in the place of a value, a column of an index, or `using`.
---@class tide.SqlText
---@field postgres? string
---@field sqlite? string

---A text for both engines, or one for each.
---@alias tide.SqlFor string|{ postgres?: string, sqlite?: string }|tide.SqlText

---"id" (a primary key that the database fills), "bigint", "integer", "smallint", "boolean", "text", "varchar(20)",
---"char(3)", "numeric(18,2)", "real", "double", "date", "time", "timestamp", "timestamptz", "json", "uuid", "bytes"; or the
---type of one engine: { postgres = "inet", sqlite = "text" }.
---@alias tide.ColumnType string|{ postgres?: string, sqlite?: string }

---What a foreign key refers to: a table (its primary key), or a table and its columns, { "users", "id" }.
---@alias tide.References string|string[]

---@alias tide.KeyAction "no action"|"restrict"|"cascade"|"set null"|"set default"

---@class tide.ColumnOptions
---@field not_null? boolean   default false
---@field default? any   a value, or `schema.sql`; default none
---@field unique? boolean   default false
---@field check? tide.SqlFor   what has to hold
---@field references? tide.References
---@field on_delete? tide.KeyAction   default "no action"
---@field on_update? tide.KeyAction   default "no action"
---@field deferrable? boolean|"immediate"|"deferred"   default false; "deferred": looked at when the transaction commits
---@field primary_key? boolean   default false
---@field collate? tide.SqlFor
---@field generated? tide.SqlFor   the expression of a stored column
---@field comment? string   PostgreSQL

---A column: its name, its type, and options: { "email", "text", not_null = true }.
---@class tide.Column: tide.ColumnOptions
---@field [1] string
---@field [2] tide.ColumnType

---The columns as a list, and options by name.
---@class tide.TableDefinition
---@field [integer] tide.Column
---@field primary_key? string[]   of several columns
---@field unique? string[][]   lists of columns, each with a `name` if it wants one
---@field checks? tide.SqlFor[]   each may be { "price > 0", name = "dear" }
---@field foreign_keys? table[]   each { columns =, references =, name =, on_delete =, on_update =, deferrable = }
---@field indexes? table[]   each the columns, and options of `schema.add_index` by name: { "email", unique = true }
---@field timestamps? boolean   created_at and updated_at, timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP; default false
---@field comment? string   PostgreSQL
---@field postgres? { unlogged?: boolean, suffix?: string }   suffix: "PARTITION BY RANGE (at)"
---@field sqlite? { strict?: boolean, without_rowid?: boolean }

---@class tide.DropTableOptions
---@field was? tide.TableDefinition   what `down` makes of it
---@field cascade? boolean   PostgreSQL: views and foreign keys that use it go too; default false

---@class tide.AlterColumn
---@field type? tide.ColumnType
---@field using? tide.SqlFor   the new value, out of the old row; goes with `type`
---@field not_null? boolean
---@field default? any   a value, or `schema.sql`; `null` takes it away
---@field was? { type?: tide.ColumnType, using?: tide.SqlFor, not_null?: boolean, default?: any }   what `down` makes of it

---@class tide.AddIndexOptions
---@field name? string   default: <table>_<columns>_idx
---@field unique? boolean   default false
---@field where? tide.SqlFor   only rows for which it holds
---@field method? string   PostgreSQL: "gin", "brin" ...; default "btree"
---@field include? string[]   PostgreSQL: columns that are carried along
---@field concurrently? boolean   PostgreSQL; default: true outside of a transaction, unless the table is new

---@class tide.ForeignKeyOptions
---@field name? string   default: <table>_<columns>_fkey
---@field on_delete? tide.KeyAction   default "no action"
---@field on_update? tide.KeyAction   default "no action"
---@field deferrable? boolean|"immediate"|"deferred"   default false
---@field validate? boolean   false: rows that are there are not looked at, until `schema.validate_constraint`; default true

---What an operation that takes away is told, so that `down` can make it again: of a column { "text", not_null = true },
---of an index { columns = { "email" }, unique = true }, of a foreign key { columns =, references = }, of a check its
---expression, of a unique constraint its columns.
---@class tide.DropOptions
---@field was? any   needed by `schema.migration` only
---@field concurrently? boolean   of an index on PostgreSQL; default: true outside of a transaction

---SQL where otherwise a value stands.
---
---```lua
---{ "created_at", "timestamptz", default = schema.sql "CURRENT_TIMESTAMP" }
---schema.add_index(db, "users", schema.sql "lower(email)", { unique = true, name = "users_mail_once" })
---```
---@param text string|{ postgres?: string, sqlite?: string }
---@return tide.SqlText
function schema.sql(text) end

---A migration that is described once. `change` is called with an `s` that has every operation as a method, without `db`:
---once when the file is read, to learn the way back, and again by `up`. So it describes, and does not look at the database.
---`s:execute(sql, { down = sql })` and `s:reversible { up = function(db), down = function(db) }` do the rest.
---
---```lua
---return schema.migration {
---  description = "Phones of users",
---  change = function(s)
---    s:add_column("users", "phone", "text")
---    s:add_index("users", "phone", { unique = true, where = "phone IS NOT NULL" })
---  end,
---}
---```
---@param migration table   a tide.Migration with `change` in the place of `up`; a `down` of its own is kept
---@return tide.Migration migration   raises kind "usage" where an operation does not know its way back, and says what to add
function schema.migration(migration) end

---Makes a table. Constraints get the names that PostgreSQL would give them, on SQLite too.
---
---```lua
---schema.create_table(db, "orders", {
---  { "id", "id" },
---  { "user_id", "bigint", not_null = true, references = "users", on_delete = "cascade" },
---  { "total", "numeric(18,2)", not_null = true, check = "total >= 0" },
---  timestamps = true, indexes = { { "user_id" } },
---})
---```
---@param db tide.Db
---@param name string
---@param definition tide.TableDefinition
function schema.create_table(db, name, definition) end

---Drops a table. Refused while others refer to it or, on SQLite, while a view or trigger uses it.
---@param db tide.Db
---@param name string
---@param options? tide.DropTableOptions
function schema.drop_table(db, name, options) end

---@param db tide.Db
---@param from string
---@param to string   without a schema
function schema.rename_table(db, from, to) end

---Sets the comment of a table or a column. SQLite has none: nothing happens there.
---@param db tide.Db
---@param name string   of the table
---@param options { text: string, column?: string, was?: string }   `null` as the text takes the comment away
function schema.comment(db, name, options) end

---@param db tide.Db
---@param table_name string
---@param name string
---@param type tide.ColumnType
---@param options? tide.ColumnOptions
function schema.add_column(db, table_name, name, type, options) end

---Drops a column, with the indexes and constraints that it is part of.
---@param db tide.Db
---@param table_name string
---@param name string
---@param options? tide.DropOptions
function schema.drop_column(db, table_name, name, options) end

---@param db tide.Db
---@param table_name string
---@param from string
---@param to string
function schema.rename_column(db, table_name, from, to) end

---Changes type, default or NOT NULL of a column.
---
---```lua
---schema.alter_column(db, "users", "age", { type = "bigint", not_null = true })
---```
---@param db tide.Db
---@param table_name string
---@param name string
---@param changes tide.AlterColumn
function schema.alter_column(db, table_name, name, changes) end

---@param db tide.Db
---@param table_name string
---@param columns string|tide.SqlText|table   a column, an expression, or a list of both; { "at", order = "desc" }
---@param options? tide.AddIndexOptions   raises kind "usage" for `concurrently` inside a transaction
function schema.add_index(db, table_name, columns, options) end

---@param db tide.Db
---@param table_name string   whose schema it is in
---@param name string
---@param options? tide.DropOptions
function schema.drop_index(db, table_name, name, options) end

---@param db tide.Db
---@param table_name string
---@param columns string|string[]
---@param references tide.References
---@param options? tide.ForeignKeyOptions
function schema.add_foreign_key(db, table_name, columns, references, options) end

---@param db tide.Db
---@param table_name string
---@param name string
---@param options? tide.DropOptions
function schema.drop_foreign_key(db, table_name, name, options) end

---@param db tide.Db
---@param table_name string
---@param name string
---@param expression tide.SqlFor
---@param options? { validate?: boolean }   false: rows that are there are not looked at; default true
function schema.add_check(db, table_name, name, expression, options) end

---@param db tide.Db
---@param table_name string
---@param name string   on SQLite the definition, where it was given none
---@param options? tide.DropOptions
function schema.drop_check(db, table_name, name, options) end

---@param db tide.Db
---@param table_name string
---@param columns string|string[]
---@param options? { name?: string }   default: <table>_<columns>_key
function schema.add_unique(db, table_name, columns, options) end

---@param db tide.Db
---@param table_name string
---@param name string
---@param options? tide.DropOptions
function schema.drop_unique(db, table_name, name, options) end

---Has the rows looked at that a constraint added with `validate = false` passed over. Nothing to do on SQLite.
---@param db tide.Db
---@param table_name string
---@param name string
function schema.validate_constraint(db, table_name, name) end
