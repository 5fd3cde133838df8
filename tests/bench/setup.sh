#!/usr/bin/env bash
# setup.sh: compiles the floors and installs the peers into $TIDE_BENCH (default: bench-work). Debian or Ubuntu, as root.
# A peer that cannot be had is left out; the benches then say so.
set -uo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
export TIDE_BENCH=${TIDE_BENCH:-$here/../../bench-work}
mkdir -p "$TIDE_BENCH/bin" "$TIDE_BENCH/npm"
cd "$TIDE_BENCH" || exit 1

missing() { echo "setup.sh: $* cannot be had here and is left out" >&2; }
go_peer() { # name, tags, package
  [ -x "bin/$1" ] || GOBIN=$PWD/bin go install -tags "$2" "$3@latest" >"$1.log" 2>&1 || missing "$1 ($PWD/$1.log)"
}

export DEBIAN_FRONTEND=noninteractive
apt-get install -y -qq gcc libpq-dev postgresql sqlite3 luajit >/dev/null || exit 1
gcc -O2 -static -o bin/runstat "$here/runstat.c" || exit 1
for floor in history_floor read_floor; do
  gcc -O2 -I"$(pg_config --includedir)" -o "bin/$floor" "$here/$floor.c" -lpq || exit 1
done

apt-get install -y -qq alembic python3-psycopg2 >/dev/null || missing alembic
(cd npm && { [ -d node_modules/dbmate ] || npm install --silent --no-fund --no-audit dbmate; }) || missing dbmate
go_peer goose 'no_clickhouse no_libsql no_mssql no_mysql no_vertica no_ydb' github.com/pressly/goose/v3/cmd/goose
go_peer migrate 'postgres sqlite3' github.com/golang-migrate/migrate/v4/cmd/migrate
