# Each row: a pattern of include lines | the files (regular expression, from the root) that may hold them.
set(rooms
  "<(lua|lauxlib|lualib|luajit)\\.h(pp)?>|^host/lua/"
  "<pqxx/|^host/db/postgres"
  "<(libpq-fe|libpq-events)\\.h>|^host/db/postgres"
  "<sqlite3\\.h>|^host/db/sqlite"
  "<sodium\\.h>|^host/sys/digest"
  "<gmp\\.h>|^host/base/decimal"
  "<rapidjson/|^host/base/json"
  "<toml\\+\\+|^host/cli/config"
  "<CLI/|^host/cli/args"
  "<spdlog/|^host/cli/log"
  "<curl/|^host/sys/http"
  "<pg_query|^host/lint/pg_query"
  "\"backup/|^host/(backup|scratch|lua|migrate|repl|cli)/"
  "\"scratch/|^host/(scratch|cli)/"
  "\"schema/|^host/(schema|lua|migrate|repl|cli)/"
  "\"lint/|^host/(lint|lua|migrate|repl|cli)/"
  "\"sys/|^host/(db/|sys/|backup/|scratch/|schema/|lua/|migrate/|repl/|cli/|main)"
  "\"db/|^host/(db/|backup/|scratch/|schema/|lint/|lua/|migrate/|repl/|cli/)"
  "\"lua/|^host/(lua|migrate|repl|cli)/"
  "\"migrate/|^host/(migrate|repl|cli)/"
  "<(histedit|editline)[./]|^host/repl/line_editor"
  "\"repl/|^(host/(repl|cli)/|tests/)"
  "\"cli/|^(host/(repl|cli)/|host/main\\.cpp$|tests/)")

file(GLOB_RECURSE sources RELATIVE ${ROOT} ${ROOT}/host/*.cpp ${ROOT}/host/*.h ${ROOT}/include/*.h)
foreach(source ${sources})
  file(STRINGS ${ROOT}/${source} includes REGEX "^[ \t]*#[ \t]*include")
  foreach(line ${includes})
    foreach(room ${rooms})
      string(REPLACE "|^" ";^" parts "${room}")
      list(GET parts 0 pattern)
      list(GET parts 1 allowed)
      if(line MATCHES "${pattern}" AND NOT source MATCHES "${allowed}")
        message(FATAL_ERROR "${source}: ${line} -- only files matching ${allowed} may include this (docs/architecture.md, law 1)")
      endif()
    endforeach()
  endforeach()
endforeach()
