"""A: `status` and an `up` with nothing to do, with N migrations applied; psql reading the history is 1."""

import os
import shutil
import subprocess
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table
from tools import FIRST_VERSION, PEERS, present

SIZES = [int(size) for size in os.environ.get("SIZES", "10,100,1000,5000").split(",")]
HISTORY = "SELECT version FROM schema_migrations ORDER BY 1"


def seed(cluster, tool, root, database, first, last):
    tool.write(root, first, last, "postgres")
    tool.prepare(root, database)
    cluster.sql("postgres", f"ALTER DATABASE {database.name} SET synchronous_commit = off")
    subprocess.run(tool.up(root, database), check=True, cwd=root, env=cluster.env, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    cluster.sql("postgres", f"ALTER DATABASE {database.name} RESET synchronous_commit")
    cluster.sql(database.name, "VACUUM ANALYZE")


def seed_history(cluster, size):
    cluster.sql("a_floor", "DROP TABLE IF EXISTS schema_migrations; CREATE TABLE schema_migrations (version text PRIMARY KEY)")
    cluster.sql("a_floor", "INSERT INTO schema_migrations "
                f"SELECT ({FIRST_VERSION} + i)::text FROM generate_series(1, {size}) i")
    cluster.sql("a_floor", "VACUUM ANALYZE schema_migrations")


def cases_at(cluster, floor, places, size):
    base = Case("psql -c", ["psql", "-XAtq", "-d", "a_floor", "-c", HISTORY], env=cluster.env)
    cases = [base, Case("floor: C, libpq", [f"{SCRATCH}/bin/history_floor", floor.conninfo], env=cluster.env)]
    for verb in ("status", "up"):
        for tool, (root, database) in places.items():
            command = getattr(tool, verb)(root, database)
            cases.append(Case(f"{tool.name}: {verb}", command, cwd=root, env=cluster.env))
    return base, cases


def main(rounds):
    tools = present(PEERS)
    work = f"{SCRATCH}/a"
    shutil.rmtree(work, ignore_errors=True)
    with Cluster(SCRATCH) as cluster:
        floor = cluster.create("a_floor")
        places = {tool: (f"{work}/{i}", cluster.create(f"a_{i}")) for i, tool in enumerate(tools)}
        done = 0
        for size in SIZES:
            seed_history(cluster, size)
            for tool, (root, database) in places.items():
                seed(cluster, tool, root, database, done + 1, size)
            done = size
            base, cases = cases_at(cluster, floor, places, size)
            cluster.sql("postgres", "CHECKPOINT")
            measure(cases, rounds)
            heading(f"A: {size:,} applied, nothing pending", rounds)
            table(cases, base, "ms")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
