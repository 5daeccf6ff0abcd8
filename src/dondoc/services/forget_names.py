"""Forgetting who took part, once it is long over: the figures stay, the people become "Người số 1", "Người số 2" …

One person keeps one number in an occurrence, on every version of the lists and in the roll-call, so that counts,
duplicates and attendance are what they were.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Likeness, Person, likeness, plain_name
from dondoc.domain.states import OccurrenceState
from dondoc.store.tables import HistoryRow, OccurrenceRow, ProblemRow, RequestRow
from dondoc.store.tables_people import InvitationRow, MarkRow, NamedRow, NameListRow

FORGOTTEN: Final = "Người số "
_OVER = (
    OccurrenceState.HELD,
    OccurrenceState.EVALUATED,
    OccurrenceState.CANCELLED,
    OccurrenceState.SKIPPED,
    OccurrenceState.MERGED,
)


def names_to_forget(session: Session, before: datetime) -> dict[int, int]:
    """By occurrence how many entries still name somebody, of those that were over before that moment."""
    named = (
        select(RequestRow.occurrence_id, func.count())
        .join(NameListRow, NameListRow.request_id == RequestRow.id)
        .join(NamedRow, NamedRow.list_id == NameListRow.id)
        .where(_names_somebody())
        .group_by(RequestRow.occurrence_id)
    )
    marked = select(MarkRow.occurrence_id, func.count()).where(_marks_somebody()).group_by(MarkRow.occurrence_id)
    long_over = set(session.scalars(select(OccurrenceRow.id).where(_is_long_over(before))))
    found: dict[int, int] = {}
    for occurrence, count in [*session.execute(named).tuples(), *session.execute(marked).tuples()]:
        if occurrence in long_over:
            found[occurrence] = found.get(occurrence, 0) + count
    return found


def forget_names(session: Session, occurrence: int) -> None:
    """Put numbers in the place of everybody on the lists and in the roll-call of an occurrence."""
    numbers = _Numbers()
    lists = select(NamedRow).join(NameListRow, NameListRow.id == NamedRow.list_id)
    of_occurrence = lists.join(RequestRow, RequestRow.id == NameListRow.request_id)
    for row in session.scalars(
        of_occurrence.where(RequestRow.occurrence_id == occurrence).order_by(NamedRow.list_id, NamedRow.place)
    ):
        person = Person(row.name, UnitId(""), phone=row.phone, birth_year=row.birth_year)
        row.name = numbers.of(person) if row.line is None else ""
        row.phone = row.email = row.birth_year = row.role = None
    for mark in session.scalars(select(MarkRow).where(MarkRow.occurrence_id == occurrence).order_by(MarkRow.id)):
        mark.name = numbers.of(Person(mark.name, UnitId(""), phone=mark.phone, birth_year=mark.birth_year))
        mark.phone = mark.birth_year = None
        if mark.substitute is not None:
            mark.substitute = numbers.of(Person(mark.substitute, UnitId("")))
    _forget_in_words(session, session.get_one(OccurrenceRow, occurrence), numbers)


def _forget_in_words(session: Session, occurrence: OccurrenceRow, numbers: _Numbers) -> None:
    """What was told of people, such as that one stands on two lists, tells it of numbers."""
    problems = select(ProblemRow).where(
        ProblemRow.plan_id == occurrence.plan_id, ProblemRow.occurrence == occurrence.key
    )
    history = select(HistoryRow).where(
        HistoryRow.plan_id == occurrence.plan_id, HistoryRow.occurrence == occurrence.key
    )
    for row in (*session.scalars(problems), *session.scalars(history)):
        row.detail = numbers.put_into(row.detail)


class _Numbers:
    """Gives each person a number."""

    def __init__(self) -> None:
        self._seen: dict[str, list[tuple[Person, str]]] = {}
        self._names: dict[str, str] = {}
        self._next = 1

    def of(self, person: Person) -> str:
        namesakes = self._seen.setdefault(plain_name(person.name), [])
        for other, number in namesakes:
            if likeness(other, person) is Likeness.SAME:
                return number
        number = f"{FORGOTTEN}{self._next}"
        self._names.setdefault(person.name, number)
        self._next += 1
        namesakes.append((person, number))
        return number

    def put_into(self, text: str) -> str:
        """The text with the numbers in the place of the names, longer names first."""
        if not text or not self._names:
            return text
        names = "|".join(re.escape(name) for name in sorted(self._names, key=len, reverse=True) if name)
        return re.sub(names, lambda found: self._names[found[0]], text)


def _names_somebody() -> ColumnElement[bool]:
    numbered = NamedRow.name.startswith(FORGOTTEN, autoescape=True)
    return or_(
        and_(NamedRow.line.is_(None), ~numbered),
        and_(NamedRow.line.is_not(None), NamedRow.name != ""),
        NamedRow.phone.is_not(None),
        NamedRow.email.is_not(None),
        NamedRow.birth_year.is_not(None),
        NamedRow.role.is_not(None),
    )


def _marks_somebody() -> ColumnElement[bool]:
    return or_(
        ~MarkRow.name.startswith(FORGOTTEN, autoescape=True),
        MarkRow.phone.is_not(None),
        MarkRow.birth_year.is_not(None),
    )


def _is_long_over(before: datetime) -> ColumnElement[bool]:
    """Whether an occurrence has ended, or its last day is past, and nothing about its people is newer than that."""
    listed = (
        exists()
        .where(RequestRow.id == NameListRow.request_id, NameListRow.received_at >= before)
        .where(RequestRow.occurrence_id == OccurrenceRow.id)
    )
    marked = exists().where(MarkRow.occurrence_id == OccurrenceRow.id, MarkRow.marked_at >= before)
    invited = exists().where(InvitationRow.occurrence_id == OccurrenceRow.id)
    still_to_come = exists().where(InvitationRow.occurrence_id == OccurrenceRow.id, InvitationRow.last >= before.date())
    ended = or_(OccurrenceRow.state.in_(_OVER), and_(invited, ~still_to_come))
    return and_(ended, ~still_to_come, ~listed, ~marked)
