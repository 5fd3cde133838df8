#!/usr/bin/env bash
# tests/bench/run.sh A|B|C|D|F|G|H|K|M|Q|R|S|fix|runbook|faults [ROUNDS]   prints Markdown tables; peers and floors come from setup.sh
#   A  `status` and a no-op `up` with 10, 100, 1,000 and 5,000 applied (SIZES=10,100 for others)
#   B  1,000 pending: a table and an index each, on PostgreSQL and on SQLite
#   C  1,000,000 rows transformed by a Lua function, against one UPDATE in SQL; ROWS may follow
#   D  2,000,000 rows of six columns read in a loop
#   F  an ALTER TABLE behind a 10-second reader, under 500 small transactions a second: how long they stall
#   fix  1,000,000 rows transformed under 500 small transactions a second on the same table: what those wait
#   G  the schema of 500 tables as a snapshot, against its catalog queries and pg_dump; two snapshots compared
#   H  1,000 HTTP requests on loopback, against libcurl in C and against curl; needs curl and libcurl4-openssl-dev, no setup
#   K  a backup of 1,000,000 rows against bare pg_dump, its verification against pg_restore -f /dev/null
#   M  1,000,000 rows copied into another database, against COPY into COPY and pg_dump into psql; ROWS may follow
#   Q  1,000,000 rows as CSV to a pipe against psql --csv, the first rows of many, the start of the prompt
#   R  a plan rehearsed, against the bare runs of it; needs no setup
#   S  a program run from a script, against posix_spawn and waitpid in C; needs no setup
#   runbook  what the engine adds to a step, in a runbook of 200 empty ones, with and without a disk; needs no setup
#   faults  each tool is killed, cut and terminated at random instants, ROUNDS times each (a seed may follow)
# Scratch files stand in $TIDE_BENCH (default: bench-work in the root); the program measured is $TIDE (build/release/tide).
set -euo pipefail
here=$(CDPATH='' cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
export TIDE_BENCH=${TIDE_BENCH:-$root/bench-work} TIDE=${TIDE:-$root/build/release/tide}
if [[ ${1:-} != [HRS] && ${1:-} != runbook ]] && [ ! -x "$TIDE_BENCH/bin/read_floor" ]; then "$here/setup.sh" >&2; fi
if [ -d "$TIDE_BENCH" ]; then
  exec 9>"$TIDE_BENCH/lock"
  flock -n 9 || { echo "another bench uses $TIDE_BENCH: waiting for its end" >&2 && flock 9; }
fi
case ${1:-} in
  A | B | C | D | F | G | H | K | M | Q | R | S | faults | fix | runbook) exec /usr/bin/python3 -B "$here/part_${1,,}.py" "${@:2}" ;;
  *) sed -n '2,/^set /s/^# \{0,1\}//p' "$here/run.sh" >&2 && exit 2 ;;
esac
