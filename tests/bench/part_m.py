"""M: ROWS rows copied from one database into another, against pg_dump into psql and COPY into COPY; the result of every
run is compared. part_m.py [ROUNDS [ROWS]]"""

import os
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
TABLE = """
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, phone text, balance numeric(12, 2), meta jsonb NOT NULL,
  updated_at timestamptz);
"""
FILL = f"""
INSERT INTO customers
SELECT i, 'user' || i || '@example.com', CASE WHEN i % 3 > 0 THEN '+52' || lpad((5500000000 + i)::text, 10, '0') END, i / 100.0,
  jsonb_build_object('src', 'web', 'n', i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 7), 'ref', md5(i::text)),
  timestamptz '2024-01-01' + i * interval '1 second'
FROM generate_series(1::bigint, {ROWS}) i;
"""
CHECKSUM = "SELECT count(*), sum(hashtextextended(c::text, 0)::numeric) FROM customers c"
seen = {}


def case(cluster, name, command):
    def before(_):
        cluster.sql("there", "TRUNCATE customers")
        cluster.sql("postgres", "CHECKPOINT")

    def check(_):
        seen.setdefault(cluster.sql("there", CHECKSUM), set()).add(name)
        return None if len(seen) == 1 else "left something else than the others"

    return Case(name, command, env=cluster.env, before=before, check=check)


def main():
    with Cluster(SCRATCH) as cluster:
        for name in ["here", "there"]:
            cluster.create(name)
            cluster.sql(name, TABLE)
        cluster.sql("here", FILL)
        cluster.sql("here", "VACUUM (ANALYZE, FREEZE) customers")
        at = f"host={cluster.socket} port={cluster.port} user=postgres dbname="
        tide = [TIDE, "--quiet", "--url", f"{at}there", "run", f"{HERE}/copy.lua", "--set", f"from={at}here"]
        shell = ["bash", "-o", "pipefail", "-c"]
        cases = [
            case(cluster, "COPY into COPY", [*shell, "psql -Xqd here -c 'COPY customers TO STDOUT' | "
                                          "psql -Xqd there -c 'COPY customers FROM STDIN'"]),
            case(cluster, "pg_dump into psql", [*shell, "pg_dump -aOx -t customers here | psql -Xqd there -o /dev/null"]),
            case(cluster, "tide, not compared", [*tide, "--set", "compare=off"]),
            case(cluster, "tide", tide),
        ]
        measure(cases, ROUNDS, warmup=0)
        heading(f"M: {ROWS:,} rows copied", ROUNDS)
        table(cases, cases[0])


main()
