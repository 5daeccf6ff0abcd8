"""Opening rounds of consultation and asking the units (III.1, III.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session, aliased

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.consultation import Timetable, beside_tet, timetable
from dondoc.domain.plan import PlannedOccurrence, Role
from dondoc.domain.proposal import Proposal, first_proposal
from dondoc.domain.requests import request_key
from dondoc.domain.states import (
    OccurrenceState,
    RequestKind,
    RequestState,
    RoundState,
    Severity,
    step,
)
from dondoc.errors import Refused
from dondoc.services import consult_letters as letters
from dondoc.services.case import Case, cases, open_case, rests
from dondoc.services.office import Office
from dondoc.store.history import RULES, Actor, note, raise_problem
from dondoc.store.queries import Asked, latest_round, opinion_requests
from dondoc.store.tables import LetterRow, ProposalRow, RequestRow, RoundRow

CHUNK = 100
"""How many letters are written in one transaction, so that memory and waiting stay small."""


def open_due(office: Office, *, activity: str | None = None) -> list[str]:
    """Open every consultation whose day has come (of one activity only, when named); return their keys.

    Nothing is opened on a day off. An occurrence that has no room left in its quarter becomes a problem.
    """
    now = office.clock.now()
    if not office.calendar.is_working(now.date()):
        return []
    with office.sessions.reading() as session:
        due = [
            (case.plan_id, case.key)
            for case in cases(session, now, OccurrenceState.PLANNED)
            if case.row.consult_on <= now.date() and activity in (None, case.activity.id)
        ]
    return [key for plan_id, key in due if _open(office, plan_id, key, RULES)]


def open_by_hand(office: Office, plan_id: str | None, occurrence: str, by: Actor) -> None:
    """Open an occurrence's first round now. Raises Refused when it is not waiting for one."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        is_paused = rests(session, case)
    if case.row.state is not OccurrenceState.PLANNED:
        raise Refused(f"{occurrence} is {case.row.state.value}: only a planned occurrence can be opened")
    if is_paused:
        raise Refused(f"{occurrence}: its activity {case.row.activity} is paused; resume it first")
    if not _open(office, case.plan_id, occurrence, by):
        raise Refused(f"{occurrence} has no working day left to be asked about before {case.planned.last_day:%d/%m/%Y}")


def _open(office: Office, plan_id: str, occurrence: str, by: Actor) -> bool:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if case.row.state is not OccurrenceState.PLANNED:
            return False  # another run was quicker
        planned = _as_set(session, case, office.calendar)
        times = timetable(planned, case.now, case.plan.policy, office.calendar)
        if times is None:
            raise_problem(
                session,
                plan_id,
                case.now,
                f"no_room/{occurrence}",
                kind="no_room",
                detail=f"no working day left for a consultation before {case.planned.last_day:%d/%m/%Y}",
                severity=Severity.NORMAL,
                occurrence=occurrence,
            )
            return False
        case.row.state = step(occurrence, case.row.state, OccurrenceState.CONSULTING)
        _propose_first(session, case, planned, times, by)
        units = [unit.id for unit in case.plan.consulted_on(case.now.date())]
        start_round(session, case, times, units, by)
    ask_waiting(office, plan_id, occurrence)
    return True


def _as_set(session: Session, case: Case, calendar: WorkingCalendar) -> PlannedOccurrence:
    """The occurrence as the plan foresees it, at the time and place that were set since; none falls in Tết unless the
    head set it so.
    """
    if not case.row.version:
        return beside_tet(case.planned, calendar)
    set_since = case.proposal(session)
    return case.planned.model_copy(update={"when": set_since.when, "place": set_since.place})


def _propose_first(session: Session, case: Case, planned: PlannedOccurrence, times: Timetable, by: Actor) -> None:
    """What the first round asks about: what was set before stays in force, unless its day leaves no time."""
    first = first_proposal(case.activity, planned, times.when)
    if case.row.version:
        known = case.proposal(session)
        first = known.model_copy(update={"when": first.when})
        if first == known:
            return
    propose(session, case, first, material=True, by=by)


def propose(
    session: Session, case: Case, proposal: Proposal, *, material: bool, by: Actor, reason: str | None = None
) -> None:
    """Put a new version of the proposal in force."""
    case.row.version += 1
    session.add(
        ProposalRow(
            occurrence_id=case.row.id,
            version=case.row.version,
            document=proposal.model_dump_json(exclude_none=True),
            material=material,
            reason=reason,
            created_at=case.now,
            created_by=by.who,
        )
    )


def start_round(session: Session, case: Case, times: Timetable, units: Iterable[str], by: Actor) -> RoundRow:
    """Begin the next round about the version in force, asking `units`; other units' answers carry over."""
    previous = latest_round(session, case.row)
    number = previous.number + 1 if previous else 1
    row = RoundRow(
        occurrence_id=case.row.id,
        number=number,
        version=case.row.version,
        opened_at=case.now,
        due_at=times.due_at,
        state=RoundState.OPEN,
        endings=0,
    )
    session.add(row)
    known = {request.unit: request for request in opinion_requests(session, case.row)}
    for unit in units:
        ask_unit(session, case, known.get(unit), unit, number, times)
    session.flush()
    note(
        session,
        case.plan_id,
        case.now,
        "consultation.opened",
        occurrence=case.key,
        by=by,
        new=f"round {number}",
        detail=f"version {case.row.version}, until {times.due_at.isoformat(timespec='minutes')}",
    )
    return row


def ask_unit(
    session: Session, case: Case, request: RequestRow | None, unit: str, number: int, times: Timetable
) -> None:
    """Ask a unit in the round of that number; `request` is the one that it was asked with before, if it was."""
    if request is None:
        request = RequestRow(
            plan_id=case.plan_id,
            key=request_key(RequestKind.OPINION, case.key, unit),
            kind=RequestKind.OPINION,
            occurrence_id=case.row.id,
            unit=unit,
            asking=0,
        )
        session.add(request)
    request.round = number
    ask_anew(request, case, times)


def ask_anew(request: RequestRow, case: Case, times: Timetable) -> None:
    """Have the unit asked (again): its letter is written next, and its reminders begin afresh."""
    request.asking += 1
    request.because = None
    request.asked_at, request.due_at = case.now, times.due_at
    request.state, request.settled_at = RequestState.OPEN, None
    request.reminded, request.reminded_stage = 0, None
    request.reminded_on, request.secretary_told_on, request.held_at = None, None, None


def ask_waiting(office: Office, plan_id: str, occurrence: str) -> int:
    """Write the letters of the open round that are not written yet; return how many were.

    Who was asked stands in the record first and the letters follow from it, so that a run that was killed between
    the two is completed by the next one.
    """
    written, last = 0, 0
    while True:
        with office.sessions.writing() as session:
            case = open_case(session, plan_id, occurrence, office.clock.now())
            round_row = latest_round(session, case.row)
            if round_row is None or round_row.state is not RoundState.OPEN:
                return written
            rows = session.scalars(_without_letter(case, letters.REQUEST, last).limit(CHUNK)).all()
            if not rows:
                return written
            drafts = []
            for request in rows:
                draft = letters.request(office, session, case, round_row, request)
                if draft is None:
                    no_address(session, case, request.unit)
                else:
                    drafts.append(draft)
            written += office.post(session, plan_id, drafts, case.now)
            last = rows[-1].id


def lacks_letters(session: Session, case: Case, state: Asked) -> bool:
    """Whether a unit that can be written to has not been asked yet in the open round."""
    if state.row.state is not RoundState.OPEN:
        return False
    rows = session.scalars(_without_letter(case, letters.REQUEST, after=0))
    return any(case.contact(row.unit) is not None for row in rows)


def _without_letter(case: Case, kind: str, after: int) -> Select[tuple[RequestRow]]:
    letter = aliased(LetterRow)
    return (
        select(RequestRow)
        .outerjoin(
            letter,
            and_(
                letter.request_id == RequestRow.id,
                letter.kind == kind,
                letter.asking == RequestRow.asking,
            ),
        )
        .where(
            RequestRow.occurrence_id == case.row.id,
            RequestRow.kind == RequestKind.OPINION,
            RequestRow.state == RequestState.OPEN,
            RequestRow.id > after,
            letter.id.is_(None),
        )
        .order_by(RequestRow.id)
    )


NO_ADDRESS: Final = {role: f"no_{role.value}" for role in Role}
"""The kinds of problem that are over once the plan names somebody."""


def no_address(session: Session, case: Case, unit: str, role: Role = Role.CONTACT) -> None:
    """Nobody can be written to: that is for the head to mend in the plan."""
    raise_problem(
        session,
        case.plan_id,
        case.now,
        f"{NO_ADDRESS[role]}/{unit}",
        kind=NO_ADDRESS[role],
        detail=f"the plan names no {role.value} address for {unit} on {case.now:%d/%m/%Y}",
        unit=unit,
    )
