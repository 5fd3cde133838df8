"""B: 1,000 pending migrations on an empty database, each a table and an index in a transaction with its history row."""

import itertools
import os
import shutil
import sqlite3
import sys
import time

from cluster import Cluster, Database
from measure import SCRATCH, Case, heading, measure, table
from tools import PEERS, Psql, present

PENDING = int(os.environ.get("PENDING", "1000"))
HERE = os.path.dirname(os.path.abspath(__file__))
WORK = f"{SCRATCH}/b"
HISTORY = "CREATE TABLE schema_migrations (version text PRIMARY KEY)"
TABLES = {"postgres": "SELECT count(*) FROM pg_tables WHERE tablename LIKE 't\\_%'",
          "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE 't\\_%' ESCAPE '\\'"}
serial = itertools.count(1)


class Bench:
    def __init__(self, cluster, engine, durable):
        self.cluster, self.engine, self.durable = cluster, engine, durable

    def empty_database(self):
        """A new one for every run. The old ones stay: dropping a database that was just filled slows down the next run."""
        name = f"b_{next(serial)}"
        if self.engine == "sqlite":
            return Database("sqlite", f"{WORK}/{name}.db")
        database = self.cluster.create(name)
        if not self.durable:
            self.cluster.sql("postgres", f"ALTER DATABASE {name} SET synchronous_commit = off")
        return database

    def sql(self, database, text):
        if self.engine == "postgres":
            return self.cluster.sql(database.name, text)
        with sqlite3.connect(database.name) as connection:
            return str((connection.execute(text).fetchone() or [""])[0])

    def case(self, tool, name=None, command=None):
        root = f"{WORK}/{self.engine}/{name or tool.name}".replace(" ", "_").replace(",", "")
        tool.write(root, 1, PENDING, self.engine)

        def before(case):
            self.database = self.empty_database()
            if command:
                self.sql(self.database, HISTORY)
            tool.prepare(root, self.database)
            case.command = command(root, self.database) if command else tool.up(root, self.database)
            if self.engine == "postgres":
                self.cluster.sql("postgres", "CHECKPOINT")
            os.sync()
            time.sleep(0.3)

        def check(_):
            count = self.sql(self.database, TABLES[self.engine])
            return None if count == str(PENDING) else f"made {count} tables of {PENDING}"

        return Case(name or tool.name, cwd=root, env=self.cluster.env, before=before, check=check)


def shell(text):
    return ["sh", "-c", text]


def postgres_floors(bench):
    psql = Psql()
    yield bench.case(psql, "floor: LuaJIT, a PQexec a file", lambda root, database: [
        "luajit", f"{HERE}/apply_floor.lua", database.conninfo, f"{root}/migrations"])
    yield bench.case(psql, "psql, one process, a -f a file", lambda root, database: shell(
        f"set --; for f in '{root}'/migrations/*; do set -- \"$@\" -f \"$f\"; done; "
        f"exec psql -Xq -v ON_ERROR_STOP=1 -d {database.name} \"$@\""))


def sqlite_floors(bench):
    yield bench.case(Psql(), "floor: sqlite3, one process", lambda root, database: shell(
        f"cat '{root}'/migrations/* | sqlite3 -bail '{database.name}'"))


def compare(bench, rounds, title):
    engine = bench.engine
    floors = postgres_floors(bench) if engine == "postgres" else sqlite_floors(bench)
    cases = [*floors, *(bench.case(tool) for tool in present(PEERS) if engine in tool.engines)]
    measure(cases, rounds)
    heading(title, rounds)
    table(cases, cases[0])


def main(rounds):
    for engine, durable, title in (("postgres", True, "PostgreSQL"),
                                   ("postgres", False, "PostgreSQL, synchronous_commit off: without the disk's noise"),
                                   ("sqlite", True, "SQLite")):
        shutil.rmtree(WORK, ignore_errors=True)
        with Cluster(SCRATCH) as cluster:
            compare(Bench(cluster, engine, durable), rounds, f"B: {PENDING:,} pending, {title}")
    shutil.rmtree(WORK, ignore_errors=True)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
