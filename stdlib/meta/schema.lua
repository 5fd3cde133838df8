---@meta

---The schema of a database as a plain value, and what differs between two.
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
