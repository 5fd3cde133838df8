"""F: an ALTER TABLE behind a 10-second reader, under a load of 500 small transactions a second: how long the load stalls."""

import os
import shutil
import statistics
import subprocess
import sys
import time

from cluster import Cluster
from measure import SCRATCH
from online import Load, percentile
from tools import Dbmate, Goose, Tide

ROWS = 200000
LEAD = 4      # seconds of load before the migration
READER = 10   # seconds that the reader's transaction lasts
LENGTH = 30   # seconds of load in all
WORK = f"{SCRATCH}/f"
ALTER = "ALTER TABLE customers ADD COLUMN k int NOT NULL DEFAULT 0"
FILL = f"""
CREATE TABLE customers (id bigint PRIMARY KEY, email text NOT NULL, note text NOT NULL);
INSERT INTO customers SELECT i, 'c' || i || '@example.test', 'note ' || i FROM generate_series(1, {ROWS}) i;
"""
LOAD = (f"\\set id random(1, {ROWS})\nUPDATE customers SET note = 'touched ' || :id WHERE id = :id;\n",
        f"\\set id random(1, {ROWS})\nSELECT * FROM customers WHERE id = :id;\n")


class Psql:
    """What a tool without any care for locks does."""
    name = "psql, plain ALTER TABLE"

    def command(self, root, database):
        return ["psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", database.name, "-c", ALTER]


class Peer:
    def __init__(self, tool, text):
        self.tool, self.text, self.name = tool, text, tool.name

    def command(self, root, database):
        with open(f"{root}/migrations/20240000000001{self.tool.suffix}", "w") as file:
            file.write(self.text)
        return self.tool.up(root, database)


class TideWith(Peer):
    def __init__(self, name, fields):
        super().__init__(Tide(), f"return {{ {fields} up = function(db) db:execute [[{ALTER}]] end }}\n")
        self.name = name


CASES = [Psql(), Peer(Goose(), f"-- +goose Up\n{ALTER};\n"), Peer(Dbmate(), f"-- migrate:up\n{ALTER};\n-- migrate:down\n"),
         TideWith("tide, nothing set", ""),
         TideWith('tide, lock_timeout = "50ms"', 'lock_timeout = "50ms",'),
         TideWith('tide, max_blocked = 0, max_blocked_time = "50ms"', 'max_blocked = 0, max_blocked_time = "50ms",')]


def one(cluster, case, number):
    database = cluster.create(f"f_{number}")
    cluster.sql(database.name, FILL)
    cluster.sql(database.name, "VACUUM (ANALYZE) customers")
    root = f"{WORK}/{database.name}"
    os.makedirs(f"{root}/migrations")
    command = case.command(root, database)
    load = Load(cluster, database.name, WORK, LOAD, LENGTH)
    begun = time.time()
    time.sleep(LEAD)
    reader = subprocess.Popen(["psql", "-Xq", "-d", database.name, "-c",
                               f"BEGIN; SELECT id FROM customers LIMIT 1; SELECT pg_sleep({READER}); COMMIT"],
                              env=cluster.env, stdout=subprocess.DEVNULL)
    time.sleep(0.5)
    start = time.time()
    done = subprocess.run(command, cwd=root, env=cluster.env, capture_output=True, text=True)
    end = time.time()
    reader.wait()
    errors = load.end()
    if done.returncode != 0 or errors is not None:
        raise SystemExit(f"{case.name}: {done.stderr or errors}")
    if cluster.sql(database.name, "SELECT count(k) FROM customers") != str(ROWS):
        raise SystemExit(f"{case.name}: the column is not there")
    if end > begun + LENGTH - 1:
        raise SystemExit(f"{case.name}: the load ended before the migration")
    before, _ = load.latencies(begun + 1, start)
    during, stalls = load.latencies(start, end + 1)
    return {"took": end - start, "before": before, "during": during, "stalls": stalls,
            "attempts": 1 + done.stderr.count("attempt ")}


def median(runs, figure):
    return statistics.median(figure(run) for run in runs)


def show(results, rounds):
    print(f"\n### F: ALTER TABLE behind a {READER}-second reader, 500 transactions a second\n\nMedians of {rounds} rounds (worst "
          f"of all in brackets), {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
          f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC\n")
    print("| case | took s | attempts | before: p99 / worst ms | during: p99 / worst ms | during: worst stall ms | stalls over 100 ms |")
    print("|---|---|---|---|---|---|---|")
    for name, runs in results.items():
        worst = max(run["stalls"][-1] for run in runs)
        late = median(runs, lambda run: sum(1 for ms in run["stalls"] if ms > 100))
        print(f"| {name} | {median(runs, lambda run: run['took']):.1f} | {median(runs, lambda run: run['attempts']):.0f} "
              f"| {median(runs, lambda run: percentile(run['before'], .99)):.1f} / "
              f"{median(runs, lambda run: run['before'][-1]):.0f} "
              f"| {median(runs, lambda run: percentile(run['during'], .99)):.1f} / "
              f"{median(runs, lambda run: run['during'][-1]):.0f} "
              f"| {median(runs, lambda run: run['stalls'][-1]):.0f} ({worst:.0f}) | {late:.0f} |")


def main(rounds):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    cases = [case for case in CASES if not isinstance(case, Peer) or case.tool.program()]
    results, number = {}, 0
    with Cluster(SCRATCH) as cluster:
        for _ in range(rounds):
            for case in cases:
                number += 1
                results.setdefault(case.name, []).append(one(cluster, case, number))
                print(f"  {case.name}: worst stall {results[case.name][-1]['stalls'][-1]:.0f} ms", file=sys.stderr, flush=True)
        show(results, rounds)
    shutil.rmtree(WORK, ignore_errors=True)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
