"""What the head decides about a consultation (III.1 "chủ trì, điều hành"): each decision bears its reason."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from dondoc.domain.consultation import Timetable, closing
from dondoc.domain.ids import UnitId
from dondoc.domain.plan import OnDay
from dondoc.domain.proposal import Proposal, Revision, is_material, revise
from dondoc.domain.states import Decision, OccurrenceState, RequestState, RoundState, Verdict, step
from dondoc.errors import Refused, Unreadable
from dondoc.services import consult_letters as letters
from dondoc.services.case import Case, open_case
from dondoc.services.consult import ask_anew, open_by_hand, propose, start_round
from dondoc.services.follow_up import agree, close, end, follow, withdraw_open
from dondoc.services.office import Office
from dondoc.services.round_problems import resolve_about_round
from dondoc.store.history import Actor, note
from dondoc.store.queries import Asked, asked

ACTIONS = ("open", "close", "reopen", "proceed", "revise", "cancel")


def proceed(office: Office, plan_id: str | None, occurrence: str, reason: str, by: Actor) -> None:
    """Go ahead in spite of silence or objections. Raises Refused without a reason, or when nothing is being asked."""
    with office.sessions.writing() as session:
        case, state = _in_consultation(office, session, plan_id, occurrence)
        _decide(session, case, state, Decision.PROCEED, reason, by)
        agree(case, state)
    follow(office, case.plan_id, occurrence)


def cancel(office: Office, plan_id: str | None, occurrence: str, reason: str, by: Actor) -> None:
    """Call the occurrence off, whether it is being asked about, agreed or launched."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        state = asked(session, case.row)
        if state is not None and case.row.state is OccurrenceState.CONSULTING:
            _decide(session, case, state, Decision.CANCEL, reason, by)
            withdraw_open(case, state)
        else:
            _needs_reason(occurrence, Decision.CANCEL, reason)
            if state is not None:
                state.row.decision, state.row.decision_reason = Decision.CANCEL, reason.strip()
                state.row.decided_at, state.row.decided_by = case.now, by.who
                state.row.endings += 1
        old = case.row.state
        case.row.state = step(occurrence, old, OccurrenceState.CANCELLED)
        case.row.cancelled_at, case.row.reason = case.now, reason.strip()
        note(
            session,
            case.plan_id,
            case.now,
            "occurrence.cancelled",
            occurrence=occurrence,
            by=by,
            old=old.value,
            new="cancelled",
            detail=reason.strip(),
        )
    follow(office, case.plan_id, occurrence)


def change(office: Office, plan_id: str | None, occurrence: str, revision: Revision, reason: str, by: Actor) -> None:
    """Put a changed proposal to the units in a new round.

    Those who had not agreed are asked again; those who had are asked only when the change is material.
    """
    with office.sessions.writing() as session:
        case, state = _in_consultation(office, session, plan_id, occurrence)
        ask_about(office, session, case, state, revision, reason, by)
    follow(office, case.plan_id, occurrence)


def ask_about(
    office: Office, session: Session, case: Case, state: Asked, revision: Revision, reason: str, by: Actor
) -> None:
    """Begin a new round about a changed proposal, within the caller's transaction."""
    old = case.proposal(session)
    new = revise(old, revision)
    _decide(session, case, state, Decision.REVISE, reason, by)
    material = is_material(old, new, revision)
    propose(session, case, new, material=material, by=by, reason=reason.strip())
    agreed = {unit for unit, answer in state.counting.items() if answer.verdict is not Verdict.OBJECT}
    members = {unit.id for unit in case.plan.consulted_on(case.now.date())}
    again = [unit for unit in state.requests if unit in members and (material or unit not in agreed)]
    superseded = agreed.intersection(again)
    start_round(session, case, _timetable(office, case, new), again, by)
    for unit in sorted(agreed):
        _say_agreed(session, case, state, unit, carried=unit not in superseded)
    carried = letters.carried(office, session, case, state, sorted(agreed - superseded))
    office.post(session, case.plan_id, carried, case.now)


def close_now(office: Office, plan_id: str | None, occurrence: str, by: Actor) -> None:
    """End the open round before its deadline. Raises Refused when none is open."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
    if not close(office, case.plan_id, occurrence, by):
        raise Refused(f"{occurrence} has no open round to close")
    follow(office, case.plan_id, occurrence)


def reopen(office: Office, plan_id: str | None, occurrence: str, reason: str, by: Actor) -> None:
    """Take up again a round that has closed; answers that came late count from now on (scenario 1)."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        state = asked(session, case.row)
        if state is None or state.row.state is not RoundState.CLOSED:
            raise Refused(f"{occurrence} has no closed round to reopen")
        if not reason.strip():
            raise Refused(f"{occurrence}: to reopen its round, give the reason")
        if case.row.state is OccurrenceState.AGREED:
            case.row.state, case.row.agreed_at = step(occurrence, case.row.state, OccurrenceState.CONSULTING), None
        elif case.row.state is not OccurrenceState.CONSULTING:
            raise Refused(f"{occurrence} is {case.row.state.value}: its round cannot be reopened")
        times = _timetable(office, case, case.proposal(session))
        row = state.row
        row.state, row.closed_at, row.outcome = RoundState.OPEN, None, None
        row.reopened_at, row.reopened_reason, row.due_at = case.now, reason.strip(), times.due_at
        row.decision = row.decision_reason = row.decided_at = row.decided_by = None
        for request in state.requests.values():
            if request.state is RequestState.ANSWERED:
                request.due_at = times.due_at
            else:
                ask_anew(request, case, times)
        note(
            session,
            case.plan_id,
            case.now,
            "consultation.reopened",
            occurrence=occurrence,
            by=by,
            new=f"round {row.number}",
            detail=reason.strip(),
        )
    follow(office, case.plan_id, occurrence)


def _in_consultation(office: Office, session: Session, plan_id: str | None, occurrence: str) -> tuple[Case, Asked]:
    case = open_case(session, plan_id, occurrence, office.clock.now())
    state = asked(session, case.row)
    if state is None or case.row.state is not OccurrenceState.CONSULTING:
        raise Refused(f"{occurrence} is {case.row.state.value}: nothing is being asked that could be decided")
    return case, state


def _needs_reason(occurrence: str, decision: Decision, reason: str) -> None:
    if not reason.strip():
        raise Refused(f"{occurrence}: to {decision.value}, give the reason; the units will read it")


def _decide(session: Session, case: Case, state: Asked, decision: Decision, reason: str, by: Actor) -> None:
    """Record the head's decision about the round, ending it if it is still open."""
    _needs_reason(case.key, decision, reason)
    row = state.row
    if row.state is RoundState.OPEN:
        end(state, state.round.outcome(at_close=True, silence="ask_head"), case)
    row.decision, row.decision_reason = decision, reason.strip()
    row.decided_at, row.decided_by = case.now, by.who
    note(
        session,
        case.plan_id,
        case.now,
        f"consultation.{decision.value}",
        occurrence=case.key,
        by=by,
        old=row.outcome.value if row.outcome else None,
        new=decision.value,
        detail=reason.strip(),
    )
    resolve_about_round(session, case, state.requests, by=by)


def _say_agreed(session: Session, case: Case, state: Asked, unit: UnitId, *, carried: bool) -> None:
    """Say in the history what becomes of the answer of a unit that had agreed."""
    answer = state.counting[unit]
    note(
        session,
        case.plan_id,
        case.now,
        "response.carried" if carried else "response.superseded",
        occurrence=case.key,
        unit=unit,
        old=answer.verdict.value,
        detail=f"given to version {answer.version}",
    )


def _timetable(office: Office, case: Case, proposal: Proposal) -> Timetable:
    """The deadline of a round about a proposal whose day the head has set. Raises Refused when none is possible."""
    today, calendar = case.now.date(), office.calendar
    due = calendar.shift(today, case.plan.policy.opinion.answer_within)
    if isinstance(proposal.when, OnDay):
        due = min(due, calendar.shift(proposal.when.day, -1))
    if due <= today:
        raise Refused(f"{case.key}: the day proposed leaves no working day to answer; propose a later one")
    return Timetable(closing(due, case.plan.policy, case.now), None)


def revision_of(
    *, day: str, place: str, each: int, note: str, material: bool, until: str = "", decision: str = ""
) -> Revision:
    """A revision out of a form's fields, where empty means unchanged. Raises Unreadable for a day that is none."""
    return Revision(
        day=_day(day),
        until=_day(until),
        place=place.strip() or None,
        each=each or None,
        note=note.strip() or None,
        decision=decision.strip() or None,
        material=material,
    )


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written.strip()) if written.strip() else None
    except ValueError:
        raise Unreadable(f"{written!r} is not a day such as 2026-12-18") from None


def apply(
    office: Office, plan_id: str | None, occurrence: str, action: str, reason: str, revision: Revision, by: Actor
) -> None:
    """Do what a command, a flow or a rehearsal step names. Raises Unreadable for a word that is none of them."""
    match action:
        case "open":
            open_by_hand(office, plan_id, occurrence, by)
        case "close":
            close_now(office, plan_id, occurrence, by)
        case "reopen":
            reopen(office, plan_id, occurrence, reason, by)
        case "proceed":
            proceed(office, plan_id, occurrence, reason, by)
        case "revise":
            change(office, plan_id, occurrence, revision, reason, by)
        case "cancel":
            cancel(office, plan_id, occurrence, reason, by)
        case _:
            raise Unreadable(f"{action} is not something that can be done with a consultation: {', '.join(ACTIONS)}")
