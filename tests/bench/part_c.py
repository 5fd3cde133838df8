"""C: a transform of ROWS rows, about 60 % of them changed, against one UPDATE in SQL that does the same; the result of
every run is compared. part_c.py [ROUNDS [ROWS]]"""

import os
import sys

from cluster import Cluster
from customers import fill
from measure import SCRATCH, Case, heading, measure, table

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
CHECKSUM = ("SELECT count(*), count(*) FILTER (WHERE updated_at > '2025-01-01'), sum(hashtextextended(id || '|' || email || "
            "'|' || phone || '|' || meta::text || '|' || note, 0)::numeric) FROM customers")
seen = {}


def reset(cluster):
    cluster.sql("postgres", "DROP DATABASE IF EXISTS c WITH (FORCE)")
    cluster.sql("postgres", "CREATE DATABASE c TEMPLATE c_template STRATEGY file_copy")
    cluster.sql("postgres", "CHECKPOINT")
    cluster.sql("c", "SELECT count(*), sum(length(note)) FROM customers")


def case(cluster, name, command):
    def before(_):
        reset(cluster)

    def check(_):
        seen.setdefault(cluster.sql("c", CHECKSUM), set()).add(name)
        return None if len(seen) == 1 else "left something else than the others"

    return Case(name, command, env=cluster.env, before=before, check=check)


def main():
    with Cluster(SCRATCH) as cluster:
        cluster.create("c_template")
        cluster.sql("c_template", fill(ROWS))
        cluster.sql("c_template", "VACUUM (ANALYZE, FREEZE) customers")
        url = f"host={cluster.socket} port={cluster.port} user=postgres dbname=c"
        tide = [TIDE, "--quiet", "--url", url, "run", f"{HERE}/transform.lua", "--set"]
        cases = [
            case(cluster, "one UPDATE", ["psql", "-Xq", "-d", "c", "-f", f"{HERE}/transform_one.sql"]),
            case(cluster, "tide, one worker", [*tide, "images=off"]),
            case(cluster, "tide, two workers", [*tide, "images=off", "--set", "workers=2"]),
            case(cluster, "tide, before-images", [*tide, "images=on"]),
        ]
        measure(cases, ROUNDS, warmup=0)
        heading(f"C: {ROWS:,} rows transformed", ROUNDS)
        table(cases, cases[0])
        print(f"\nresult: {' | '.join(seen)}")


main()
