"""R: a rehearsal (up, down, up again, measured and compared) against the bare runs of the same plan, on a server without
fsync on both sides. What the copy costs (the cluster's start, the restore of a backup) stands beside it."""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time

from cluster import Cluster
from measure import SCRATCH, heading

ROWS = int(os.environ.get("ROWS", "300000"))
TIDE = os.environ["TIDE"]
WORK = f"{SCRATCH}/r"
PLAN = [
    ("ALTER TABLE users ADD COLUMN phone text", "ALTER TABLE users DROP COLUMN phone"),
    ("UPDATE users SET score = score + 1", "UPDATE users SET score = score - 1"),
    ("CREATE INDEX users_name ON users (name)", "DROP INDEX users_name"),
    ("ALTER TABLE users ALTER COLUMN score TYPE bigint", "ALTER TABLE users ALTER COLUMN score TYPE integer"),
    ("CREATE TABLE logins (id bigint PRIMARY KEY, user_id bigint REFERENCES users); "
     "INSERT INTO logins SELECT id, id FROM users WHERE id <= 100000", "DROP TABLE logins"),
    ("ALTER TABLE users ADD CHECK (score > -5)", "ALTER TABLE users DROP CONSTRAINT users_score_check"),
]


def tide(cluster, url, *words):
    return subprocess.run([TIDE, "--url", url, *words], cwd=WORK, env=cluster.env, check=True, capture_output=True, text=True).stdout


def timed(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def prepare(cluster):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(f"{WORK}/migrations")
    for number, (up, down) in enumerate(PLAN, 1):
        with open(f"{WORK}/migrations/{number:04}_step.sql", "w") as script:
            script.write(f"-- tide:up\n{up};\n-- tide:down\n{down};\n")
    for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off", "autovacuum = off",
                    "max_wal_size = '4GB'"):
        cluster.sql("postgres", f"ALTER SYSTEM SET {setting}")
    cluster.crash()
    database = cluster.create("r")
    cluster.sql("r", f"CREATE TABLE users AS SELECT i::bigint AS id, 'name ' || i AS name, md5(i::text) AS hash, i % 100 AS score, "
                     f"now() AS made FROM generate_series(1, {ROWS}) i; ALTER TABLE users ADD PRIMARY KEY (id)")
    return database.url


def bare_runs(cluster):
    """The plan up, and down and up again, by tide itself on a copy."""
    cluster.sql("postgres", "DROP DATABASE IF EXISTS bare")
    cluster.sql("postgres", "CREATE DATABASE bare TEMPLATE r")
    url = cluster.create("ignored").url.replace("/ignored?", "/bare?")
    cluster.sql("postgres", "DROP DATABASE ignored")
    once = timed(lambda: tide(cluster, url, "up"))
    again = timed(lambda: tide(cluster, url, "down", "--to", "0")) + timed(lambda: tide(cluster, url, "up"))
    return once, once + again


def rehearsal(cluster, url):
    record = {}
    whole = timed(lambda: record.update(json.loads(tide(cluster, url, "rehearse", "--json"))))
    assert record["passed"] and record["copy"]["filled"] == "backup", record["error"]
    plan = record["duration_ms"] / 1000
    return plan, whole - plan


def main(rounds):
    with Cluster(SCRATCH) as cluster:
        url = prepare(cluster)
        tide(cluster, url, "backup", "create")
        runs = [bare_runs(cluster) + rehearsal(cluster, url) for _ in range(rounds)]
    once, thrice, plan, copy = (statistics.median(run[i] for run in runs) for i in range(4))
    heading(f"R: {len(PLAN)} migrations over {ROWS:,} rows", rounds)
    print("| what | s | beside the bare `up` |\n|---|---|---|")
    for name, seconds, of in (("bare `up`", once, 0), ("bare `up`, `down`, `up`", thrice, 1), ("rehearsed, all of it", plan, 2)):
        ratio = statistics.median(run[of] / run[0] for run in runs)
        print(f"| {name} | {seconds:.2f} | {ratio:.2f} |")
    over = statistics.median((run[2] - run[1]) / run[0] for run in runs)
    print(f"| what measuring and comparing add | {plan - thrice:.2f} | {over:.2f} |")
    print(f"| the copy: cluster, restore, ANALYZE, removal | {copy:.2f} | |")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
