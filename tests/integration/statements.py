"""Counting what is asked of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from tests.integration.office import Desk


@contextmanager
def counted(desk: Desk) -> Iterator[list[str]]:
    """The statements that are sent to the database meanwhile."""
    sent: list[str] = []

    def note(*args: object) -> None:
        sent.append(str(args[2]))

    event.listen(desk.office.sessions.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(desk.office.sessions.engine, "before_cursor_execute", note)
