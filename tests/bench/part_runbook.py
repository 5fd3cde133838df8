"""RUNBOOK: what the engine itself adds to a step, in a runbook of N empty steps; and the disk's share of it.

The same steps in a folder on the disk and in memory: the difference is fsync, which the journal owes."""

import os
import re
import shutil
import statistics
import subprocess
import tempfile

TIDE = os.environ["TIDE"]
STEPS = int(os.environ.get("STEPS", "200"))
ROUNDS = int(os.environ.get("ROUNDS", "9"))
SCRIPT = """
local phase = {{ "Many" }}
for i = 1, {steps} do phase[#phase + 1] = {{ "Step " .. i, up = function(run) run["value_" .. i % 10] = i end }} end
return require "tide.runbook" {{ title = "Many", phases = {{ phase }} }}
"""


def milliseconds(root):
    done = subprocess.run([TIDE, "run", "many"], cwd=root, check=True, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    number, unit = re.search(r"many\.lua  \(([\d.]+) (ms|s)", done.stderr).groups()
    return float(number) * (1000 if unit == "s" else 1)


def measured(parent, steps):
    root = tempfile.mkdtemp(dir=parent)
    try:
        os.makedirs(f"{root}/scripts")
        with open(f"{root}/tide.toml", "w", encoding="utf-8") as file:
            file.write('[env.dev]\nurl = "sqlite:dev.db"\n')
        with open(f"{root}/scripts/many.lua", "w", encoding="utf-8") as file:
            file.write(SCRIPT.format(steps=steps))
        return statistics.median(milliseconds(root) for _ in range(ROUNDS))
    finally:
        shutil.rmtree(root)


def main():
    print(f"runbook of {STEPS} empty steps, ms per step (median of {ROUNDS}; opening and report taken off)\n")
    print("| journal | ms a step |\n|---|---|")
    for name, parent in (("in memory", "/dev/shm"), ("on the disk", None)):
        print(f"| {name} | {(measured(parent, STEPS) - measured(parent, 1)) / (STEPS - 1):.3f} |")


if __name__ == "__main__":
    main()
