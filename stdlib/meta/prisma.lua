---@meta tide.prisma

---Prisma Migrate by its CLI, which has to be installed in the project's folder (`npx --no`: nothing is downloaded), and its
---folder and its history as Prisma reads them. Each function that runs the CLI raises kind "io" with Prisma's own code
---(P3009 ...) when it fails.
---@class tide.prisma
local prisma = {}

---@class tide.PrismaOptions
---@field schema? string        path of schema.prisma; default where Prisma looks for it
---@field url? string           handed over as DATABASE_URL; default that of the environment
---@field lock_timeout? string|number   of the session that migrates; needs url; default the server's
---@field timeout? string|number   default "10m"

---@class tide.PrismaMigration
---@field name string           of its folder
---@field path string
---@field sql? string           nil where it has no migration.sql: Prisma refuses such a folder (P3015)
---@field checksum? string      SHA-256 of it, as Prisma records it

---@class tide.PrismaRecord
---@field state "applied"|"failed"|"rolled_back"
---@field checksum string
---@field marked boolean        recorded as applied by `migrate resolve`, and not run

---The CLI's version.
---@param options? tide.PrismaOptions
---@return string? version      "5.22.0"
function prisma.version(options) end

---The folders in the order in which Prisma applies them: by name, byte by byte, so that 20251204175644_b comes before
---20251204_a.
---@param folder string         "prisma/migrations", below the project
---@return tide.PrismaMigration[] migrations
function prisma.migrations(folder) end

---The table _prisma_migrations by the names of the migrations; of several rows the last that was not rolled back counts.
---@param db tide.Db            PostgreSQL
---@return table<string, tide.PrismaRecord> history   empty where there is no such table
function prisma.history(db) end

---Whether a checksum of the history is that of the file, with whatever line ends.
---@param migration tide.PrismaMigration
---@param checksum string
---@return boolean
function prisma.is_same_file(migration, checksum) end

---`prisma migrate status`: whether nothing is pending, failed or missing.
---@param options? tide.PrismaOptions
---@return boolean up_to_date
---@return string said          by the CLI
function prisma.up_to_date(options) end

---`prisma migrate deploy`: applies what is pending. A migration that fails stays in the history as failed, and nothing is
---applied until it is resolved.
---
---```lua
---prisma.deploy { url = secret "database_url", lock_timeout = "5s" }
---```
---@param options? tide.PrismaOptions
function prisma.deploy(options) end

---`prisma migrate resolve --applied`: records a migration as applied and runs nothing.
---@param name string
---@param options? tide.PrismaOptions
function prisma.resolve_applied(name, options) end

---`prisma migrate resolve --rolled-back`, for a migration that failed; Prisma refuses any other (P3012).
---@param name string
---@param options? tide.PrismaOptions
function prisma.resolve_rolled_back(name, options) end

return prisma
