"""G: the schema of 500 tables as a value, against its catalog queries by psql and against pg_dump; two of them compared."""

import os
import re
import shutil
import subprocess
import sys

from cluster import Cluster
from measure import SCRATCH, Case, heading, measure, table

TABLES = 500
TIDE = os.environ["TIDE"]
WORK = f"{SCRATCH}/g"
STATEMENT = re.compile(r"LOG:  (?:statement|execute [^:]*): (.*)")


def schema():
    yield "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.changed_at = now(); RETURN NEW; END $$;"
    for i in range(20):
        yield f"CREATE TYPE state_{i} AS ENUM ('new', 'open', 'done');"
        yield f"CREATE FUNCTION f_{i}(a integer, b text DEFAULT 'x') RETURNS integer LANGUAGE sql AS 'SELECT a + {i}';"
    for i in range(TABLES):
        parents = "".join(f", p{k}_id bigint REFERENCES t_{(i * 7 + k) % i}" for k in range(2)) if i else ""
        yield (f"CREATE TABLE t_{i} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code text NOT NULL UNIQUE, "
               f"name varchar(80) NOT NULL, amount numeric(12,2) NOT NULL DEFAULT 0 CHECK (amount >= 0), "
               f"state state_{i % 20} DEFAULT 'new', tags text[], data jsonb, created_at timestamptz NOT NULL DEFAULT now(), "
               f"changed_at timestamptz{parents});")
        yield f"CREATE INDEX ON t_{i} (name); CREATE INDEX ON t_{i} (lower(code)) WHERE amount > 0;"
        yield f"COMMENT ON TABLE t_{i} IS 'table number {i}';"
        if i % 5 == 0:
            yield f"CREATE TRIGGER touched BEFORE UPDATE ON t_{i} FOR EACH ROW EXECUTE FUNCTION touch();"
        if i % 10 == 0:
            yield f"CREATE VIEW v_{i} AS SELECT id, code, amount FROM t_{i} WHERE state = 'open';"


def queries_of_a_snapshot(cluster, database):
    """What the server was asked, from its own log, as a script for psql."""
    log = f"{cluster.data}/log"
    cluster.sql("g", "ALTER DATABASE g SET log_statement = 'all'")
    begin = os.path.getsize(log)
    subprocess.run([TIDE, "--url", database.url, "snapshot", f"{WORK}/a.json"], check=True, cwd=WORK, env=cluster.env)
    cluster.sql("g", "ALTER DATABASE g RESET log_statement")
    statements = []
    with open(log) as file:
        file.seek(begin)
        for line in file:
            found = STATEMENT.search(line)
            if found:
                statements.append(found[1])
            elif line.startswith("\t") and statements:
                statements[-1] += "\n" + line[1:].rstrip("\n")
    asked = [text for text in statements if not text.startswith("ALTER DATABASE")]
    with open(f"{WORK}/queries.sql", "w") as script:
        script.write("".join(f"{text.rstrip(';')};\n" for text in asked))
    return len(asked)


def main(rounds):
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    with Cluster(SCRATCH) as cluster:
        database = cluster.create("g")
        with open(f"{WORK}/schema.sql", "w") as script:
            script.write("BEGIN;\n" + "\n".join(schema()) + "\nCOMMIT;\n")
        subprocess.run(["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", "g", "-f", f"{WORK}/schema.sql"], check=True,
                       env=cluster.env)
        cluster.sql("g", "VACUUM (ANALYZE)")
        count = queries_of_a_snapshot(cluster, database)
        cases = [
            Case(f"psql, the same {count} statements", ["sh", "-c", f"psql -XAtq -d g -f '{WORK}/queries.sql' > /dev/null"],
                 env=cluster.env),
            Case("tide snapshot", ["sh", "-c", f"'{TIDE}' --url '{database.url}' snapshot > /dev/null"], cwd=WORK,
                 env=cluster.env),
            Case("pg_dump --schema-only", ["sh", "-c", "pg_dump --schema-only -d g > /dev/null"], env=cluster.env),
        ]
        measure(cases, rounds)
        heading(f"G: the schema of {TABLES} tables", rounds)
        table(cases, cases[0], "ms")
        cluster.sql("g", "ALTER TABLE t_7 ALTER COLUMN name TYPE text; DROP TABLE t_499; CREATE INDEX extra ON t_8 (amount)")
        subprocess.run([TIDE, "--url", database.url, "snapshot", f"{WORK}/c.json"], check=True, cwd=WORK, env=cluster.env)
    # exit code 5 says that something differs
    diff = Case("tide diff of two files", ["sh", "-c", f"'{TIDE}' -q diff a.json c.json; test $? = 5"], cwd=WORK)
    same = Case("tide diff of a file with itself", [TIDE, "-q", "diff", "a.json", "a.json"], cwd=WORK)
    measure([diff, same], rounds)
    heading(f"G: two snapshots of {os.path.getsize(f'{WORK}/a.json') / 1e6:.1f} MB compared", rounds)
    table([diff, same], diff, "ms")


main(int(sys.argv[1]) if len(sys.argv) > 1 else 11)
