"""A real office in a temporary folder: the 2024 plan, a real database, the real letters, a clock that tests set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from dondoc.clock import SetClock, local
from dondoc.config import PROJECT, Settings
from dondoc.domain.plan import Plan
from dondoc.domain.states import Channel, Verdict
from dondoc.mail.transport import MaildirTransport
from dondoc.planfile import load_plan as read_plan
from dondoc.runtime import build_office
from dondoc.services.answers import Answer, Recorded, record
from dondoc.services.consult import open_due
from dondoc.services.deliver import Delivered, deliver
from dondoc.services.follow_up import follow_up
from dondoc.services.office import Office
from dondoc.services.plans import load_plan
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from dondoc.store.outbox import Claimed, Posted, enqueue
from dondoc.store.schema import migrate
from dondoc.store.tables import HistoryRow, LetterRow, OccurrenceRow, ProblemRow
from tests.integration.databases import a_database

PLAN = "hcsn-2024"
UNITS = ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp", "khoi-tnmt", "khoi-nnptnt")
LEADER = "bi-thu.khoi-dcd@example.org"
"""The mailbox of the head in 2024."""
HEAD = Actor("Cụm trưởng", Channel.COMMAND)


@dataclass(frozen=True, slots=True)
class Desk:
    """An office, and short words for what happens in it."""

    office: Office
    clock: SetClock
    settings: Settings

    def at(self, moment: str) -> Desk:
        """Set the clock: `2024-04-01 08:15`, local time."""
        self.clock.at = local(datetime.fromisoformat(moment))
        return self

    def run(self) -> None:
        """What the scheduled runs do, letters included."""
        open_due(self.office)
        follow_up(self.office)
        self.send()

    def send(self, on_sent: Callable[[Claimed], object] = lambda _: None) -> Delivered:
        with MaildirTransport(self.settings.data / "maildir", self.clock) as transport:
            return deliver(
                self.office.sessions,
                transport,
                self.clock,
                account="test",
                sender=lambda _: "bounces@doan.example.org",
                on_sent=on_sent,
            )

    def answer(
        self,
        unit: str,
        verdict: Verdict = Verdict.AGREE,
        comment: str = "",
        *,
        occurrence: str = "visit-2024-q2",
        source: str | None = None,
    ) -> Recorded:
        return record(
            self.office,
            PLAN,
            Answer(
                request=f"opinion/{occurrence}/{unit}",
                verdict=verdict,
                comment=comment,
                by=f"{unit}@example.org",
                channel=Channel.WEB,
                source=source or f"test/{unit}/{self.clock.at.isoformat()}",
            ),
        )

    def everyone_answers(self, *but: str) -> None:
        for unit in UNITS:
            if unit not in but:
                self.answer(unit)

    def letters(self, kind: str = "") -> list[str]:
        """The keys of all letters (of a kind), in the order of writing."""
        with self.office.sessions.reading() as session:
            rows = session.scalars(select(LetterRow.key).order_by(LetterRow.id)).all()
        return [key for key in rows if key.startswith(kind)]

    def letter(self, key: str) -> LetterRow:
        with self.office.sessions.reading() as session:
            row = session.scalars(select(LetterRow).where(LetterRow.key == key)).one()
            assert row.content
            return row

    def queue_copies(self, number: int) -> None:
        """Queue the letter that asks so-y-te again, under keys of its own."""
        written = self.letter("consultation_request/visit-2024-q2/so-y-te")
        copies = [
            Posted(
                plan_id=PLAN,
                key=f"copy/{n}",
                kind=written.kind,
                addressee=written.addressee,
                address=f"copy-{n}@example.org",
                occurrence=written.occurrence,
                subject=written.subject,
                message_id=f"<copy-{n}@example.org>",
                content=written.content,
            )
            for n in range(number)
        ]
        with self.office.sessions.writing() as session:
            enqueue(session, copies, self.clock.now())

    def occurrence(self, key: str = "visit-2024-q2") -> OccurrenceRow:
        with self.office.sessions.reading() as session:
            return session.scalars(select(OccurrenceRow).where(OccurrenceRow.key == key)).one()

    def problems(self) -> dict[str, str]:
        """Every problem's key with its state."""
        with self.office.sessions.reading() as session:
            return {row.key: row.state.value for row in session.scalars(select(ProblemRow).order_by(ProblemRow.id))}

    def events(self) -> list[str]:
        with self.office.sessions.reading() as session:
            return list(session.scalars(select(HistoryRow.event).order_by(HistoryRow.id)))


def plan_2024() -> Plan:
    return read_plan(PROJECT / "config" / "plans" / "hcsn-2024.yaml")


@contextmanager
def an_office(folder: Path, moment: str = "2024-04-01 07:00", plan: Plan | None = None) -> Iterator[Desk]:
    """An office in which the 2024 plan was loaded at `moment`."""
    with a_database(folder) as url:
        settings = Settings(data=folder, database_url=url, _env_file=None)
        engine = open_engine(url)
        try:
            migrate(engine)
            clock = SetClock(local(datetime.fromisoformat(moment)))
            desk = Desk(build_office(settings, Sessions(engine), clock), clock, settings)
            load_plan(desk.office, plan or plan_2024(), Actor("test", Channel.COMMAND))
            yield desk
        finally:
            engine.dispose()
