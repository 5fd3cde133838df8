"""A load of 500 small transactions a second while something else works on the same table: pgbench, four sessions, half of
them updates and half selects by primary key. A transaction's latency is counted from when it was due, so that waiting for
a session that is stuck counts too; its stall from when it was sent."""

import glob
import subprocess

RATE = 500
UPDATE, SELECT = 0, 1


class Load:
    """`scripts`: pgbench's update and select. `name` is the database's, and the log's in `folder`."""

    def __init__(self, cluster, name, folder, scripts, seconds):
        files = []
        for kind, text in zip(("update", "select"), scripts):
            files += ["-f", f"{folder}/{kind}.sql@1"]
            with open(f"{folder}/{kind}.sql", "w") as file:
                file.write(text)
        self.log = f"{folder}/log_{name}"
        command = ["pgbench", "-n", "-c", "4", "-j", "2", "-R", str(RATE), "-T", str(seconds), "-M", "simple", "-l",
                   f"--log-prefix={self.log}", *files, name]
        self.process = subprocess.Popen(command, env=cluster.env, cwd=folder, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)

    def end(self):
        """Waits; the errors of a load that failed."""
        _, errors = self.process.communicate()
        return errors if self.process.returncode != 0 else None

    def latencies(self, begin, end, kinds=(UPDATE, SELECT)):
        """Latencies and stalls in ms, sorted, of the transactions that were due in [begin, end)."""
        found, stalls = [], []
        for log in glob.glob(f"{self.log}.*"):
            with open(log) as lines:
                for fields in map(str.split, lines):
                    due = int(fields[4]) + int(fields[5]) / 1e6 - int(fields[2]) / 1e6
                    if begin <= due < end and int(fields[3]) in kinds:
                        found.append(int(fields[2]) / 1000)
                        stalls.append((int(fields[2]) - int(fields[6])) / 1000)
        return sorted(found), sorted(stalls)


def percentile(values, part):
    return values[min(len(values) - 1, int(len(values) * part))]
