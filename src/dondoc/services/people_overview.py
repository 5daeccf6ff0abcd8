"""Where the people of an occurrence stand, unit by unit: what the head's page, the commands and Prefect show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.gathering import Dated, Preparation, dates_of, prepared_by
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Attendance, Mark, Person, UnitSelection, entry_of
from dondoc.domain.states import OccurrenceState, RequestState
from dondoc.domain.wording import danh_sach, dia_diem, thoi_gian
from dondoc.services import views
from dondoc.services.case import Case, open_case
from dondoc.services.office import Office
from dondoc.services.people_views import attendance_of, likenesses, quota_of, standing
from dondoc.store.people import (
    latest_lists,
    latest_minutes,
    marks_of,
    preparations_of,
    requests_for_people,
)


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Somebody on a list, with the mark that counts."""

    person: Person
    standing: str
    """`taken`, `reserve` or `excess`."""
    mark: Mark | None


@dataclass(frozen=True, slots=True)
class UnitPeople:
    """One unit's people."""

    unit: str
    name: str
    full: str
    state: RequestState
    due_at: datetime
    reminders: int
    lists: int
    """How many versions it gave."""
    received_at: datetime | None
    selection: UnitSelection
    attendance: Attendance
    people: tuple[PersonLine, ...]
    doubles: tuple[str, ...]
    """Who seems to be on another unit's list as well, in words."""


@dataclass(frozen=True, slots=True)
class PreparationLine:
    what: Preparation
    detail: str | None
    """None: not confirmed."""
    by: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gathering:
    """An occurrence's people."""

    plan_id: str
    occurrence: str
    title: str
    short_title: str
    state: OccurrenceState
    cluster: str
    head_unit: str
    parent: str
    when_text: str
    place_text: str
    first: date | None
    """None: the day is not known."""
    is_held: bool
    """Its day has come."""
    quota: int
    reserve: int
    prepared_by: date | None
    """None: nothing has to be confirmed."""
    preparations: tuple[PreparationLine, ...]
    units: tuple[UnitPeople, ...]
    given: str
    report: str
    written_at: datetime | None

    @property
    def named(self) -> int:
        return sum(len(unit.selection.taken) for unit in self.units)

    @property
    def came(self) -> int:
        return sum(unit.attendance.came for unit in self.units)

    @property
    def is_marked(self) -> bool:
        """Whether anybody was marked."""
        return any(line.mark is not None for unit in self.units for line in unit.people)


def gathering(office: Office, plan_id: str | None, occurrence: str) -> Gathering:
    """Raises Unreadable when there is no such plan or occurrence."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        return _gathering(office, session, case)


def _gathering(office: Office, session: Session, case: Case) -> Gathering:
    proposal = case.proposal(session) if case.row.version else None
    dates = dates_of(proposal, case.planned) if proposal else None
    first = dates.first if isinstance(dates, Dated) else None
    not_before = first or (case.planned.first_day if dates is None or isinstance(dates, Dated) else dates.not_before)
    quota, before = quota_of(case), case.activity.confirmed_before
    confirmed = preparations_of(session, case.row.id) if before else {}
    minutes = latest_minutes(session, case.row.id)
    return Gathering(
        plan_id=case.plan_id,
        occurrence=case.key,
        title=case.planned.title,
        short_title=case.activity.short_title,
        state=case.row.state,
        cluster=case.plan.cluster,
        head_unit=case.plan.unit(case.plan.head_on(case.now.date()).unit).name_on(case.now.date()).full,
        parent=case.plan.parent,
        when_text=thoi_gian(proposal.when if proposal else case.planned.when),
        place_text=dia_diem(proposal.place if proposal else case.planned.place),
        first=first,
        is_held=first is not None and first <= case.now.date(),
        quota=quota.each if quota else 0,
        reserve=quota.reserve if quota else 0,
        prepared_by=prepared_by(not_before, before, office.calendar) if before else None,
        preparations=tuple(
            PreparationLine(what, row.detail, row.by, local(row.confirmed_at))
            if (row := confirmed.get(what))
            else PreparationLine(what, None)
            for what in Preparation
        )
        if before
        else (),
        units=_units(session, case),
        given=minutes.given if minutes else "",
        report=minutes.report if minutes else "",
        written_at=local(minutes.written_at) if minutes else None,
    )


def _units(session: Session, case: Case) -> tuple[UnitPeople, ...]:
    quota, requests = quota_of(case), requests_for_people(session, case.row.id)
    if quota is None:
        return ()
    lists, listed = standing(session, case, quota), latest_lists(session, requests)
    came = {each.unit: each for each in attendance_of(session, case, quota)}
    marks = {entry_of(mark.person): mark for mark in marks_of(session, case.row.id)}
    found = []
    for row in requests:
        unit, name, own = UnitId(row.unit), views.unit(case, row.unit), listed.get(UnitId(row.unit))
        selection = lists.of(unit)
        found.append(
            UnitPeople(
                unit=row.unit,
                name=name.short,
                full=name.full,
                state=row.state,
                due_at=local(row.due_at),
                reminders=row.reminded,
                lists=own.row.number if own else 0,
                received_at=local(own.row.received_at) if own else None,
                selection=selection,
                attendance=came[unit],
                people=_lines(selection, marks),
                doubles=tuple(f"{one.name} ({one.unit_short})" for one in likenesses(case, lists, unit)),
            )
        )
    return tuple(found)


def _lines(selection: UnitSelection, marks: Mapping[tuple[str, ...], Mark]) -> tuple[PersonLine, ...]:
    parts: Sequence[tuple[str, tuple[Person, ...]]] = (
        ("taken", selection.taken),
        ("reserve", selection.reserve),
        ("excess", selection.excess),
    )
    return tuple(PersonLine(person, where, marks.get(entry_of(person))) for where, people in parts for person in people)


def said_of(unit: UnitPeople, quota: int) -> str:
    """A unit's state in a few words."""
    parts = [f"{len(unit.selection.taken)}/{quota}"]
    parts += [f"dự bị {len(unit.selection.reserve)}"] if unit.selection.reserve else []
    parts += [f"vượt {len(unit.selection.excess)}"] if unit.selection.excess else []
    parts += [f"trùng {danh_sach(unit.doubles)}"] if unit.doubles else []
    return "; ".join(parts)
