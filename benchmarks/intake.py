"""Replies that come in: kept, understood, recorded and confirmed, against parsing and inserting them and no more."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks.figures import Figure
from benchmarks.places import Place, a_place, plan_of
from dondoc.mail.maildir_in import MaildirMailbox
from dondoc.services.consult import open_due
from dondoc.services.intake import hear
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.script import Reply
from dondoc.store.tables import ResponseRow

_SAID = ("Nhất trí", "ok em", "Đơn vị thống nhất với đề xuất của Cụm trưởng.", "dong y")
_CHUNK = 100


def measure(*, quick: bool) -> Iterator[Figure]:
    replies, units = (200, 50) if quick else (10_000, 2_001)
    with a_place("2024-04-01 08:00", plan_of(units)) as place, TemporaryDirectory(prefix="dondoc-bench-") as folder:
        open_due(place.office)
        ours = worked = bare = 0.0
        with closing(_bare_record(Path(folder))) as db:
            for messages in _replies(place, replies):
                inbox = Path(folder) / "inbox"
                _put_into(inbox, messages)
                began, before = time.perf_counter(), time.process_time()
                hear(place.office, MaildirMailbox(inbox), "benchmark")
                ours, worked = ours + time.perf_counter() - began, worked + time.process_time() - before
                began = time.perf_counter()
                _keep_bare(db, messages)
                bare += time.perf_counter() - began
        with place.office.sessions.reading() as session:
            recorded = session.scalar(select(func.count()).select_from(ResponseRow))
    if recorded != replies:
        raise RuntimeError(f"{recorded} of {replies} replies were recorded")
    yield Figure(
        f"intake of {replies:,} replies",
        f"{replies / ours:,.0f}/s ({1000 * worked / replies:.1f} ms of CPU each): kept, understood, recorded,"
        " confirmation queued",
        f"parsed and inserted, a transaction each: {replies / bare:,.0f}/s",
        bare / ours,
    )


def _replies(place: Place, number: int) -> Iterator[list[bytes]]:
    """Every unit in turn, again and again, as its mail program sends it, with the letter quoted below."""
    units = [unit.id for unit in place.plan.consulted_on(place.clock.at.date())]
    for first in range(0, number, _CHUNK):
        place.clock.at += timedelta(minutes=1)
        with place.office.sessions.reading() as session:
            yield [
                as_replied(
                    place.office,
                    session,
                    place.plan.id,
                    f"opinion/visit-2024-q2/{units[n % len(units)]}",
                    Reply.model_validate({"unit": units[n % len(units)], "request": "", "text": _SAID[n % 4]}),
                )
                for n in range(first, min(first + _CHUNK, number))
            ]


def _put_into(inbox: Path, messages: Sequence[bytes]) -> None:
    for box in ("new", "cur", "tmp"):
        (inbox / box).mkdir(parents=True, exist_ok=True)
    there = sum(1 for _ in (inbox / "new").iterdir())
    for n, message in enumerate(messages, there):
        (inbox / "new" / f"{n:06}.benchmark").write_bytes(message)


def _bare_record(folder: Path) -> sqlite3.Connection:
    db = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for statement in (
        "PRAGMA journal_mode=WAL",
        "PRAGMA synchronous=FULL",
        "CREATE TABLE messages (id INTEGER PRIMARY KEY, message_id TEXT, sender TEXT, text TEXT, content BLOB)",
    ):
        db.execute(statement)
    return db


def _keep_bare(db: sqlite3.Connection, messages: Sequence[bytes]) -> None:
    for content in messages:
        message = message_from_bytes(content, policy=policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        db.execute(
            "INSERT INTO messages (message_id, sender, text, content) VALUES (?, ?, ?, ?)",
            (str(message["Message-ID"]), str(message["From"]), text, content),
        )
