"""Faults: what is left, and what the next run makes of it, when a migration tool is killed or cut at random instants."""

import collections
import os
import random
import shutil
import signal
import subprocess
import sys
import time

from cluster import Cluster
from cutting_proxy import CuttingProxy, commit, statement
from fault_project import COUNT, SEED, TOOLS, State, write
from measure import SCRATCH
from tools import present

WORK = f"{SCRATCH}/faults"
PATIENCE_S = 90
RERUNS = 3


class Address:
    """A database of the cluster as a tool is told of it, over TCP: the server's port or a proxy's."""

    engine = "postgres"

    def __init__(self, name, port):
        self.name = name
        self.conninfo = f"host=127.0.0.1 port={port} user=postgres dbname={name} sslmode=disable"
        self.url = f"postgres://postgres@127.0.0.1:{port}/{name}?sslmode=disable"


class Run:
    def __init__(self, tool, root, address, env):
        self.process = subprocess.Popen(tool.up(root, address), cwd=root, env=env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait(self):
        try:
            self.output = self.process.communicate(timeout=PATIENCE_S)[0]
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.output = f"(hung for {PATIENCE_S} s)"
        self.code = self.process.returncode
        return self


class Bench:
    def __init__(self, cluster, tool, dice):
        self.cluster, self.tool, self.dice, self.made = cluster, tool, dice, 0
        self.root = f"{WORK}/{tool.name}"
        self.env = dict(os.environ, HOME=WORK)
        write(tool, self.root)
        self.messages = self._count(statement)
        self.commits = self._count(commit)
        began = time.monotonic()
        if self.run(self.fresh()).wait().code != 0:
            raise SystemExit(f"{tool.name} does not apply the migrations undisturbed")
        self.duration = time.monotonic() - began

    def fresh(self):
        self.made += 1
        self.name = f"{self.tool.name.replace('-', '_')}_{self.made}"
        self.cluster.sql("postgres", f"CREATE DATABASE {self.name} TEMPLATE seed")
        return Address(self.name, self.cluster.port)

    def run(self, address):
        return Run(self.tool, self.root, address, self.env)

    def _count(self, wanted):
        proxy = CuttingProxy(self.cluster.port, wanted, 0, False)
        if self.run(Address(self.fresh().name, proxy.port)).wait().code != 0:
            raise SystemExit(f"{self.tool.name} does not apply the migrations through the proxy")
        proxy.close()
        return proxy.seen

    # The faults: each gives the run, and whether it was struck while it was alive.
    def kill(self):
        run = self.run(self.fresh())
        time.sleep(self.dice.uniform(0, self.duration))
        run.process.send_signal(signal.SIGKILL)
        return run.wait(), run.process.returncode == -signal.SIGKILL

    def terminate(self):
        run = self.run(self.fresh())
        time.sleep(self.dice.uniform(0, self.duration))
        ended = self.cluster.sql("postgres", "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                                             f"WHERE datname = '{self.name}'")
        return run.wait(), ended != "0"

    def crash(self):
        run = self.run(self.fresh())
        time.sleep(self.dice.uniform(0, self.duration))
        alive = run.process.poll() is None
        self.cluster.crash()
        return run.wait(), alive

    def cut(self, wanted, count, before):
        proxy = CuttingProxy(self.cluster.port, wanted, self.dice.randint(1, count), before)
        run = self.run(Address(self.fresh().name, proxy.port)).wait()
        proxy.close()
        return run, proxy.struck

    def two(self):
        first, second = self.run(self.fresh()), self.run(Address(self.name, self.cluster.port))
        time.sleep(self.dice.uniform(0, self.duration))
        first.process.send_signal(signal.SIGKILL)
        killed = first.wait().process.returncode == -signal.SIGKILL
        return second.wait(), killed

    def settle(self):
        """Until what a run that is gone has left on the server has ended."""
        busy = f"SELECT count(*) FROM pg_stat_activity WHERE datname = '{self.name}'"
        deadline = time.monotonic() + PATIENCE_S
        while self.cluster.sql("postgres", busy) != "0" and time.monotonic() < deadline:
            time.sleep(0.05)

    def round(self, fault):
        """A Counter of what was seen in one round, None when the fault met nobody."""
        run, struck = fault()
        if not struck:
            self.drop()
            return None
        self.settle()
        seen = collections.Counter(tried=1)
        state = State(self.cluster, self.tool, self.name)
        seen["false history"] += bool(state.lies())
        seen["failed, and all was done"] += run.code > 0 and state.complete()
        again, reruns = run, 0
        while reruns < RERUNS and (reruns == 0 or again.code != 0):
            again, reruns = self.run(Address(self.name, self.cluster.port)).wait(), reruns + 1
            if again.code != 0:
                self.settle()
        end = State(self.cluster, self.tool, self.name)
        if again.code != 0:
            seen["needs a hand"] += 1
            self.examples[message(again.output)] += 1
        elif not end.complete():
            seen["says done, is not"] += 1
            self.examples["; ".join(end.lies())] += 1
        else:
            seen["finished by the next run" if reruns == 1 else "finished by a later run"] += 1
        self.drop()
        return seen

    def drop(self):
        self.cluster.sql("postgres", f"DROP DATABASE {self.name} WITH (FORCE)")

    def play(self, fault, rounds):
        self.examples, seen, attempts = collections.Counter(), collections.Counter(), 0
        while seen["tried"] < rounds and attempts < 4 * rounds:
            attempts += 1
            seen += self.round(fault) or collections.Counter()
        return seen


def message(output):
    lines = [line.strip() for line in output.splitlines() if "rror" in line or "irty" in line or "hung" in line]
    return (lines or output.splitlines() or [""])[-1][:160]


COLUMNS = ["tried", "false history", "failed, and all was done", "finished by the next run", "finished by a later run",
           "says done, is not", "needs a hand"]


def faults_of(bench):
    return [("kill -9", bench.kill, 1), ("the backend is terminated", bench.terminate, 1),
            ("cut at any message, before it is sent", lambda: bench.cut(statement, bench.messages, True), 1),
            ("cut at any message, its answer lost", lambda: bench.cut(statement, bench.messages, False), 1),
            ("cut at COMMIT, its answer lost", lambda: bench.cut(commit, bench.commits, False), 1),
            ("of two runs at once one is killed", bench.two, 1), ("the server crashes", bench.crash, 4)]


def main(rounds, seed):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    with Cluster(SCRATCH) as cluster:
        cluster.sql("postgres", "ALTER SYSTEM SET fsync = off")
        cluster.sql("postgres", "SELECT pg_reload_conf()")
        cluster.create("seed")
        cluster.sql("seed", SEED)
        benches = [Bench(cluster, tool, random.Random(seed)) for tool in present(TOOLS)]
        print(f"\n### Faults while {COUNT} migrations are applied, seed {seed}\n")
        print("| fault | tool | " + " | ".join(COLUMNS) + " | most often seen |\n" + "|---" * (len(COLUMNS) + 3) + "|")
        for number in range(len(faults_of(benches[0]))):
            for bench in benches:
                fault, strike, share = faults_of(bench)[number]
                seen = bench.play(strike, max(1, rounds // share))
                often = bench.examples.most_common(1)
                cells = [str(seen[column]) for column in COLUMNS] + [often[0][0].replace("|", "/") if often else ""]
                print(f"| {fault} | {bench.tool.name} | " + " | ".join(cells) + " |", flush=True)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, int(sys.argv[2]) if len(sys.argv) > 2 else 1)
