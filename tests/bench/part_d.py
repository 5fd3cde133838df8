"""D: 2,000,000 rows of six columns, all touched, folded into a checksum that every case must print alike."""

import os
import re
import shutil
import subprocess
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

ROWS = 2000000
HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
WORK = f"{SCRATCH}/d"
CHECKSUM = re.compile(rf"\b{ROWS} \d+ \d+ \d+ \d+ \d+ \d+\b")
seen = set()


def same_checksum(output):
    found = CHECKSUM.search(output)
    if not found:
        return "printed no checksum"
    seen.add(found[0])
    return None if len(seen) == 1 else f"read something else: {found[0]}"


def floors(cluster, database):
    for way, name in (("single", "single-row"), ("cursor", "cursor, FETCH 10000")):
        for form in ("text", "binary"):
            yield Case(f"C libpq, {name}, {form}", [f"{SCRATCH}/bin/read_floor", database.conninfo, way, form],
                       env=cluster.env, check=same_checksum)


def tide_has_run():
    help_text = subprocess.run([TIDE, "--help"], capture_output=True, text=True).stdout
    return re.search(r"^\s+run\b", help_text, re.MULTILINE)


def tide_run(cluster, database):
    return Case("tide run, db:rows", [TIDE, "--url", database.url, "run", f"{HERE}/read.lua"], cwd=WORK, env=cluster.env,
                check=same_checksum)


def tide_up(cluster, database):
    """As a migration's `up`: each run is given one more of them."""
    def before(_):
        number = len(os.listdir(f"{WORK}/migrations")) + 1
        with open(f"{HERE}/read.lua") as script, open(f"{WORK}/migrations/{number:04d}_read.lua", "w") as migration:
            migration.write(f"return {{ up = function(db)\n{script.read()}\nend }}\n")

    os.makedirs(f"{WORK}/migrations")
    return Case("tide up, db:rows", [TIDE, "--url", database.url, "up"], cwd=WORK, env=cluster.env, before=before,
                check=same_checksum)


def main(rounds):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    with Cluster(SCRATCH) as cluster:
        database = cluster.create("d", ROWS)
        cases = list(floors(cluster, database))
        if os.access(TIDE, os.X_OK):
            cases.append((tide_run if tide_has_run() else tide_up)(cluster, database))
        else:
            print(f"left out, not built: {TIDE}")
        measure(cases, rounds)
        heading(f"D: {ROWS:,} rows read", rounds)
        table(cases, cases[0])
        print(f"\nchecksum: {' | '.join(sorted(seen))}")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
