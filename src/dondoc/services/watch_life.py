"""Bringing before the head what is not well with the time of an occurrence (R7, R20): never silently, never twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.life import ABOUT_TIME, NOT_CONFIRMED_HELD, PLACE_UNKNOWN, Unresolved, unresolved
from dondoc.domain.plan import OnDay
from dondoc.domain.proposal import Proposal, first_proposal
from dondoc.domain.states import OccurrenceState, ProblemState
from dondoc.domain.wording import ngay
from dondoc.services.case import Case, cases
from dondoc.services.office import Office
from dondoc.services.people_watch import Found, keep
from dondoc.store.life import resting
from dondoc.store.queries import active_plans, proposals_of
from dondoc.store.tables import ProblemRow

_EVERY = [state for state in OccurrenceState if state is not OccurrenceState.BEFORE_SYSTEM]


def watch_time(office: Office) -> None:
    """Raise what is unresolved, and resolve what is so no more."""
    with office.sessions.reading() as session:
        known = _known(session)
        changed = {
            (case.plan_id, case.key)
            for case, found in _found(office, session)
            if not _stands(known[case.plan_id, case.key], found)
        }
    if not changed:
        return
    with office.sessions.writing() as session:
        for case, found in _found(office, session):
            if (case.plan_id, case.key) in changed:
                keep(session, case, ABOUT_TIME, [Found(found.kind, None, _said(found))] if found else [])


def _known(session: Session) -> dict[tuple[str, str | None], list[ProblemRow]]:
    """What was raised before, by plan and occurrence."""
    known: dict[tuple[str, str | None], list[ProblemRow]] = defaultdict(list)
    for row in session.scalars(select(ProblemRow).where(ProblemRow.kind.in_(ABOUT_TIME))):
        known[row.plan_id, row.occurrence].append(row)
    return known


def _found(office: Office, session: Session) -> Iterator[tuple[Case, Unresolved | None]]:
    now = office.clock.now()
    paused = resting(session)
    proposals: dict[int, Proposal] = {}
    for row in active_plans(session):
        proposals |= proposals_of(session, row.id)
    for case in cases(session, now, *_EVERY, also_resting=True):
        found = unresolved(
            case.row.state,
            proposals.get(case.row.id) or _as_planned(case),
            case.planned,
            now.date(),
            known_by=case.plan.policy.place_known_by.get(case.key),
            is_paused=(case.plan_id, case.row.activity) in paused,
        )
        yield case, found


def _as_planned(case: Case) -> Proposal:
    when = case.planned.when
    return first_proposal(case.activity, case.planned, when if isinstance(when, OnDay) else None)


def _stands(known: Iterable[ProblemRow], found: Unresolved | None) -> bool:
    """Whether the record says just that, or the head said that just this is settled."""
    kind = found.kind if found else None
    others = any(row.state is not ProblemState.RESOLVED for row in known if row.kind != kind)
    return not others and (found is None or any(row.detail == _said(found) for row in known if row.kind == kind))


def _said(found: Unresolved) -> str:
    if found.kind == PLACE_UNKNOWN:
        return f"hạn có phân công: {ngay(found.day)}"
    if found.kind == NOT_CONFIRMED_HELD:
        return f"thời gian tổ chức: đến hết ngày {ngay(found.day)}"
    return f"quý kết thúc ngày {ngay(found.day)}"
