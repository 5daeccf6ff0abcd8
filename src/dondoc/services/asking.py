"""Asking a unit for anything but its opinion, and following it up: one way for every kind of request (III.1).

What a kind of request says stands with its `Matter`; when it is said, `dondoc.domain.requests` decides.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Protocol

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, aliased

from dondoc.domain.consultation import closing
from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Policy, RequestPolicy, Role
from dondoc.domain.requests import Chase, Remind, TellSecretary, chase, request_key
from dondoc.domain.states import RequestKind, RequestState
from dondoc.services.case import Case, open_case, unreached
from dondoc.services.consult import CHUNK, no_address
from dondoc.services.office import Draft, Office
from dondoc.store.history import note
from dondoc.store.life import is_resting
from dondoc.store.outbox import being_told
from dondoc.store.parts import in_parts
from dondoc.store.queries import active_plans, lock_requests, may_be_chased, plan_of, request_of
from dondoc.store.tables import LetterRow, OccurrenceRow, RequestRow


class Matter(Protocol):
    """What a kind of request says; each method returns None where the plan names nobody to write to."""

    @property
    def kind(self) -> RequestKind: ...
    @property
    def letter(self) -> str:
        """The kind of letter that asks."""
        ...

    def ask(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None: ...
    def remind(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None: ...
    def tell_secretary(self, office: Office, session: Session, case: Case, row: RequestRow) -> Draft | None: ...


Matters = Mapping[RequestKind, Matter]


def policy_of(policy: Policy, kind: RequestKind) -> RequestPolicy:
    found: RequestPolicy = getattr(policy, kind.value)
    return found


def open_request(session: Session, case: Case, kind: RequestKind, unit: str, due_on: date) -> RequestRow:
    """Ask `unit` from now on; the letter follows from the record."""
    request = RequestRow(
        plan_id=case.plan_id,
        key=request_key(kind, case.key, unit),
        kind=kind,
        occurrence_id=case.row.id,
        unit=unit,
        round=1,
        asking=1,
        asked_at=case.now,
        due_at=closing(due_on, case.plan.policy, case.now),
        state=RequestState.OPEN,
        reminded=0,
    )
    session.add(request)
    session.flush()
    return request


def ask_again(request: RequestRow, case: Case, due_on: date, because: str) -> None:
    """Have the unit asked anew, and its reminders begin afresh."""
    request.asking += 1
    request.because = because
    request.asked_at, request.due_at = case.now, closing(due_on, case.plan.policy, case.now)
    request.state, request.settled_at = RequestState.OPEN, None
    request.reminded, request.reminded_stage = 0, None
    request.reminded_on, request.secretary_told_on, request.held_at = None, None, None


def settle(request: RequestRow, now: datetime, state: RequestState = RequestState.ANSWERED) -> None:
    """Nobody is asked any more; settling twice changes nothing."""
    if request.state is RequestState.OPEN:
        request.state, request.settled_at = state, now
    request.held_at = None


def take_up(request: RequestRow) -> None:
    """What was settled is owed after all, as it was asked before."""
    request.state, request.settled_at = RequestState.OPEN, None


def key_of_asking(matter: Matter, case: Case, row: RequestRow) -> str:
    """The key of the letter that asked last."""
    return f"{matter.letter}/{case.key}/{row.unit}" + ("" if row.asking == 1 else f"/{row.asking}")


def key_of_reminder(kind: str, case: Case, row: RequestRow) -> str:
    number = f"{row.reminded}" if row.asking == 1 else f"{row.asking}.{row.reminded}"
    return f"{kind}/{case.key}/{row.unit}/{number}"


def key_of_escalation(kind: str, case: Case, row: RequestRow) -> str:
    return f"{kind}/{case.key}/{row.unit}" + ("" if row.asking == 1 else f"/{row.asking}")


def ask_all(office: Office, matters: Matters) -> int:
    """Write the letters of all requests that have none yet; return how many were."""
    if not office.calendar.is_working(office.clock.now().date()):
        return 0
    with office.sessions.reading() as session:
        waiting = list(_without_letter(session, matters))
    return sum(
        _ask(office, matters, plan_id, occurrence, chunk)
        for (plan_id, occurrence), ids in _grouped(waiting)
        for chunk in in_parts(ids, CHUNK)
    )


def chase_all(office: Office, matters: Matters) -> int:
    """Remind everybody who still owes, and tell the secretaries of those who do not answer; return how often."""
    now = office.clock.now()
    if not office.calendar.is_working(now.date()):
        return 0
    done = 0
    with office.sessions.reading() as session:
        due = [
            (case, chases)
            for case, rows in _open_cases(session, matters, now)
            if (chases := list(_due(office, session, case, rows)))
        ]
    for case, chases in due:
        for chunk in in_parts(chases, CHUNK):
            done += _chase(office, matters, case.plan_id, case.key, list(chunk))
    return done


def _without_letter(session: Session, matters: Matters) -> Iterator[tuple[str, str, int]]:
    letter = aliased(LetterRow)
    for kind, matter in matters.items():
        rows = session.execute(
            select(RequestRow.plan_id, OccurrenceRow.key, RequestRow.id)
            .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
            .outerjoin(
                letter,
                and_(
                    letter.request_id == RequestRow.id,
                    letter.kind == matter.letter,
                    letter.asking == RequestRow.asking,
                ),
            )
            .where(RequestRow.kind == kind, RequestRow.state == RequestState.OPEN, letter.id.is_(None), ~is_resting())
            .order_by(RequestRow.id)
        )
        yield from rows.tuples()


def _grouped(found: Iterable[tuple[str, str, int]]) -> Iterable[tuple[tuple[str, str], list[int]]]:
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for plan_id, occurrence, request in found:
        groups[plan_id, occurrence].append(request)
    return groups.items()


def _ask(office: Office, matters: Matters, plan_id: str, occurrence: str, ids: Iterable[int]) -> int:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        drafts = []
        rows = session.scalars(select(RequestRow).where(RequestRow.id.in_(list(ids))).order_by(RequestRow.id)).all()
        for row in rows:
            if row.state is not RequestState.OPEN:
                continue
            draft = matters[row.kind].ask(office, session, case, row)
            if draft is None:
                no_address(session, case, row.unit)
            else:
                drafts.append(draft)
        return office.post(session, plan_id, drafts, case.now)


def _open_cases(session: Session, matters: Matters, now: datetime) -> Iterator[tuple[Case, list[RequestRow]]]:
    """The occurrences of which something is owed and may be asked for once more, with what it is."""
    for plan_row in active_plans(session):
        rows = session.execute(
            select(RequestRow, OccurrenceRow.key)
            .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
            .where(
                RequestRow.plan_id == plan_row.id,
                or_(*(_is_chased(plan_of(plan_row).policy, kind) for kind in matters)),
                ~is_resting(),
            )
            .order_by(RequestRow.occurrence_id, RequestRow.id)
        )
        groups: dict[str, list[RequestRow]] = defaultdict(list)
        for row, occurrence in rows:
            groups[occurrence].append(row)
        for occurrence, owed in groups.items():
            yield open_case(session, plan_row.id, occurrence, now), owed


def _is_chased(policy: Policy, kind: RequestKind) -> ColumnElement[bool]:
    return and_(RequestRow.kind == kind, may_be_chased(policy_of(policy, kind)))


def _due(office: Office, session: Session, case: Case, rows: Iterable[RequestRow]) -> Iterator[Chase]:
    today = case.now.date()
    owed = list(rows)
    lost = unreached(session, case, {UnitId(row.unit) for row in owed})
    told = being_told(session, case.row, case.now)
    for row in owed:
        policy = policy_of(case.plan.policy, row.kind)
        request = request_of(row, case.row)
        facts = {"unreached": request.unit in lost, "being_told": request.key in told}
        if said := chase(request, today, policy, office.calendar, **facts):
            yield said


def _chase(office: Office, matters: Matters, plan_id: str, occurrence: str, chases: list[Chase]) -> int:
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        rows = lock_requests(session, plan_id, [said.request.key for said in chases])
        drafts: list[Draft] = []
        for said in chases:
            row = rows[said.request.key]
            if row.state is not RequestState.OPEN or row.reminded != said.request.reminded or row.held_at is not None:
                continue  # settled, or said by another run, in the meantime
            draft = say(office, session, case, matters[row.kind], row, said)
            if draft is not None:
                drafts.append(draft)
        return office.post(session, plan_id, drafts, case.now)


def say(office: Office, session: Session, case: Case, matter: Matter, row: RequestRow, said: Chase) -> Draft | None:
    """Record that a reminder or a word to the secretary is said, and draft it; None when nobody can be written to."""
    match said:
        case Remind(number=number, stage=stage, missed=missed):
            row.reminded, row.reminded_stage, row.reminded_on = number, stage, case.now.date()
            if missed:
                skipped(session, case, row, missed)
            draft, role = matter.remind(office, session, case, row), Role.CONTACT
        case TellSecretary():
            row.secretary_told_on = case.now.date()
            draft, role = matter.tell_secretary(office, session, case, row), Role.SECRETARY
    if draft is None:
        no_address(session, case, row.unit, role)
    return draft


def skipped(session: Session, case: Case, row: RequestRow, missed: Iterable[int]) -> None:
    """Say in the history which reminders were left out, because a later one fell due as well."""
    note(
        session,
        case.plan_id,
        case.now,
        "reminder.skipped",
        occurrence=case.key,
        unit=row.unit,
        detail=f"not sent, because a later one falls due as well: {', '.join(f'{n:+d}' for n in missed)}",
    )
