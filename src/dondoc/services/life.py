"""What becomes of an occurrence by the head's word: its day set, postponed, skipped, merged (II.1, II.3, III.1).

A new day or place keeps the agreement of the units, who are told by letter, unless the head marks it as material:
then they are asked again (scenario 22). Whatever is called off bears its reason.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.plan import Announced, OnDay, Window
from dondoc.domain.proposal import Proposal, Revision, first_proposal, is_material, revise
from dondoc.domain.states import (
    ChangeKind,
    OccurrenceState,
    RequestKind,
    RequestState,
    RoundState,
    step,
)
from dondoc.domain.wording import dia_diem, thoi_gian
from dondoc.errors import Refused
from dondoc.services.asking import settle
from dondoc.services.case import Case, open_case
from dondoc.services.changes import record_change
from dondoc.services.consult import propose
from dondoc.services.decide import ask_about
from dondoc.services.follow_up import end, follow, withdraw_open
from dondoc.services.gather import gather_for
from dondoc.services.office import Office
from dondoc.services.round_problems import resolve_about_round
from dondoc.store.history import Actor, note
from dondoc.store.queries import asked, find_occurrence
from dondoc.store.tables import RequestRow

_UNDER_WAY: Final = (OccurrenceState.AGREED, OccurrenceState.LAUNCHED)
TAKES_ANOTHER: Final = (OccurrenceState.PLANNED, OccurrenceState.CONSULTING, *_UNDER_WAY)
"""Where an occurrence can still take the place of another one."""


def set_date(office: Office, plan_id: str | None, occurrence: str, revision: Revision, reason: str, by: Actor) -> None:
    """Set day or place, as the city decided or the head sees fit; `revision.decision` is the decision's number.

    Raises Refused without a reason or a number, for a day that has passed, or when the occurrence is over.
    """
    if revision.day is None and revision.place is None:
        raise Refused(f"{occurrence}: to set its time and place, name the day or the place")
    if not (reason.strip() or revision.decision):
        raise Refused(f"{occurrence}: to set its time and place, give the reason or the number of the decision")
    _move(office, plan_id, occurrence, revision, ChangeKind.MOVED, reason.strip(), by)


def postpone(office: Office, plan_id: str | None, occurrence: str, revision: Revision, reason: str, by: Actor) -> None:
    """Put it off: to the day that `revision` names, or until a day is set. What was agreed and paid is kept."""
    because = _needs_reason(occurrence, "postpone it", reason)
    if revision.day is not None:
        _move(office, plan_id, occurrence, revision, ChangeKind.POSTPONED, because, by)
        return
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        _call_off(session, case, OccurrenceState.POSTPONED, ChangeKind.POSTPONED, because, by)
    _tell(office, case)


def skip(office: Office, plan_id: str | None, occurrence: str, reason: str, by: Actor) -> None:
    """Leave it out this time (R20); scenario 25 wants the head's reason."""
    because = _needs_reason(occurrence, "skip it", reason)
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        _call_off(session, case, OccurrenceState.SKIPPED, ChangeKind.SKIPPED, because, by)
    _tell(office, case)


def merge(office: Office, plan_id: str | None, occurrence: str, into: str, reason: str, by: Actor) -> None:
    """Have another occurrence of the same activity take its place. Raises Refused when that one is over or off."""
    because = _needs_reason(occurrence, "merge it", reason)
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        other = find_occurrence(session, case.plan_id, into)
        if other.key == case.key or other.activity != case.row.activity:
            raise Refused(f"{occurrence} can be merged into another occurrence of the same activity, not into {into}")
        if other.state not in TAKES_ANOTHER:
            raise Refused(f"{occurrence} cannot be merged into {into}, which is {other.state.value}")
        _call_off(session, case, OccurrenceState.MERGED, ChangeKind.MERGED, because, by, into=into)
    _tell(office, case)


def _needs_reason(occurrence: str, what: str, reason: str) -> str:
    if not reason.strip():
        raise Refused(f"{occurrence}: to {what}, give the reason; the units will read it")
    return reason.strip()


def _move(
    office: Office,
    plan_id: str | None,
    occurrence: str,
    revision: Revision,
    kind: ChangeKind,
    reason: str,
    by: Actor,
) -> None:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if revision.day is not None and revision.day < case.now.date():
            raise Refused(f"{occurrence}: {revision.day:%d/%m/%Y} has passed; name a day that is still to come")
        old, before = _proposal(session, case), case.row.version
        reason = reason or f"Thực hiện phân công của {_announcer(old) or case.plan.parent}."
        revised = revise(old, revision)
        _go_on(office, session, case, old, revised, revision, reason, by)
        now = case.proposal(session)
        record_change(session, case, kind, reason, by, old_version=before, is_told=case.row.state in _UNDER_WAY)
        note(
            session,
            case.plan_id,
            case.now,
            "occurrence.moved",
            occurrence=occurrence,
            by=by,
            old=_when_and_where(old),
            new=f"version {case.row.version}: {_when_and_where(now)}",
            detail=reason,
        )
    _tell(office, case)


def _go_on(
    office: Office,
    session: Session,
    case: Case,
    old: Proposal,
    revised: Proposal,
    revision: Revision,
    reason: str,
    by: Actor,
) -> None:
    """Put the new version in force, and the occurrence where it belongs: agreed as before, or asked about again."""
    state, row = asked(session, case.row), case.row
    kept = row.agreed_at is not None and not is_material(old, revised, revision)
    match row.state:
        case OccurrenceState.PLANNED:
            propose(session, case, revised, material=False, by=by, reason=reason)
        case OccurrenceState.POSTPONED if state is None:
            row.state, row.reason = step(case.key, row.state, OccurrenceState.PLANNED), None
            propose(session, case, revised, material=False, by=by, reason=reason)
        case OccurrenceState.AGREED | OccurrenceState.LAUNCHED | OccurrenceState.POSTPONED if kept:
            if row.state is OccurrenceState.POSTPONED:
                row.state, row.reason = step(case.key, row.state, OccurrenceState.AGREED), None
            propose(session, case, revised, material=False, by=by, reason=reason)
        case (
            OccurrenceState.CONSULTING | OccurrenceState.AGREED | OccurrenceState.LAUNCHED | OccurrenceState.POSTPONED
        ) if state is not None:
            if row.state is not OccurrenceState.CONSULTING:
                row.state = step(case.key, row.state, OccurrenceState.CONSULTING)
            row.agreed_at = row.launched_at = row.reason = None
            _drop_lists(session, case)
            ask_about(office, session, case, state, revision, reason, by)
        case other:
            raise Refused(f"{case.key} is {other.value}: its time and place cannot be set any more")


def _proposal(session: Session, case: Case) -> Proposal:
    """The version in force, or the plan's own before there is one."""
    if case.row.version:
        return case.proposal(session)
    when = case.planned.when
    return first_proposal(case.activity, case.planned, when if isinstance(when, OnDay) else None)


def _announcer(proposal: Proposal) -> str | None:
    """Who says when and where, as the plan has it."""
    if isinstance(proposal.when, Window) and proposal.when.announced_by is not None:
        return proposal.when.announced_by
    return proposal.place.announced_by if isinstance(proposal.place, Announced) else None


def _call_off(
    session: Session,
    case: Case,
    to: OccurrenceState,
    kind: ChangeKind,
    reason: str,
    by: Actor,
    *,
    into: str | None = None,
) -> None:
    """Nothing more is asked about it; the units that had heard of it are told why."""
    old = case.row.state
    case.row.state = step(case.key, old, to)
    case.row.reason = reason
    state = asked(session, case.row)
    if state is not None:
        if state.row.state is RoundState.OPEN:
            end(state, state.round.outcome(at_close=True, silence="ask_head"), case)
        withdraw_open(case, state)
        resolve_about_round(session, case, state.requests, by=by)
    record_change(session, case, kind, reason, by, into=into, is_told=state is not None)
    note(
        session,
        case.plan_id,
        case.now,
        f"occurrence.{to.value}",
        occurrence=case.key,
        by=by,
        old=old.value,
        new=into or to.value,
        detail=reason,
    )


def _drop_lists(session: Session, case: Case) -> None:
    """Names are asked for no longer; a later day asks for them again."""
    rows = session.scalars(
        select(RequestRow).where(
            RequestRow.occurrence_id == case.row.id,
            RequestRow.kind == RequestKind.PARTICIPANTS,
            RequestRow.state == RequestState.OPEN,
        )
    )
    for row in rows:
        settle(row, case.now, RequestState.WITHDRAWN)


def _when_and_where(proposal: Proposal) -> str:
    return f"{thoi_gian(proposal.when)}; {dia_diem(proposal.place)}"


def _tell(office: Office, case: Case) -> None:
    """Write at once what follows: the letters, and the day in the units' calendars."""
    follow(office, case.plan_id, case.key)
    gather_for(office, case.plan_id, case.key)
