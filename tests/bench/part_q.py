"""Q: 1,000,000 rows as CSV and other formats to a pipe against psql --csv; a first row of many; the prompt's start."""

import os
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

ROWS = 1000000
TIDE = os.environ["TIDE"]


def piped(command):
    """To a pipe, as in a script; the shell's own start is in both."""
    return ["sh", "-c", f"{command} | wc -l"]


def lines(count):
    def check(output):
        return None if output.strip() == str(count) else f"{output.strip()} lines instead of {count}"
    return check


def main(rounds):
    with Cluster(SCRATCH) as cluster:
        database = cluster.create("q", ROWS)
        tide, psql = f"{TIDE} --url '{database.url}'", f"psql -X '{database.conninfo}'"

        def case(name, command, count):
            return Case(name, piped(command), env=cluster.env, check=lines(count))

        dumps = [case("psql --csv", f"{psql} --csv -c 'SELECT * FROM r'", ROWS + 1),
                 case("tide query --csv", f"{tide} query --csv 'SELECT * FROM r'", ROWS + 1),
                 case("tide query --csv --read-only", f"{tide} query --read-only --csv 'SELECT * FROM r'", ROWS + 1),
                 case("tide query --json", f"{tide} query --json 'SELECT * FROM r'", ROWS + 2),
                 # its columns' names come again where a later row is wider
                 Case("tide query (aligned)", piped(f"{tide} query 'SELECT * FROM r'"), env=cluster.env)]
        firsts = [case("psql, 1,000 rows by LIMIT", f"{psql} --csv -c 'SELECT * FROM r LIMIT 1000'", 1001),
                  case("tide query --limit 1000, unbounded", f"{tide} -q query --limit 1000 'SELECT * FROM r'", 1002)]
        starts = [case("psql, one line", f"echo 'select 1;' | {psql} -tA", 1),
                  case("tide repl, one line", f"echo 'select 1;' | {tide} -q repl", 4),
                  case("tide query", f"{tide} -q query 'select 1'", 3)]
        measure(dumps + firsts + starts, rounds)
        heading(f"Q: {ROWS:,} rows of six columns to a pipe", rounds)
        table(dumps, dumps[0])
        heading("Q: the first 1,000 rows of many", rounds)
        table(firsts, firsts[0], "ms")
        heading("Q: start, one statement, end", rounds)
        table(starts, starts[0], "ms")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
