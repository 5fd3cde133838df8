"""Runs cases round by round (A B C, A B C, ...), so that every ratio compares two runs of the same round."""

import os
import statistics
import subprocess
import sys
import time

SCRATCH = os.environ["TIDE_BENCH"]
RUNSTAT = f"{SCRATCH}/bin/runstat"


class Case:
    """A command line to time. `before` runs untimed and may set the other fields; `check` gets the output of each run."""

    def __init__(self, name, command=None, cwd=None, env=None, before=None, check=None):
        self.name, self.command, self.cwd, self.env, self.before, self.check = name, command, cwd, env, before, check
        self.runs, self.failure = [], None

    def run(self):
        if self.before:
            self.before(self)
        out = f"{SCRATCH}/runstat.out"
        done = subprocess.run([RUNSTAT, out, *self.command], cwd=self.cwd, env=self.env, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode == 0 and self.check:
            self.failure = self.check(done.stdout)
        if done.returncode != 0:
            self.failure = f"exit {done.returncode}: {done.stdout.strip()[-200:]}"
        with open(out) as figures:
            wall, user, system, rss, _ = figures.read().split()
        return {"wall": float(wall), "cpu": float(user) + float(system), "rss": int(rss) / 1024}

    def median(self, key):
        return statistics.median(run[key] for run in self.runs)

    def ratio(self, base, key="wall"):
        return statistics.median(mine[key] / other[key] for mine, other in zip(self.runs, base.runs))


def measure(cases, rounds, warmup=1):
    for number in range(-warmup, rounds):
        for case in cases:
            if case.failure:
                continue
            figures = case.run()
            if case.failure:
                print(f"{case.name}: {case.failure}", file=sys.stderr)
            elif number >= 0:
                case.runs.append(figures)
    return cases


def heading(title, rounds):
    load = os.getloadavg()[0]
    print(f"\n### {title}\n\nMedians of {rounds} rounds, {os.cpu_count()} cores, load {load:.1f}, "
          f"{time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC\n")


def cells(case, base, unit=1.0, digits=2):
    """wall | fastest-slowest | ratio | client CPU | peak RSS of one case as cells of a row."""
    if case.failure:
        return f"| {case.name} | failed: {case.failure.splitlines()[0][:100]} | | | | |"
    walls = [run["wall"] * unit for run in case.runs]
    ratio = "" if base.failure else f"{case.ratio(base):.2f}"
    return (f"| {case.name} | {case.median('wall') * unit:.{digits}f} | {min(walls):.{digits}f}-{max(walls):.{digits}f} "
            f"| {ratio} | {case.median('cpu') * unit:.{digits}f} | {case.median('rss'):.1f} |")


def table(cases, base, unit="s"):
    factor, digits = (1000.0, 1) if unit == "ms" else (1.0, 3)
    print(f"| case | wall {unit} | range | ratio to {base.name} | client CPU {unit} | peak RSS MiB |\n|---|---|---|---|---|---|")
    for case in cases:
        print(cells(case, base, factor, digits), flush=True)
