"""S: `shell.run{ "true" }` against posix_spawn and waitpid in C, turn by turn."""

import os
import statistics
import subprocess
import sys

from measure import SCRATCH, heading

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
FLOOR = f"{SCRATCH}/bin/spawn_floor"
COUNT = "300"
PROGRAM = "/bin/true"


def microseconds(command):
    return float(subprocess.run(command, cwd=SCRATCH, check=True, stdout=subprocess.PIPE, text=True).stdout)


def row(name, times, ratio):
    print(f"| {name} | {statistics.median(times):.0f} | {min(times):.0f}-{max(times):.0f} | {ratio} |")


def main(rounds):
    os.makedirs(f"{SCRATCH}/bin", exist_ok=True)
    subprocess.run(["cc", "-O2", "-o", FLOOR, f"{HERE}/spawn_floor.c"], check=True)
    spawn = [FLOOR, COUNT, PROGRAM]
    run = [TIDE, "-q", "run", f"{HERE}/spawn.lua", COUNT, PROGRAM]
    pairs = [(microseconds(spawn), microseconds(run)) for _ in range(rounds + 1)][1:]
    heading(f"S: medians of {COUNT} times {PROGRAM}", rounds)
    print("| case | microseconds | range | ratio |\n|---|---|---|---|")
    row("C, posix_spawn and waitpid", [floor for floor, _ in pairs], "")
    row("tide, shell.run", [ours for _, ours in pairs], f"{statistics.median(ours / floor for floor, ours in pairs):.2f}")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
