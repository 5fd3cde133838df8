---@meta

---Backups that are proven: made in one snapshot with a manifest beside them, verified by restoring, put back without
---ever writing over live data. The same as `tide backup`, in the project's folder `backups/`. Each function raises an
---error object (see `tide.Error`) when it fails, leaves nothing half done, and is recorded and not done in a dry run.
---@class tide.backup
backup = {}

---What `backup.create` and `backup.list` return.
---@class tide.Backup
---@field label string          its name
---@field dir string            the folder of backups that it is in
---@field path string           the file with the data, or the folder of format directory
---@field format "custom"|"directory"|"plain"|"sqlite"
---@field size integer          bytes
---@field sha256 string         of the file; of a folder, of its files' digests
---@field database string       its name, or the path of the SQLite file
---@field engine "postgres"|"sqlite"
---@field environment? string
---@field server_version string
---@field started_at string     ISO, UTC: what was written later is not in it
---@field finished_at string    ISO, UTC
---@field whole boolean         false for schema_only, data_only and tables
---@field tables { table: string, rows?: integer }[]   counted in the snapshot that was dumped
---@field excluded string[]     what of the database is not in it
---@field proof "none"|"hash"|"decompressed"|"restored"   how far it was verified
---@field proven_at? string     ISO, UTC
---@field problem? string       why it is damaged; then only label, dir and path stand beside this
---@field recorded? boolean     true in a dry run: nothing was done

---@class tide.BackupCreate
---@field env? string           an environment or a URL; default the run's own
---@field format? "custom"|"directory"|"plain"|"sqlite"   default "custom", of SQLite "sqlite"
---@field schema_only? boolean  no rows; default false
---@field data_only? boolean    rows only; default false
---@field tables? string[]      only these, such as "users" or "shop.orders", with their partitions; default all
---@field jobs? integer         tables dumped at once, for the format directory; default 1
---@field dir? string           a folder, from the project's; default "backups"
---@field label? string         default the database's name and the time
---@field pg_bin? string        the folder of pg_dump; default the one that fits the server

---@class tide.BackupVerify
---@field env? string           an environment or a URL whose backup it must be; default the run's own
---@field level? "hash"|"decompressed"|"restored"   how far; default as far as is possible here
---@field scratch? string       URL of a server for the throwaway database; default the database's own server
---@field max_age? string|number   refuses an older one: "30m", or seconds; default any age
---@field other_database? boolean   also one of another database; default false
---@field dir? string           default "backups"
---@field pg_bin? string        default found

---@class tide.BackupRestore
---@field env? string           the environment or URL that is replaced; default the run's own
---@field confirm? string|string[]   the name of the database (SQLite: file); where protected also the environment's; default asks
---@field other_database? boolean    also a backup of another database; default false
---@field drop_old? boolean     does not keep what is replaced; default false
---@field dir? string           default "backups"
---@field pg_bin? string        default found

---@class tide.BackupPrune
---@field keep? integer         keeps the newest so many of each database; default not by number
---@field keep_days? integer    keeps what is younger; default not by age
---@field dry_run? boolean      removes nothing; default false
---@field dir? string           default "backups"

---Backs the database up. What a transaction of the script has not committed is not in it.
---
---```lua
---local saved = backup.create { label = "before-yield" }
---backup.verify(saved)
---```
---@param options? tide.BackupCreate
---@return tide.Backup
function backup.create(options) end

---Every backup, newest first.
---@param options? { dir?: string }   default "backups"
---@return tide.Backup[]
function backup.list(options) end

---Proves a backup, and keeps beside it how far it came: `requires = { backup = "30m" }` and the gate `backup` count
---only one that reached "decompressed". Raises an error of kind "verify" with the reason when it is not what its
---manifest says.
---@param which? string|tide.Backup   its label, or what `backup.create` returned; default the newest of the database
---@param options? tide.BackupVerify
---@return { label: string, proof: string, notes: string[], duration_ms: number } result   `notes`: what was not proven, and why
function backup.verify(which, options) end

---Restores into a new database or file, verifies that, and then swaps the names. The old one is kept under the name
---`kept` unless `drop_old`. Raises "gate" when it was not confirmed, "lock" when the database is in use.
---
---```lua
---backup.restore("before-yield", { confirm = "app" })
---```
---@param which string|tide.Backup
---@param options? tide.BackupRestore
---@return { label: string, database: string, kept?: string, notes: string[], lost: table } result   `lost`: rows then and now
function backup.restore(which, options) end

---Removes what neither rule keeps; needs one. Never removes the last verified backup of a database.
---@param options tide.BackupPrune
---@return { removed: string[], kept: string[], kept_as_last_verified: string[] } labels
function backup.prune(options) end

---Copies a backup with its proof and checks the copy's bytes there.
---@param which string|tide.Backup
---@param destination string   a folder, "user@host:folder" by ssh and scp, or "s3://bucket/prefix" with the AWS_* variables
---@param options? { dir?: string }   default "backups"
---@return { label: string, destination: string }
function backup.copy(which, destination, options) end
