"""Following the cluster as it changes: units that leave, merge or come (II, III; scenarios 20 and 21).

The plan's dates say when; whoever runs first on or after that day brings the record in line, and doing it again does
nothing. Nor does a clock that went back: what happened later than it shows stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.consultation import Timetable, closing
from dondoc.domain.plan import Plan
from dondoc.domain.states import OccurrenceState, ProblemState, RequestKind, RequestState, RoundState
from dondoc.services.asking import settle
from dondoc.services.case import Case, cases, open_case
from dondoc.services.consult import NO_ADDRESS, ask_unit
from dondoc.services.links import revoke
from dondoc.services.office import Office
from dondoc.services.round_problems import resolve_about_round
from dondoc.store.history import note, resolve_problem
from dondoc.store.parts import in_parts
from dondoc.store.queries import Asked, active_plans, asked, consulted_in, opinion_requests, plan_of
from dondoc.store.tables import OccurrenceRow, ProblemRow, RequestRow

_NO_LONGER_OWED = (RequestKind.PARTICIPANTS, RequestKind.ASSIGNMENT, RequestKind.REPORT)
"""What dies with the membership; contributions are frozen by their own rules, opinions belong to their round."""


def keep_members(office: Office) -> None:
    """Have everybody asked who is to be asked today, and nobody else."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        rounds = [
            (case.plan_id, case.key)
            for case in cases(session, now, OccurrenceState.CONSULTING)
            if _differs(session, case)
            and (state := asked(session, case.row)) is not None
            and (_gone(case, state) or _come(session, case, state))
        ]
        is_owed = any(True for _ in _owed_by_strangers(session, now))
        is_named = any(True for _ in _named(session, now))
    for plan_id, key in rounds:
        with office.sessions.writing() as session:
            _bring(office, session, open_case(session, plan_id, key, now))
    if is_owed:
        with office.sessions.writing() as session:
            for plan, row in list(_owed_by_strangers(session, now)):
                _withdraw(session, plan, row, now)
    if is_named:
        with office.sessions.writing() as session:
            for problem in list(_named(session, now)):
                resolve_problem(session, problem.plan_id, now, problem.key)


def _named(session: Session, now: datetime) -> Iterator[ProblemRow]:
    """Problems of units for whom the plan named nobody to write to, and now does, or which have left."""
    day = now.date()
    for plan_row in active_plans(session):
        plan = plan_of(plan_row)
        for role, kind in NO_ADDRESS.items():
            unresolved = (ProblemRow.kind == kind) & (ProblemRow.state != ProblemState.RESOLVED)
            for row in session.scalars(select(ProblemRow).where(ProblemRow.plan_id == plan.id, unresolved)):
                unit = plan.heir_of(row.unit, day) if row.unit and plan.has_unit(row.unit) else None
                if unit is None or not unit.is_member_on(day) or unit.addresses_of(role, day):
                    yield row


def successor_of(plan: Plan, unit_id: str, now: datetime) -> str | None:
    """The unit that it has become part of by now; None when it has left, or is a member still."""
    relations = plan.unit(unit_id).relations if plan.has_unit(unit_id) else ()
    merged = [r for r in relations if r.kind == "merged_into" and r.on <= now.date()]
    return merged[-1].unit if merged else None


def _differs(session: Session, case: Case) -> bool:
    """Whether others are asked than are to be asked today: a quick look, for it hardly ever is so."""
    return consulted_in(session, case.row) != {unit.id for unit in case.plan.consulted_on(case.now.date())}


def _gone(case: Case, state: Asked) -> list[RequestRow]:
    consulted = {unit.id for unit in case.plan.consulted_on(case.now.date())}
    return [row for unit, row in state.requests.items() if unit not in consulted and row.asked_at <= case.now]


def _come(session: Session, case: Case, state: Asked) -> list[str]:
    """Who was never asked; not in a round that has closed, which waits for the head."""
    if state.row.state is not RoundState.OPEN:
        return []
    come = [unit.id for unit in case.plan.consulted_on(case.now.date()) if unit.unit_id not in state.requests]
    let_go = {row.unit: row.settled_at for row in opinion_requests(session, case.row)} if come else {}
    return [unit for unit in come if (at := let_go.get(unit)) is None or at <= case.now]


def _bring(office: Office, session: Session, case: Case) -> None:
    state = asked(session, case.row)
    if state is None:
        return
    gone, come = _gone(case, state), _come(session, case, state)
    heirs = {successor_of(case.plan, row.unit, case.now): row.unit for row in gone}
    for row in gone:
        _withdraw(session, case.plan, row, case.now)
        resolve_about_round(session, case, [row.unit])
    if not come:
        return
    next_day = closing(office.calendar.shift(case.now.date(), 1), case.plan.policy, case.now)
    due_at = max(local(state.row.due_at), next_day)
    state.row.due_at = due_at
    known = {row.unit: row for row in opinion_requests(session, case.row)}
    for unit in come:
        ask_unit(session, case, known.get(unit), unit, state.row.number, Timetable(due_at, None))
        note(
            session,
            case.plan_id,
            case.now,
            "request.inherited" if unit in heirs else "request.added",
            occurrence=case.key,
            unit=unit,
            old=heirs.get(unit),
            new=f"round {state.row.number}",
        )


def _owed_by_strangers(session: Session, now: datetime) -> Iterator[tuple[Plan, RequestRow]]:
    """What is still asked of units that belong to the cluster no more."""
    for plan_row in active_plans(session):
        plan = plan_of(plan_row)
        strangers = [unit.id for unit in plan.units if not unit.is_member_on(now.date())]
        for some in in_parts(strangers):
            rows = session.scalars(
                select(RequestRow)
                .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
                .where(
                    RequestRow.plan_id == plan.id,
                    RequestRow.kind.in_(_NO_LONGER_OWED),
                    RequestRow.state == RequestState.OPEN,
                    RequestRow.asked_at <= now,
                    RequestRow.unit.in_(some),
                )
            )
            yield from ((plan, row) for row in rows)


def _withdraw(session: Session, plan: Plan, row: RequestRow, now: datetime) -> None:
    """Nobody answers it any more; an answer that was given no longer counts."""
    old = row.state
    if old is RequestState.OPEN:
        settle(row, now, RequestState.WITHDRAWN)
    else:
        row.state, row.settled_at = RequestState.WITHDRAWN, now
    is_member = any(unit.id == row.unit for unit in plan.members_on(now.date()))
    successor = successor_of(plan, row.unit, now)
    because = "it leads the cluster" if is_member else f"merged into {successor}" if successor else "left the cluster"
    revoke(session, plan.id, row.key, because, now)
    note(
        session,
        plan.id,
        now,
        "request.withdrawn",
        occurrence=row.occurrence.key,
        unit=row.unit,
        old=old.value,
        new=row.key,
        detail=because,
    )
