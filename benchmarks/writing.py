"""Letters that are written: into the outbox, rendered into it, and a whole consultation, against bare inserts."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from tempfile import TemporaryDirectory

from sqlalchemy import select
from sqlalchemy.orm import undefer

from benchmarks.delivery import clear_out, letters_like_a_request
from benchmarks.figures import Figure, at_least, at_most, in_turn
from benchmarks.places import Place, a_place, plan_of
from dondoc.services.consult import open_due
from dondoc.store.outbox import Posted, enqueue
from dondoc.store.tables import LetterRow

_CHUNK = 100
"""Letters in one transaction, as the services write them."""


def measure(*, quick: bool) -> Iterator[Figure]:
    letters, rounds, units = (500, 3, 70) if quick else (5000, 5, 7000)
    with a_place("2024-04-01 08:00") as place:
        posted = letters_like_a_request(place, letters)
        ours, bare = in_turn(lambda: _ours(place, posted), lambda: _bare(posted), rounds=rounds)
    yield Figure(
        "enqueue",
        f"{letters / ours:,.0f} letters/s, {_CHUNK} a transaction",
        f"bare sqlite3 insert of the same rows: {letters / bare:,.0f}/s",
        bare / ours,
        *at_least(bare / ours, 0.3),
    )
    with a_place("2024-04-01 08:00", plan_of(units)) as place:
        began, worked = time.perf_counter(), time.process_time()
        open_due(place.office)
        taken, worked = time.perf_counter() - began, time.process_time() - worked
        written = _written(place)
    (inserted,) = in_turn(lambda: _bare(written), rounds=1)
    compared = f"bare sqlite3 insert of the {len(written):,} letters: {inserted:.1f} s"
    what = f"{taken:.0f} s ({worked:.0f} of CPU): opened, rendered, queued"
    yield Figure(
        f"a consultation of {units:,} units",
        what,
        compared,
        inserted / taken,
        *(at_most(taken, 60, " s") if units == 7000 else ()),
    )


def _written(place: Place) -> list[Posted]:
    with place.office.sessions.reading() as session:
        rows = session.scalars(select(LetterRow).options(undefer(LetterRow.content)))
        return [
            Posted(r.plan_id, r.key, r.kind, r.addressee, r.address, r.occurrence, r.subject, r.message_id, r.content)
            for r in rows
        ]


@contextmanager
def _ours(place: Place, letters: Sequence[Posted]) -> Iterator[Callable[[], object]]:
    clear_out(place)

    def write() -> None:
        for first in range(0, len(letters), _CHUNK):
            with place.office.sessions.writing() as session:
                enqueue(session, letters[first : first + _CHUNK], place.clock.now())

    yield write


@contextmanager
def _bare(letters: Sequence[Posted]) -> Iterator[Callable[[], object]]:
    """The same columns and indexes, and the same durability; nobody asks whether a letter is there already."""
    with TemporaryDirectory(prefix="dondoc-bench-") as folder, closing(sqlite3.connect(f"{folder}/bare.db")) as db:
        db.isolation_level = None
        for statement in _BARE:
            db.execute(statement)

        def write() -> None:
            for first in range(0, len(letters), _CHUNK):
                rows = [
                    (n.plan_id, n.key, n.kind, n.addressee, n.address, n.occurrence, n.subject, n.message_id, n.content)
                    for n in letters[first : first + _CHUNK]
                ]
                db.execute("BEGIN IMMEDIATE")
                db.executemany(
                    "INSERT INTO letters (plan_id, key, kind, addressee, address, occurrence, subject, message_id,"
                    " content, state, created_at, not_before, attempts, only_while_open)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', '2024-04-01', '2024-04-01', 0, 1)",
                    rows,
                )
                db.execute("COMMIT")

        yield write


_BARE = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "CREATE TABLE letters (id INTEGER PRIMARY KEY, plan_id TEXT, key TEXT, kind TEXT, addressee TEXT, address TEXT,"
    " occurrence TEXT, subject TEXT, message_id TEXT UNIQUE, content BLOB, request_id INTEGER, only_while_open BOOLEAN,"
    " asking INTEGER, state TEXT, created_at TEXT, not_before TEXT, claimed_until TEXT, attempts INTEGER,"
    " settled_at TEXT, sent_at TEXT, note TEXT, UNIQUE (plan_id, key))",
    "CREATE INDEX due ON letters (state, not_before)",
    "CREATE INDEX request ON letters (request_id, kind)",
)
