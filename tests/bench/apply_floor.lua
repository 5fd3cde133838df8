-- luajit apply_floor.lua CONNINFO FOLDER: sends each .sql file of the folder that the history lacks as one simple query.
-- The files hold their own BEGIN, history row and COMMIT: what any tool in LuaJIT over libpq pays at least.
local ffi = require "ffi"

ffi.cdef [[
  typedef struct pg_conn PGconn;
  typedef struct pg_result PGresult;
  PGconn *PQconnectdb(const char *);
  char *PQerrorMessage(const PGconn *);
  PGresult *PQexec(PGconn *, const char *);
  int PQresultStatus(const PGresult *);
  int PQntuples(const PGresult *);
  char *PQgetvalue(const PGresult *, int, int);
  void PQclear(PGresult *);
  void PQfinish(PGconn *);

  typedef struct DIR DIR;
  struct dirent { unsigned long ino; long off; unsigned short reclen; unsigned char type; char name[256]; };
  DIR *opendir(const char *);
  struct dirent *readdir(DIR *);
  int closedir(DIR *);
]]

local kCommandOk, kTuplesOk = 1, 2
local pq = ffi.load "libpq.so.5"
local connection = pq.PQconnectdb(arg[1])

local function exec(sql)
  local result = pq.PQexec(connection, sql)
  local status = pq.PQresultStatus(result)
  if status ~= kCommandOk and status ~= kTuplesOk then error(ffi.string(pq.PQerrorMessage(connection))) end
  return result
end

local function history()
  local applied, result = {}, exec "SELECT version FROM schema_migrations"
  for row = 0, pq.PQntuples(result) - 1 do applied[ffi.string(pq.PQgetvalue(result, row, 0))] = true end
  pq.PQclear(result)
  return applied
end

local function sql_files(folder)
  local names, handle = {}, ffi.C.opendir(folder)
  local entry = ffi.C.readdir(handle)
  while entry ~= nil do
    local name = ffi.string(entry.name)
    if name:sub(-4) == ".sql" then names[#names + 1] = name end
    entry = ffi.C.readdir(handle)
  end
  ffi.C.closedir(handle)
  table.sort(names)
  return names
end

local function read(path)
  local file = assert(io.open(path))
  local text = file:read "*a"
  file:close()
  return text
end

local applied = history()
for _, name in ipairs(sql_files(arg[2])) do
  if not applied[name:match "^%d+"] then pq.PQclear(exec(read(arg[2] .. "/" .. name))) end
end
pq.PQfinish(connection)
