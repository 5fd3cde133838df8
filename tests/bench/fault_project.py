"""Twelve migrations whose effects can be counted, written for each tool, and what a database says became of them."""

import json
import os

from tools import FIRST_VERSION, Dbmate, GolangMigrate, Goose, TideSql

COUNT = 12
INDEXES = {5: "CREATE INDEX CONCURRENTLY i_5 ON big (n)", 9: "CREATE INDEX CONCURRENTLY IF NOT EXISTS i_9 ON big (m)"}

# what is there before the first migration; the indexes take long enough to be met
SEED = """
CREATE TABLE big AS SELECT i AS n, i % 1000 AS m FROM generate_series(1, 100000) i;
CREATE TABLE effects (version int NOT NULL);
CREATE TABLE ledger (total int NOT NULL);
INSERT INTO ledger VALUES (0);
"""

FOUND = """
SELECT json_build_object(
  'effects', (SELECT coalesce(json_object_agg(version, times), '{}') FROM (SELECT version, count(*) AS times FROM effects GROUP BY 1) e),
  'tables', (SELECT coalesce(json_agg(relname), '[]') FROM pg_class WHERE relkind = 'r' AND relname LIKE 't\\_%'),
  'indexes', (SELECT coalesce(json_object_agg(relname, indisvalid), '{}') FROM pg_index JOIN pg_class ON oid = indexrelid WHERE relname LIKE 'i\\_%'),
  'ledger', (SELECT total FROM ledger))
"""


def statements(number):
    if number in INDEXES:
        return [INDEXES[number]]
    return [f"INSERT INTO effects VALUES ({number})", f"CREATE TABLE t_{number} (n int PRIMARY KEY)",
            f"INSERT INTO t_{number} SELECT generate_series(1, 300)", f"UPDATE ledger SET total = total + {number}"]


def up_section(number):
    return ";\n".join(statements(number)) + ";\n"


class Tide(TideSql):
    name = "tide"
    applied = "SELECT version FROM tide.migrations WHERE state = 'applied'"
    marked = "SELECT version FROM tide.migrations WHERE state <> 'applied'"
    table = "tide.migrations"

    def file(self, number):
        return ("-- tide:no-transaction\n" if number in INDEXES else "") + "-- tide:up\n" + up_section(number)


class GooseFaults(Goose):
    applied = "SELECT version_id FROM goose_db_version WHERE is_applied AND version_id > 0"
    marked = None
    table = "goose_db_version"

    def file(self, number):
        return ("-- +goose NO TRANSACTION\n" if number in INDEXES else "") + "-- +goose Up\n" + up_section(number)


class DbmateFaults(Dbmate):
    applied = "SELECT version FROM schema_migrations"
    marked = None
    table = "schema_migrations"

    def file(self, number):
        return "-- migrate:up" + (" transaction:false" if number in INDEXES else "") + "\n" + up_section(number) + "\n-- migrate:down\n"


class MigrateFaults(GolangMigrate):
    """Keeps one version, and whether it is `dirty`: everything below it is applied."""

    applied = (f"SELECT v FROM generate_series({FIRST_VERSION + 1}, {FIRST_VERSION + COUNT}) v, schema_migrations "
               "WHERE v < version OR (v = version AND NOT dirty)")
    marked = "SELECT version FROM schema_migrations WHERE dirty"
    table = "schema_migrations"

    def file(self, number):
        return up_section(number) if number in INDEXES else "BEGIN;\n" + up_section(number) + "COMMIT;\n"


TOOLS = [Tide(), DbmateFaults(), GooseFaults(), MigrateFaults()]


def write(tool, root):
    os.makedirs(f"{root}/{tool.folder}", exist_ok=True)
    for number in range(1, COUNT + 1):
        with open(f"{root}/{tool.folder}/{FIRST_VERSION + number}{tool.suffix}", "w") as file:
            file.write(tool.file(number))


class State:
    """What is there of each migration ("all", "none", or what is wrong), and what the history says."""

    def __init__(self, cluster, tool, name):
        found = json.loads(cluster.sql(name, FOUND))
        self.there = {number: self._there(found, number) for number in range(1, COUNT + 1)}
        total = sum(number * found["effects"].get(str(number), 0) for number in range(1, COUNT + 1))
        self.ledger_is_right = found["ledger"] == total
        has_history = cluster.sql(name, f"SELECT to_regclass('{tool.table}') IS NOT NULL") == "t"
        self.applied = numbers(cluster, name, tool.applied) if has_history else []
        self.marked = numbers(cluster, name, tool.marked) if has_history and tool.marked else []

    def _there(self, found, number):
        if number in INDEXES:
            return {True: "all", False: "an invalid index", None: "none"}[found["indexes"].get(f"i_{number}")]
        times, table = found["effects"].get(str(number), 0), f"t_{number}" in found["tables"]
        return {(0, False): "none", (1, True): "all"}.get((times, table), f"{times} times, table {table}")

    def lies(self):
        """Where the history is not true; a migration that it calls failed, dirty or running may be in any state."""
        lies = [] if self.ledger_is_right else ["the ledger is wrong"]
        for number, there in self.there.items():
            if number in self.applied and there != "all":
                lies.append(f"{number} applied, but there is {there}")
            if number not in self.applied and number not in self.marked and there != "none":
                lies.append(f"{number} not recorded, but there is {there}")
        if len(set(self.applied)) != len(self.applied):
            lies.append("recorded twice")
        return lies

    def complete(self):
        return set(self.applied) == set(self.there) and not self.marked and set(self.there.values()) == {"all"} and not self.lies()


def numbers(cluster, name, query):
    return [int(version) - FIRST_VERSION for version in cluster.sql(name, query).split()]
