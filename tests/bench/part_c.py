"""C: a transform of ROWS rows, about 60 % of them changed, against one UPDATE in SQL that does the same; the result of
every run is compared. part_c.py [ROUNDS [ROWS]]"""

import os
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 5
ROWS = int(sys.argv[2]) if len(sys.argv) > 2 else 1000000
FILL = f"""
CREATE TABLE customers (
  id bigint PRIMARY KEY, email text NOT NULL, phone text, amount_cents bigint NOT NULL,
  meta jsonb NOT NULL, note text, updated_at timestamptz);
INSERT INTO customers
SELECT i,
  CASE WHEN i % 10 < 6 THEN 'user' || i || '@example-' || (i % 97) || '.com.mx'
       ELSE '  User' || i || '@Example-' || (i % 97) || '.COM.MX ' END,
  CASE WHEN i % 10 IN (0,1,2,3,6,7) THEN '+52' || lpad((5500000000 + i * 7919 % 99999999)::text, 10, '0')
       WHEN i % 3 = 0 THEN '(55) ' || lpad((i * 7919 % 9999)::text, 4, '0') || '-' || lpad((i % 10000)::text, 4, '0')
       WHEN i % 3 = 1 THEN '55 ' || lpad((i * 7919 % 9999)::text, 4, '0') || ' ' || lpad((i % 10000)::text, 4, '0')
       ELSE '52-55-' || lpad((i * 7919 % 9999)::text, 4, '0') || '-' || lpad((i % 10000)::text, 4, '0') END,
  a,
  CASE WHEN i % 10 < 6 THEN jsonb_build_object('src', 'web', 'n', i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 7),
                                               'ref', md5(i::text), 'tier', t)
       ELSE jsonb_build_object('src', 'app', 'n', i % 1000, 'tags', jsonb_build_array('a', 'b' || i % 7), 'ref',
                               md5(i::text)) END,
  repeat('note ' || i % 100 || ' ', 8),
  timestamptz '2024-01-01' + i * interval '1 second'
FROM (SELECT i, a, CASE WHEN a >= 1000000 THEN 'gold' WHEN a >= 100000 THEN 'silver' ELSE 'bronze' END t
      FROM (SELECT i::bigint, (i * 104729::bigint) % 1500000 a FROM generate_series(1, {ROWS}) i) x) y;
"""
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
        cluster.sql("c_template", FILL)
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
