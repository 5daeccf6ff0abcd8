"""Reading what became of occurrences, and which activities rest. Nothing here commits."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import Session

from dondoc.store.tables import LetterRow, OccurrenceRow, ProblemRow
from dondoc.store.tables_life import ChangeRow, RestRow


def resting(session: Session) -> frozenset[tuple[str, str]]:
    """The activities that are paused, each with its plan."""
    rows = session.execute(select(RestRow.plan_id, RestRow.activity).where(RestRow.resumed_at.is_(None)))
    return frozenset(rows.tuples())


def rest_of(session: Session, plan_id: str, activity: str) -> RestRow | None:
    """The pause that an activity is in; None when it is in none."""
    return session.scalar(
        select(RestRow).where(RestRow.plan_id == plan_id, RestRow.activity == activity, RestRow.resumed_at.is_(None))
    )


def how_many_rests(session: Session, plan_id: str, activity: str) -> int:
    query = select(func.count()).select_from(RestRow)
    return session.scalar(query.where(RestRow.plan_id == plan_id, RestRow.activity == activity)) or 0


def is_resting() -> ColumnElement[bool]:
    """Whether an occurrence belongs to an activity that is paused, for a query about occurrences."""
    return exists().where(
        RestRow.plan_id == OccurrenceRow.plan_id,
        RestRow.activity == OccurrenceRow.activity,
        RestRow.resumed_at.is_(None),
    )


def rests() -> ColumnElement[bool]:
    """Whether a letter is about an occurrence of an activity that is paused, for a query about letters."""
    about = and_(OccurrenceRow.plan_id == LetterRow.plan_id, OccurrenceRow.key == LetterRow.occurrence)
    return exists().where(about, is_resting())


def is_about_resting() -> ColumnElement[bool]:
    """Whether a problem is about an occurrence of an activity that is paused, for a query about problems."""
    about = and_(OccurrenceRow.plan_id == ProblemRow.plan_id, OccurrenceRow.key == ProblemRow.occurrence)
    return exists().where(about, is_resting())


def changes_of(session: Session, occurrence_id: int) -> Sequence[ChangeRow]:
    """All that became of an occurrence, in order."""
    return session.scalars(
        select(ChangeRow).where(ChangeRow.occurrence_id == occurrence_id).order_by(ChangeRow.number)
    ).all()


def latest_change(session: Session, occurrence_id: int) -> ChangeRow | None:
    return session.scalar(
        select(ChangeRow).where(ChangeRow.occurrence_id == occurrence_id).order_by(ChangeRow.number.desc()).limit(1)
    )
