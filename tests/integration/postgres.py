"""A real PostgreSQL in a temporary folder on a free loopback port; the system's own clusters are not touched."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from dondoc.store.database import open_engine
from dondoc.store.schema import migrate
from tests.integration.ports import free_port

_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
_ELSEWHERE = shutil.which("initdb")
POSTGRES = _DEBIAN[-1].parent if _DEBIAN else Path(_ELSEWHERE).parent if _ELSEWHERE else None
"""Where its programs are; None where it is not installed."""
_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}
"""A test's database need not outlive the machine."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """The running server, and new databases in it, which cost some 30 ms each because they are copies."""

    port: int
    programs: Path
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def do(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def prepare(self) -> None:
        """Make the database that the others are copies of."""
        self.do("CREATE DATABASE dondoc")
        engine = open_engine(self.url("dondoc"))
        migrate(engine)
        engine.dispose()

    @contextmanager
    def database(self, like: str = "dondoc") -> Iterator[str]:
        """The URL of a new database: with Dondoc's tables, or empty when it is to be `like` template0."""
        name = f"test_{next(self._numbers)}"
        self.do(f"CREATE DATABASE {name} TEMPLATE {like}")
        try:
            yield self.url(name)
        finally:
            self.do(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def postgres() -> Iterator[Postgres]:
    assert POSTGRES is not None
    # PostgreSQL refuses to run as root; where the tests do, it belongs to its own user, who must reach the folder.
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    with tempfile.TemporaryDirectory(prefix="dondoc-postgres", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        os.chown(home, owner.pw_uid, owner.pw_gid)
        user, group = (owner.pw_uid, owner.pw_gid) if os.getuid() == 0 else (None, None)
        new = [
            str(POSTGRES / "initdb"),
            "-D",
            str(home / "data"),
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
            "-E",
            "UTF8",
        ]
        new.append("--locale=C.UTF-8")
        subprocess.run(new, check=True, stdout=subprocess.DEVNULL, cwd=home, user=user, group=group)
        port = free_port()
        settings = {**_FAST, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        with (home / "log").open("wb") as log:
            command = [str(POSTGRES / "postgres"), "-D", str(home / "data"), "-p", str(port), *options]
            process = subprocess.Popen(command, stderr=log, cwd=home, user=user, group=group)
        try:
            server = Postgres(port, POSTGRES)
            _wait(process, server, home / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # at once, whoever is still connected
            process.wait(20)


def _wait(process: subprocess.Popen[bytes], server: Postgres, log: Path) -> None:
    for _ in range(400):
        try:
            with closing(psycopg.connect(server.url("postgres"))):
                return
        except psycopg.OperationalError:
            if process.poll() is not None:
                break
            time.sleep(0.05)
    raise AssertionError(f"postgres does not answer: {log.read_text('utf-8', 'replace')}")
