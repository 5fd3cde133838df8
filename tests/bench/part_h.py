"""H: 1,000 requests to a server on loopback, one after the other: `http.get` against libcurl in C and against curl."""

import os
import statistics
import subprocess
import sys
import time

from measure import SCRATCH, heading

HERE = os.path.dirname(os.path.abspath(__file__))
TIDE = os.environ["TIDE"]
FLOOR = f"{SCRATCH}/bin/http_floor"
COUNT = 1000


def run(command):
    """What the command prints, and how long it took in milliseconds."""
    begun = time.perf_counter()
    done = subprocess.run(command, cwd=SCRATCH, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout, (time.perf_counter() - begun) * 1000


def config(url):
    path = f"{SCRATCH}/curl.config"
    with open(path, "w") as file:
        file.write(f'url = "{url}"\noutput = "/dev/null"\n' * COUNT)
    return path


def table(title, unit, cases):
    """`cases`: name -> one figure a round; the ratio is that to the first case, round by round."""
    print(f"| {title} | {unit} | range | ratio |\n|---|---|---|---|")
    base = next(iter(cases.values()))
    for name, figures in cases.items():
        ratio = statistics.median(mine / other for mine, other in zip(figures, base))
        print(f"| {name} | {statistics.median(figures):.0f} | {min(figures):.0f}-{max(figures):.0f} | {ratio:.2f} |")
    print()


def main(rounds):
    os.makedirs(f"{SCRATCH}/bin", exist_ok=True)
    subprocess.run(["cc", "-O2", "-o", FLOOR, f"{HERE}/http_floor.c", "-lcurl"], check=True)
    server = subprocess.Popen([FLOOR, "serve"], stdout=subprocess.PIPE, text=True)
    try:
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}/x"
        commands = {"C, libcurl": [FLOOR, "ask", str(COUNT), url],
                    "curl, the program": ["curl", "-s", "-K", config(url)],
                    "tide, http.get": [TIDE, "-q", "run", f"{HERE}/ask.lua", str(COUNT), url]}
        turns = [{name: run(command) for name, command in commands.items()} for _ in range(rounds + 1)][1:]
    finally:
        server.kill()
    heading(f"H: {COUNT} requests, one after the other", rounds)
    table("in the loop", "microseconds a request",
          {name: [float(turn[name][0]) for turn in turns] for name in commands if name != "curl, the program"})
    table("the whole program", "ms", {name: [turn[name][1] for turn in turns] for name in list(commands)[1:]})


main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
