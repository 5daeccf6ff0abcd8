"""Noting that nothing was published of an activity (I.2 "tuyên truyền", R24): only the digest tells it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from dondoc.domain.states import OccurrenceState, ProblemState, Severity
from dondoc.services.case import Case, cases
from dondoc.services.office import Office
from dondoc.services.people_watch import Found, keep
from dondoc.store.tables import ProblemRow, RequestRow
from dondoc.store.tables_life import ChangeRow
from dondoc.store.tables_work import BulletinRow, ProgressRow, ReportRow, WorkFileRow

NOT_PUBLISHED = "not_published"


def watch_publishing(office: Office) -> None:
    """Raise what nothing was published of in time, and resolve what was made up for."""
    with office.sessions.reading() as session:
        known = {
            (row.plan_id, row.occurrence): row
            for row in session.scalars(select(ProblemRow).where(ProblemRow.kind == NOT_PUBLISHED))
        }
        changed = {
            (case.plan_id, case.key)
            for case, is_missing in _looked_at(office, session)
            if is_missing != _stands(known.get((case.plan_id, case.key)), is_missing=is_missing)
        }
    if not changed:
        return
    with office.sessions.writing() as session:
        for case, is_missing in _looked_at(office, session):
            if (case.plan_id, case.key) in changed:
                found = Found(NOT_PUBLISHED, None, "chưa có bản tin, đường dẫn hoặc hình ảnh", Severity.NOTE)
                keep(session, case, (NOT_PUBLISHED,), [found] if is_missing else [])


def _stands(row: ProblemRow | None, *, is_missing: bool) -> bool:
    """Whether the record has it that something is missing; what the head settled stays so while it is."""
    return row is not None and (is_missing or row.state is not ProblemState.RESOLVED)


def _looked_at(office: Office, session: Session) -> Iterator[tuple[Case, bool]]:
    """Every occurrence that is over, and whether something should have been published of it by now and was not."""
    published, held = _published(session), _held(session)
    for case in cases(session, office.clock.now(), OccurrenceState.HELD, OccurrenceState.EVALUATED):
        until = office.calendar.shift(held[case.row.id], case.plan.policy.publish_within)
        yield case, case.now.date() > until and case.row.id not in published


def _held(session: Session) -> dict[int, date]:
    """The day on which each occurrence was held, by its id."""
    rows = session.execute(select(ChangeRow.occurrence_id, ChangeRow.held_on).where(ChangeRow.held_on.is_not(None)))
    return {occurrence: day for occurrence, day in rows.tuples() if day is not None}


def _published(session: Session) -> set[int]:
    """The ids of the occurrences that were told of: by a bulletin, or by what a unit's report or pictures show."""
    shows = RequestRow.id.in_(
        union_all(
            select(ReportRow.request_id).where(ReportRow.links != ""),
            select(ProgressRow.request_id).where(ProgressRow.evidence != ""),
            select(WorkFileRow.request_id),
        )
    )
    return {
        *session.scalars(select(BulletinRow.occurrence_id)),
        *session.scalars(select(RequestRow.occurrence_id).where(shows)),
    }
