"""The migration tools that are compared: what their files look like and how they are called."""

import glob
import os
import shutil

SCRATCH = os.environ["TIDE_BENCH"]
FIRST_VERSION = 20240000000000

COLUMNS = {
    "postgres": "id bigint PRIMARY KEY, name text NOT NULL, amount numeric(12,2) NOT NULL DEFAULT 0, "
                "active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL DEFAULT now()",
    "sqlite": "id integer PRIMARY KEY, name text NOT NULL, amount numeric NOT NULL DEFAULT 0, "
              "active boolean NOT NULL DEFAULT 1, created_at text NOT NULL DEFAULT CURRENT_TIMESTAMP",
}


def statements(number, engine):
    table = f"t_{number:05d}"
    return (f"CREATE TABLE {table} ({COLUMNS[engine]})", f"CREATE INDEX {table}_name_idx ON {table} (name)",
            f"DROP TABLE {table}")


class Tool:
    """`text` gives one migration's file, `up` and `status` the command line for a folder and a database."""

    name, suffix, folder, engines = "", "_t.sql", "migrations", ("postgres", "sqlite")

    def program(self):
        """The path of the executable, None when it is not installed."""
        raise NotImplementedError

    def write(self, root, first, last, engine):
        os.makedirs(f"{root}/{self.folder}", exist_ok=True)
        for number in range(first, last + 1):
            with open(f"{root}/{self.folder}/{FIRST_VERSION + number}{self.suffix}", "w") as file:
                file.write(self.text(number, *statements(number, engine)))

    def prepare(self, root, database):
        """Files that name the database; called before every change of it."""

    def env(self, database):
        return {}


class Tide(Tool):
    name, suffix = "tide, Lua", "_t.lua"

    def program(self):
        return shutil.which(os.environ["TIDE"])

    def text(self, number, table, index, drop):
        return (f"return {{\n  up = function(db)\n    db:execute [[{table}]]\n    db:execute [[{index}]]\n  end,\n"
                f"  down = function(db) db:execute [[{drop}]] end,\n}}\n")

    def status(self, root, database):
        return [self.program(), "--url", database.url, "status"]

    def up(self, root, database):
        return [self.program(), "--url", database.url, "up"]


class TideSql(Tide):
    name, suffix = "tide, SQL", "_t.sql"

    def text(self, number, table, index, drop):
        return f"-- tide:up\n{table};\n{index};\n-- tide:down\n{drop};\n"


class Goose(Tool):
    name = "goose"

    def program(self):
        return shutil.which(f"{SCRATCH}/bin/goose")

    def text(self, number, table, index, drop):
        return f"-- +goose Up\n{table};\n{index};\n\n-- +goose Down\n{drop};\n"

    def _command(self, root, database, verb):
        target = ["postgres", database.conninfo] if database.engine == "postgres" else ["sqlite3", database.name]
        return [self.program(), "-dir", f"{root}/{self.folder}", *target, verb]

    def status(self, root, database):
        return self._command(root, database, "status")

    def up(self, root, database):
        return self._command(root, database, "up")


class Dbmate(Tool):
    name = "dbmate"

    def program(self):
        found = glob.glob(f"{SCRATCH}/npm/node_modules/@dbmate/*/bin/dbmate")
        return found[0] if found else None

    def text(self, number, table, index, drop):
        return f"-- migrate:up\n{table};\n{index};\n\n-- migrate:down\n{drop};\n"

    def _command(self, root, database, verb):
        return [self.program(), "--url", database.url, "-d", f"{root}/{self.folder}", "--no-dump-schema", verb]

    def status(self, root, database):
        return self._command(root, database, "status")

    def up(self, root, database):
        return self._command(root, database, "migrate")


class GolangMigrate(Tool):
    name, suffix, engines = "golang-migrate", "_t.up.sql", ("postgres",)

    def program(self):
        return shutil.which(f"{SCRATCH}/bin/migrate")

    def text(self, number, table, index, drop):
        return f"BEGIN;\n{table};\n{index};\nCOMMIT;\n"

    def _command(self, root, database, verb):
        return [self.program(), "-path", f"{root}/{self.folder}", "-database", database.url, verb]

    def status(self, root, database):
        return self._command(root, database, "version")

    def up(self, root, database):
        return self._command(root, database, "up")


class Alembic(Tool):
    name, suffix, folder = "alembic", "_t.py", "alembic/versions"

    def program(self):
        return shutil.which("/usr/bin/alembic")

    def text(self, number, table, index, drop):
        before = repr(str(FIRST_VERSION + number - 1)) if number > 1 else None
        return (f'from alembic import op\nrevision = "{FIRST_VERSION + number}"\ndown_revision = {before}\n\n'
                f'def upgrade():\n    op.execute("{table}")\n    op.execute("{index}")\n\n'
                f'def downgrade():\n    op.execute("{drop}")\n')

    def prepare(self, root, database):
        url = (f"postgresql+psycopg2:///{database.name}" if database.engine == "postgres" else f"sqlite:///{database.name}")
        with open(f"{root}/alembic.ini", "w") as file:
            file.write(f"[alembic]\nscript_location = alembic\nsqlalchemy.url = {url}\n")
        with open(f"{root}/alembic/env.py", "w") as file:
            file.write("from alembic import context\nfrom sqlalchemy import create_engine, pool\n"
                       "url = context.config.get_main_option('sqlalchemy.url')\n"
                       "with create_engine(url, poolclass=pool.NullPool).connect() as connection:\n"
                       "    context.configure(connection=connection, transaction_per_migration=True)\n"
                       "    with context.begin_transaction():\n        context.run_migrations()\n")

    def status(self, root, database):
        return [self.program(), "current"]

    def up(self, root, database):
        return [self.program(), "upgrade", "head"]


class Psql(Tool):
    """Not a migration tool: files that record themselves, for the floors."""

    name = "psql"

    def program(self):
        return shutil.which("psql")

    def text(self, number, table, index, drop):
        return (f"BEGIN;\n{table};\n{index};\n"
                f"INSERT INTO schema_migrations (version) VALUES ('{FIRST_VERSION + number}');\nCOMMIT;\n")


PEERS = [Tide(), TideSql(), Goose(), Dbmate(), GolangMigrate(), Alembic()]


def present(tools):
    """Those that are installed; says which are not."""
    for tool in tools:
        if not tool.program():
            print(f"left out, not installed: {tool.name}", flush=True)
    return [tool for tool in tools if tool.program()]


# alembic would compile every revision again
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
