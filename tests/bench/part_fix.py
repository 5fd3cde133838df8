"""Fix: a data fix of 1,000,000 rows under a load of 500 small transactions a second on the same table: what the load's
updates wait, before and during. No update of the load may be lost. part_fix.py [ROUNDS [SECONDS of load]]"""

import os
import shutil
import statistics
import subprocess
import sys
import time

from cluster import Cluster
from customers import fill
from measure import SCRATCH
from online import UPDATE, Load, percentile

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 3
LENGTH = int(sys.argv[2]) if len(sys.argv) > 2 else 60
ROWS = 1000000
LEAD = 8  # seconds of load before the fix
WORK = f"{SCRATCH}/fix"
LOAD = (f"\\set id random(1, {ROWS})\nUPDATE customers SET note = note || '!' WHERE id = :id;\n",
        f"\\set id random(1, {ROWS})\nSELECT * FROM customers WHERE id = :id;\n")
LENGTHS = "SELECT sum(length(note)) FROM customers"
UNDONE = "SELECT count(*) FROM customers WHERE email <> lower(btrim(email)) OR phone !~ '^[+]' OR NOT meta ? 'tier'"


def tide(images):
    def command(cluster):
        url = f"host={cluster.socket} port={cluster.port} user=postgres dbname=fix"
        return [TIDE, "--quiet", "--url", url, "run", f"{HERE}/transform.lua", "--set", f"images={images}"]
    return command


CASES = {"one UPDATE": lambda _: ["psql", "-Xq", "-d", "fix", "-f", f"{HERE}/transform_one.sql"],
         "tide, nothing set": tide("on"), "tide, before_images = false": tide("off")}


def reset(cluster):
    cluster.sql("postgres", "DROP DATABASE IF EXISTS fix WITH (FORCE)")
    cluster.sql("postgres", "CREATE DATABASE fix TEMPLATE fix_template STRATEGY file_copy")
    cluster.sql("postgres", "CHECKPOINT")
    return int(cluster.sql("fix", LENGTHS))


def one(cluster, name):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    characters = reset(cluster)
    load = Load(cluster, "fix", WORK, LOAD, LENGTH)
    begun = time.time()
    time.sleep(LEAD)
    start = time.time()
    done = subprocess.run(CASES[name](cluster), env=cluster.env, capture_output=True, text=True)
    end = time.time()
    errors = load.end()
    if done.returncode != 0 or errors is not None:
        raise SystemExit(f"{name}: {done.stderr or errors}")
    if end > begun + LENGTH - 1:
        raise SystemExit(f"{name}: the load ended before the fix; give it more than {LENGTH} seconds")
    updates = len(load.latencies(0, end + LENGTH, (UPDATE,))[0])
    if int(cluster.sql("fix", LENGTHS)) != characters + updates:
        raise SystemExit(f"{name}: of {updates} updates of the load some were lost")
    if cluster.sql("fix", UNDONE) != "0":
        raise SystemExit(f"{name}: rows were left as they were")
    return {"took": end - start, "before": load.latencies(begun + 2, start, (UPDATE,))[0],
            "during": load.latencies(start, end, (UPDATE,))[0]}


def show(results):
    print(f"\n### A fix of {ROWS:,} rows under 500 transactions a second\n\nThe load's updates. Medians of {ROUNDS} rounds, "
          f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC\n")
    print("| case | took s | before: p50 / p99 / worst ms | during: p50 / p99 / worst ms | p99 during to before |\n|---|---|---|---|---|")
    for name, runs in results.items():
        def median(when, part):
            return statistics.median(percentile(run[when], part) for run in runs)
        cells = [" / ".join(f"{median(when, part):.1f}" for part in (.5, .99, 1)) for when in ("before", "during")]
        ratio = statistics.median(percentile(run["during"], .99) / percentile(run["before"], .99) for run in runs)
        print(f"| {name} | {statistics.median(run['took'] for run in runs):.1f} | {cells[0]} | {cells[1]} | {ratio:.2f} |")


def main():
    results = {}
    with Cluster(SCRATCH) as cluster:
        cluster.create("fix_template")
        cluster.sql("fix_template", fill(ROWS))
        cluster.sql("fix_template", "VACUUM (ANALYZE, FREEZE) customers")
        for _ in range(ROUNDS):
            for name in CASES:
                run = one(cluster, name)
                results.setdefault(name, []).append(run)
                print(f"  {name}: {run['took']:.1f} s, p99 {percentile(run['before'], .99):.1f} -> "
                      f"{percentile(run['during'], .99):.1f} ms", file=sys.stderr, flush=True)
        show(results)
    shutil.rmtree(WORK, ignore_errors=True)


main()
