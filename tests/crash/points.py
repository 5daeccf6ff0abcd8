"""The moments of a process between which nothing changes outside of it, and its death at one of them.

Whatever outlives a process goes through a statement, a commit or a line to a server. Counting those gives every moment
at which a kill makes a difference, the same ones each time the same work is done: "the 37th" is reproducible, "after
40 milliseconds" is not.
"""

from __future__ import annotations

import mmap
import os
import re
import signal
import sqlite3
import struct
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

COMMIT: Final = "commit"
"""How the points just before and just after a commit begin."""
_NUMBERS: Final = struct.Struct("QQQ")
_SIZE: Final = 4096
_WRITES = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")
_STRAIGHT: Final = re.compile(r"BEGIN |UPDATE letters SET state = '")
"""Statements that go to the driver past SQLAlchemy (`store.database.straight`)."""
_SPEAKS: Final = {"smtplib.connect": "smtp connect", "smtplib.send": "smtp", "imaplib.open": "imap connect"} | {
    "imaplib.send": "imap"
}


@dataclass(frozen=True, slots=True)
class Fatal:
    """Where a process dies: at its n-th point, or at the n-th whose name is matched."""

    nth: int
    name: str = ""


class Board:
    """What a process says of itself, to be read also when it was killed: how many points it reached, and the last."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            file.write_bytes(bytes(_SIZE))
        with file.open("r+b") as opened:
            self._memory = mmap.mmap(opened.fileno(), _SIZE)

    def clear(self) -> None:
        self._memory[:] = bytes(_SIZE)

    def reached(self, number: int, commits: int, name: str) -> None:
        _NUMBERS.pack_into(self._memory, 0, number, self.port, commits)
        said = name.encode()[:200]
        self._memory[_NUMBERS.size : _NUMBERS.size + 256] = said.ljust(256, b"\0")

    def listens(self, port: int) -> None:
        _NUMBERS.pack_into(self._memory, 0, self.points, port, self.commits)

    @property
    def points(self) -> int:
        return int(_NUMBERS.unpack_from(self._memory)[0])

    @property
    def commits(self) -> int:
        """How many of the points were just before or just after a commit."""
        return int(_NUMBERS.unpack_from(self._memory)[2])

    @property
    def port(self) -> int:
        """Where it listens; 0: nowhere."""
        return int(_NUMBERS.unpack_from(self._memory)[1])

    @property
    def last(self) -> str:
        return self._memory[_NUMBERS.size : _NUMBERS.size + 256].rstrip(b"\0").decode(errors="replace")


class Points:
    """Counts the points of this process; at the fatal one it is gone."""

    def __init__(self, board: Board, fatal: Fatal | None) -> None:
        self._board, self._fatal = board, fatal
        self._name = re.compile(fatal.name) if fatal and fatal.name else None
        self._number = self._named = self._commits = 0
        self._one_at_a_time = Lock()
        """Each connection to the mail server has a thread of its own."""
        self._written: list[str] = []
        """The tables that the open transaction has changed."""

    def watch(self) -> None:
        event.listen(Engine, "before_cursor_execute", lambda *told: self._statement(told[2]))
        event.listen(Engine, "connect", self._listen)
        event.listen(Engine, "begin", lambda _connection: self._written.clear())
        event.listen(Engine, "commit", lambda _connection: self.reach(f"commit {self._tables()}"))
        event.listen(Session, "after_commit", lambda _session: self.reach(f"committed {self._tables()}"))
        sys.addaudithook(self._hear)

    def reach(self, name: str) -> None:
        with self._one_at_a_time:
            self._number += 1
            self._commits += name.startswith(COMMIT)
            self._board.reached(self._number, self._commits, name)
            if self._is_fatal(name):
                os.kill(os.getpid(), signal.SIGKILL)

    def _is_fatal(self, name: str) -> bool:
        if self._fatal is None:
            return False
        if self._name is None:
            return self._number == self._fatal.nth
        self._named += self._name.match(name) is not None
        return self._named == self._fatal.nth

    def _listen(self, connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            connection.set_trace_callback(lambda told: self._statement(told) if _STRAIGHT.match(told) else None)

    def _statement(self, statement: str) -> None:
        if (found := _WRITES.match(statement)) is not None and found[1] not in self._written:
            self._written.append(found[1])
        self.reach(" ".join(statement[:120].split()))

    def _tables(self) -> str:
        return " ".join(self._written)

    def _hear(self, happens: str, told: tuple[Any, ...]) -> None:
        if (speaks := _SPEAKS.get(happens)) is not None:
            line = told[1] if isinstance(told[1], bytes | str) else b""
            said = line.decode(errors="replace") if isinstance(line, bytes) else line
            self.reach(f"{speaks} {said[:40].splitlines()[0] if said.strip() else ''}")
