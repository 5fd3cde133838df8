"""K: a backup of a table with 1,000,000 rows against bare pg_dump with the same options, and its verification at the
first two levels against pg_restore -f /dev/null."""

import json
import os
import shutil
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

ROWS = 1000000
TIDE = os.environ["TIDE"]
WORK = f"{SCRATCH}/k"


def empty(folder):
    def before(_):
        shutil.rmtree(folder, ignore_errors=True)
    return before


def backup_cases(cluster, database):
    for name, options in (("custom", []), ("directory", ["--jobs=2"])):
        bare = f"{WORK}/bare"
        yield Case(f"pg_dump, {name}", ["pg_dump", f"--format={name}", *options, f"--file={bare}",
                                        f"--dbname={database.conninfo}"], env=cluster.env, before=empty_any(bare))
        yield Case(f"tide backup create, {name}", [TIDE, "--url", database.url, "-q", "backup", "create", "x", "--dir",
                                                   f"{WORK}/ours", f"--format={name}", *options],
                   cwd=WORK, env=cluster.env, before=empty(f"{WORK}/ours"))


def empty_any(path):
    def before(_):
        shutil.rmtree(path, ignore_errors=True)
        if os.path.exists(path):
            os.remove(path)
    return before


def proven(level):
    def check(output):
        return None if json.loads(output[output.index("{"):])["proof"] == level else f"not {level}: {output}"
    return check


def verify_cases(cluster, database):
    dump = f"{WORK}/kept/x/data.dump"
    yield Case("pg_restore -f /dev/null", ["pg_restore", "-f", "/dev/null", dump], env=cluster.env)
    for level in ("hash", "decompressed"):
        yield Case(f"tide backup verify --level {level}",
                   [TIDE, "--url", database.url, "-q", "--json", "backup", "verify", "x", "--dir", f"{WORK}/kept",
                    "--level", level], cwd=WORK, env=cluster.env, check=proven(level))


def main(rounds):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    with Cluster(SCRATCH) as cluster:
        database = cluster.create("k", ROWS)
        made = Case("made", [TIDE, "--url", database.url, "-q", "backup", "create", "x", "--dir", f"{WORK}/kept"],
                    cwd=WORK, env=cluster.env)
        made.run()
        if made.failure:
            sys.exit(made.failure)
        backups, verifies = list(backup_cases(cluster, database)), list(verify_cases(cluster, database))
        measure(backups + verifies, rounds)
        for pair in (backups[:2], backups[2:]):
            heading(f"K: a backup of {ROWS:,} rows, {pair[0].name}", rounds)
            table(pair, pair[0])
        heading("K: its verification", rounds)
        table(verifies, verifies[0])


main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
