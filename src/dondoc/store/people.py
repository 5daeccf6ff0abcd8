"""Reading who was named, who came, and what the units' calendars were told. Nothing here commits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.gathering import Preparation
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Mark, Person
from dondoc.domain.states import RequestKind
from dondoc.store.parts import in_parts
from dondoc.store.tables import RequestRow
from dondoc.store.tables_people import (
    InvitationRow,
    MarkRow,
    MinutesRow,
    NamedRow,
    NameListRow,
    PreparationRow,
)


@dataclass(frozen=True, slots=True)
class NotTaken:
    """A line of a list that names nobody."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One version of a unit's list."""

    row: NameListRow
    people: tuple[Person, ...]
    not_taken: tuple[NotTaken, ...]


def requests_for_people(session: Session, occurrence_id: int) -> Sequence[RequestRow]:
    return session.scalars(
        select(RequestRow)
        .where(RequestRow.occurrence_id == occurrence_id, RequestRow.kind == RequestKind.PARTICIPANTS)
        .order_by(RequestRow.id)
    ).all()


def latest_lists(session: Session, requests: Iterable[RequestRow]) -> dict[UnitId, Listed]:
    """The list that counts of each unit that gave one, in the order of `requests`; two queries for each
    thousand of them.
    """
    units = {row.id: UnitId(row.unit) for row in requests}
    latest: dict[int, NameListRow] = {}
    for some in in_parts(units):
        counts = NameListRow.request_id.in_(some), NameListRow.refused.is_(None)
        rows = session.scalars(select(NameListRow).where(*counts).order_by(NameListRow.number))
        latest |= {row.request_id: row for row in rows}
    entries: dict[int, list[NamedRow]] = defaultdict(list)
    for some in in_parts(row.id for row in latest.values()):
        for entry in session.scalars(select(NamedRow).where(NamedRow.list_id.in_(some)).order_by(NamedRow.place)):
            entries[entry.list_id].append(entry)
    return {
        unit: _listed(latest[number], unit, entries[latest[number].id])
        for number, unit in units.items()
        if number in latest
    }


def latest_list(session: Session, request: RequestRow) -> Listed | None:
    """The list of one unit that counts; None before it gave any."""
    return latest_lists(session, [request]).get(UnitId(request.unit))


def people_named(session: Session, occurrence_id: int) -> dict[UnitId, tuple[Person, ...]]:
    """Who is on the lists of an occurrence, for every unit that was asked."""
    requests = requests_for_people(session, occurrence_id)
    lists = latest_lists(session, requests)
    return {UnitId(row.unit): lists[unit].people if (unit := UnitId(row.unit)) in lists else () for row in requests}


def marks_of(session: Session, occurrence_id: int) -> list[Mark]:
    """All marks in the order in which they were made: of two for one person the later counts."""
    rows = session.scalars(select(MarkRow).where(MarkRow.occurrence_id == occurrence_id).order_by(MarkRow.id))
    return [
        Mark(
            Person(row.name, UnitId(row.unit), phone=row.phone, birth_year=row.birth_year),
            row.presence,
            Person(row.substitute, UnitId(row.unit)) if row.substitute else None,
        )
        for row in rows
    ]


def latest_invitation(session: Session, occurrence_id: int) -> InvitationRow | None:
    """What the units' calendars were told last; None before the first invitation."""
    return session.scalar(
        select(InvitationRow)
        .where(InvitationRow.occurrence_id == occurrence_id)
        .order_by(InvitationRow.sequence.desc())
        .limit(1)
    )


def preparations_of(session: Session, occurrence_id: int) -> Mapping[Preparation, PreparationRow]:
    """The latest word on each thing that was confirmed."""
    rows = session.scalars(
        select(PreparationRow).where(PreparationRow.occurrence_id == occurrence_id).order_by(PreparationRow.id)
    )
    return {row.what: row for row in rows}


def latest_minutes(session: Session, occurrence_id: int) -> MinutesRow | None:
    return session.scalar(
        select(MinutesRow).where(MinutesRow.occurrence_id == occurrence_id).order_by(MinutesRow.id.desc()).limit(1)
    )


def _listed(row: NameListRow, unit: UnitId, entries: Iterable[NamedRow]) -> Listed:
    people: list[Person] = []
    not_taken: list[NotTaken] = []
    for entry in entries:
        if entry.line is None:
            people.append(Person(entry.name, unit, entry.phone, entry.email, entry.birth_year, entry.role))
        else:
            not_taken.append(NotTaken(entry.line, entry.name, entry.reason or ""))
    return Listed(row, tuple(people), tuple(not_taken))
