"""Where things stand, for one screen: the board, `dondoc status` and the artifacts in Prefect show the same."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.plan import Plan
from dondoc.domain.states import (
    Channel,
    Decision,
    LetterState,
    OccurrenceState,
    Outcome,
    ProblemState,
    RoundState,
    Severity,
    Verdict,
)
from dondoc.domain.wording import dia_diem, thoi_gian
from dondoc.services.case import Case, cases
from dondoc.services.office import Office
from dondoc.store.queries import Asked, asked, find_plan, plan_of
from dondoc.store.tables import LetterRow, ProblemRow, RequestRow, ResponseRow


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer of a unit, as it was recorded."""

    verdict: Verdict
    comment: str
    by: str
    channel: Channel
    at: datetime
    late: bool
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """How one unit stands in a round; `answer` is the one that counts, `late` one that came after the close."""

    unit: str
    name: str
    answer: AnswerLine | None
    late: AnswerLine | None
    reminders: int
    reminded_on: date | None
    secretary_told_on: date | None
    letter: LetterState | None
    """What became of the letter that asked; None: it was not written."""


@dataclass(frozen=True, slots=True)
class OccurrenceLine:
    """One occurrence in short; without a round the figures are 0."""

    key: str
    title: str
    activity: str
    clause: str
    state: OccurrenceState
    when_text: str
    place_text: str
    consult_on: date
    round: int
    due_at: datetime | None
    closed_at: datetime | None
    asked: int
    answered: int
    objecting: int
    outcome: Outcome | None
    decision: Decision | None
    reason: str | None

    @property
    def needs_decision(self) -> bool:
        """Whether the head must say how to go on."""
        undecided = self.state is OccurrenceState.CONSULTING and self.decision is None
        return undecided and (self.objecting > 0 or self.outcome in (Outcome.SILENT, Outcome.OBJECTED))


@dataclass(frozen=True, slots=True)
class ProblemLine:
    key: str
    kind: str
    severity: Severity
    state: ProblemState
    detail: str
    unit_name: str | None
    occurrence: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """A plan's year, as it stands."""

    plan_id: str
    title: str
    year: int
    cluster: str
    head: str
    head_address: str
    at: datetime
    unconfirmed: tuple[str, ...]
    occurrences: tuple[OccurrenceLine, ...]
    problems: tuple[ProblemLine, ...]
    letters: dict[str, int]
    """How many letters are in which state."""

    @property
    def decisions(self) -> tuple[OccurrenceLine, ...]:
        return tuple(line for line in self.occurrences if line.needs_decision)


@dataclass(frozen=True, slots=True)
class Detail:
    """One occurrence, unit by unit."""

    plan_id: str
    line: OccurrenceLine
    units: tuple[UnitLine, ...]
    problems: tuple[ProblemLine, ...]


def overview(office: Office, plan_id: str | None = None) -> Overview:
    """Raises Unreadable when no such plan is loaded."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        row = find_plan(session, plan_id)
        plan = plan_of(row)
        lines = tuple(_line(session, case, asked(session, case.row)) for case in _all_cases(session, row.id, now))
        counts = session.execute(
            select(LetterRow.state, func.count()).where(LetterRow.plan_id == row.id).group_by(LetterRow.state)
        )
        return Overview(
            plan_id=row.id,
            title=plan.title,
            year=plan.year,
            cluster=plan.cluster,
            head=plan.head_on(now.date()).name,
            head_address=plan.head_on(now.date()).email,
            at=now,
            unconfirmed=tuple(a.id for a in plan.assumptions if not a.is_confirmed),
            occurrences=lines,
            problems=_problems(session, plan, now),
            letters={state.value: count for state, count in counts},
        )


def detail(office: Office, plan_id: str | None, occurrence: str) -> Detail:
    """Raises Unreadable when there is no such plan or occurrence."""
    from dondoc.services.case import open_case

    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        state = asked(session, case.row)
        return Detail(
            plan_id=case.plan_id,
            line=_line(session, case, state),
            units=_units(session, case, state) if state else (),
            problems=_problems(session, case.plan, case.now, occurrence),
        )


def answers_of(session: Session, request: RequestRow) -> tuple[AnswerLine, ...]:
    """All that a unit answered to one request, newest first."""
    rows = session.scalars(
        select(ResponseRow).where(ResponseRow.request_id == request.id).order_by(ResponseRow.number.desc())
    )
    return tuple(_answer(row) for row in rows)


def _all_cases(session: Session, plan_id: str, now: datetime) -> list[Case]:
    return [case for case in cases(session, now, *OccurrenceState) if case.plan_id == plan_id]


def _line(session: Session, case: Case, state: Asked | None) -> OccurrenceLine:
    proposal = case.proposal(session) if case.row.version else None
    when, place = (proposal.when, proposal.place) if proposal else (case.planned.when, case.planned.place)
    verdicts = Counter(answer.verdict for answer in state.counting.values()) if state else Counter()
    row = state.row if state else None
    return OccurrenceLine(
        key=case.key,
        title=case.planned.title,
        activity=case.activity.short_title,
        clause=case.activity.clause,
        state=case.row.state,
        when_text=thoi_gian(when),
        place_text=dia_diem(place),
        consult_on=case.row.consult_on,
        round=row.number if row else 0,
        due_at=local(row.due_at) if row else None,
        closed_at=local(row.closed_at) if row and row.closed_at else None,
        asked=len(state.requests) if state else 0,
        answered=verdicts.total(),
        objecting=verdicts[Verdict.OBJECT],
        outcome=row.outcome if row and row.state is RoundState.CLOSED else None,
        decision=row.decision if row else None,
        reason=case.row.reason or (row.decision_reason if row else None),
    )


def _units(session: Session, case: Case, state: Asked) -> tuple[UnitLine, ...]:
    found = session.execute(
        select(LetterRow.request_id, LetterRow.asking, LetterRow.state)
        .where(LetterRow.kind == "consultation_request", LetterRow.occurrence == case.key)
        .where(LetterRow.plan_id == case.plan_id)
    )
    letters = {(letter.request_id, letter.asking): letter.state for letter in found}
    lines = []
    for unit, request in state.requests.items():
        counting, latest = state.counting.get(unit), state.latest.get(unit)
        lines.append(
            UnitLine(
                unit=unit,
                name=case.unit(unit).name_on(case.now.date()).short,
                answer=_answer(counting) if counting else None,
                late=_answer(latest) if latest is not None and latest is not counting else None,
                reminders=request.reminded,
                reminded_on=request.reminded_on,
                secretary_told_on=request.secretary_told_on,
                letter=letters.get((request.id, request.asking)),
            )
        )
    return tuple(lines)


def _answer(row: ResponseRow) -> AnswerLine:
    return AnswerLine(
        verdict=row.verdict,
        comment=row.comment,
        by=row.by,
        channel=row.channel,
        at=local(row.received_at),
        late=row.late,
        evidence=row.evidence,
    )


def _problems(session: Session, plan: Plan, now: datetime, occurrence: str | None = None) -> tuple[ProblemLine, ...]:
    """The problems that are not resolved, urgent ones first."""
    query = select(ProblemRow).where(ProblemRow.plan_id == plan.id, ProblemRow.state != ProblemState.RESOLVED)
    if occurrence is not None:
        query = query.where(ProblemRow.occurrence == occurrence)
    names = {unit.id: unit.name_on(now.date()).short for unit in plan.units}
    rows = session.scalars(query.order_by(ProblemRow.raised_at, ProblemRow.id)).all()
    lines = (
        ProblemLine(
            key=row.key,
            kind=row.kind,
            severity=row.severity,
            state=row.state,
            detail=row.detail,
            unit_name=names.get(row.unit or ""),
            occurrence=row.occurrence,
            since=local(row.raised_at),
        )
        for row in rows
    )
    return tuple(sorted(lines, key=lambda line: line.severity is not Severity.URGENT))


__all__ = ["Detail", "Overview", "answers_of", "detail", "overview"]
