"""A PostgreSQL server of its own for a bench: default settings (so with durability), on a unix socket, gone afterwards."""

import glob
import os
import pwd
import shutil
import subprocess
import tempfile

PORT = 54329


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
        self.socket = tempfile.mkdtemp(prefix="tide-bench-")
        # the server's own folder first: Debian's /usr/bin/psql is a Perl program that starts the real one
        self.env = dict(os.environ, PATH=f"{self.bin}:{os.environ['PATH']}", PGHOST=self.socket, PGPORT=str(PORT), PGUSER="postgres")

    def __enter__(self):
        shutil.rmtree(self.data, ignore_errors=True)
        os.makedirs(self.data)
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(self.data, account.pw_uid, account.pw_gid)
            os.chown(self.socket, account.pw_uid, account.pw_gid)
        os.chmod(self.socket, 0o755)
        self._server("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-locale", "-D", self.data)
        options = f"-p {PORT} -k {self.socket} -c listen_addresses=127.0.0.1"
        self._server("pg_ctl", "-s", "-w", "-D", self.data, "-o", options, "-l", f"{self.data}/log", "start")
        return self

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

    def create(self, database):
        self.sql("postgres", f'CREATE DATABASE "{database}"')
        return Database("postgres", database, self.socket)


class Database:
    """Where a tool is pointed: a database of the cluster, or (engine sqlite) a file."""

    def __init__(self, engine, name, socket=None):
        self.engine, self.name, self.socket = engine, name, socket

    @property
    def conninfo(self):
        return f"host={self.socket} port={PORT} user=postgres dbname={self.name} sslmode=disable"

    @property
    def url(self):
        if self.engine == "sqlite":
            return f"sqlite:{self.name}"
        host = self.socket.replace("/", "%2F")
        return f"postgres://postgres@/{self.name}?host={host}&port={PORT}&sslmode=disable"
