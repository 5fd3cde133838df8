"""A PostgreSQL server of its own for a bench: default settings (so with durability), on a unix socket, gone afterwards."""

import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

FILL = """
CREATE TABLE r (id bigint PRIMARY KEY, name text NOT NULL, qty int NOT NULL, price float8 NOT NULL, active bool NOT NULL,
                created_at timestamptz NOT NULL);
INSERT INTO r SELECT i, 'customer number ' || i, (i * 7919) % 1000, (i % 100000) / 7.0, i % 3 = 0,
                     timestamptz '2024-01-01' + i * interval '1.5 second' FROM generate_series(1::bigint, {rows}) i;
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def newest_bin():
    folders = glob.glob("/usr/lib/postgresql/*/bin")
    if not folders:
        raise SystemExit("no PostgreSQL server is installed")
    return max(folders, key=lambda folder: int(folder.split("/")[4]))


class Cluster:
    def __init__(self, scratch):
        self.bin = newest_bin()
        self.user = "postgres" if os.geteuid() == 0 else None  # the server refuses root
        self.data = os.path.join(scratch, "cluster")
        self.port = free_port()
        self.socket = tempfile.mkdtemp(prefix="tide-bench-")
        # the server's own folder first: Debian's /usr/bin/psql is a Perl program that starts the real one
        self.env = dict(os.environ, PATH=f"{self.bin}:{os.environ['PATH']}",
                        PGHOST=self.socket, PGPORT=str(self.port), PGUSER="postgres")

    def __enter__(self):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # by way of __exit__
        shutil.rmtree(self.data, ignore_errors=True)
        os.makedirs(self.data)
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(self.data, account.pw_uid, account.pw_gid)
            os.chown(self.socket, account.pw_uid, account.pw_gid)
        os.chmod(self.socket, 0o755)
        self._server("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D", self.data)
        self.start()
        return self

    def start(self):
        options = f"-p {self.port} -k {self.socket} -c listen_addresses=127.0.0.1"
        self._server("pg_ctl", "-s", "-w", "-D", self.data, "-o", options, "-l", f"{self.data}/log", "start")

    def crash(self):
        self._server("pg_ctl", "-s", "-w", "-D", self.data, "-m", "immediate", "stop")
        self.start()

    def __exit__(self, *_):
        self._server("pg_ctl", "-s", "-w", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.data)
        shutil.rmtree(self.socket)

    def _server(self, program, *arguments):
        subprocess.run([f"{self.bin}/{program}", *arguments], check=True, cwd="/", user=self.user,
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def sql(self, database, text):
        command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text]
        return subprocess.run(command, check=True, env=self.env, capture_output=True, text=True).stdout.strip()

    def create(self, database, rows=0):
        """With a table r of six columns, where `rows` says how many it has."""
        self.sql("postgres", f'CREATE DATABASE "{database}"')
        if rows:
            self.sql(database, FILL.format(rows=rows))
            self.sql(database, "VACUUM (ANALYZE, FREEZE) r")
        return Database("postgres", database, self.socket, self.port)


class Database:
    """Where a tool is pointed: a database of the cluster, or (engine sqlite) a file."""

    def __init__(self, engine, name, socket_folder=None, port=None):
        self.engine, self.name, self.socket, self.port = engine, name, socket_folder, port

    @property
    def conninfo(self):
        return f"host={self.socket} port={self.port} user=postgres dbname={self.name} sslmode=disable"

    @property
    def url(self):
        if self.engine == "sqlite":
            return f"sqlite:{self.name}"
        host = self.socket.replace("/", "%2F")
        return f"postgres://postgres@/{self.name}?host={host}&port={self.port}&sslmode=disable"
