"""How far letters on their way are.

That is noted for each letter, twice. The statements are ready for the driver, because building them would take the
processor longer than all else that a run does with a letter.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.dialects import sqlite

from dondoc.store.database import straight
from dondoc.store.outbox import LEASE
from dondoc.store.tables import Instant

_BEGIN: Final = text(
    "UPDATE letters SET state = 'sending', claimed_until = :until, attempts = attempts + 1"
    " WHERE id = :letter AND state = 'queued'"
)
_END: Final = text(
    "UPDATE letters SET state = 'sent', claimed_until = NULL, claimed_boot = NULL,"
    " sent_at = :now, settled_at = :now, note = :response WHERE id = :letter AND state = 'sending'"
)


class Marks:
    """Notes on letters that a run has claimed, in short transactions over one connection."""

    def __init__(self, connection: Connection) -> None:
        dialect = connection.dialect
        named = sqlite.dialect(paramstyle="named") if dialect.name == "sqlite" else dialect
        self._begin, self._end = (str(statement.compile(dialect=named)) for statement in (_BEGIN, _END))
        self._moment: Any = Instant().bind_processor(dialect)
        self._connection = connection

    def together(self) -> AbstractContextManager[object]:
        """What is noted meanwhile is noted together, or not at all."""
        return self._connection.begin()

    def begin(self, letter: int, now: datetime) -> bool:
        """Say that a letter is on its way; False when somebody else has begun or withdrawn it."""
        until = self._moment(now + LEASE)
        return straight(self._connection, self._begin, {"letter": letter, "until": until}) == 1

    def end(self, letter: int, response: str, now: datetime) -> bool:
        """Say that a letter on its way was taken, with the server's answer; False when another run has given it up."""
        noted = {"letter": letter, "now": self._moment(now), "response": response}
        return straight(self._connection, self._end, noted) == 1
