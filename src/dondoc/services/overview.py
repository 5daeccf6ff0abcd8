"""Where things stand, for one screen: the board, `dondoc status` and the artifacts in Prefect show the same.

However many occurrences and units there are, a look takes the same number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.plan import Plan
from dondoc.domain.states import LetterState, OccurrenceState, ProblemState, Severity
from dondoc.services.case import Case
from dondoc.services.office import Office
from dondoc.services.overview_lines import (
    AnswerLine,
    DecisionLine,
    LetterLine,
    OccurrenceLine,
    ProblemLine,
    UnitLine,
    answer_line,
    letter_line,
    occurrence_line,
    problem_line,
    unit_lines,
)
from dondoc.store.queries import (
    Asked,
    asked,
    asked_about,
    find_occurrence,
    find_plan,
    occurrences_in,
    plan_of,
    proposals_of,
)
from dondoc.store.tables import (
    LetterRow,
    OccurrenceRow,
    ProblemRow,
    RequestRow,
    ResponseRow,
    RoundRow,
    SuppressionRow,
)

_ASKS = "consultation_request"
_TROUBLE = (LetterState.FAILED, LetterState.UNKNOWN)


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
    decisions: tuple[DecisionLine, ...]
    """Of every round, the latest last."""
    trouble: tuple[LetterLine, ...]
    """Its letters that did not go out, or perhaps did not."""


@dataclass(frozen=True, slots=True)
class Board:
    """The year, and unit by unit every occurrence about which the units were asked, by its key."""

    overview: Overview
    details: Mapping[str, Detail]


def overview(office: Office, plan_id: str | None = None) -> Overview:
    """Raises Unreadable when no such plan is loaded."""
    with office.sessions.reading() as session:
        return _overview(session, _Year(session, plan_id, office.clock.now()))


def detail(office: Office, plan_id: str | None, occurrence: str) -> Detail:
    """Raises Unreadable when there is no such plan or occurrence."""
    with office.sessions.reading() as session:
        year = _Year(session, plan_id, office.clock.now(), occurrence)
        return _details(session, year)[occurrence]


def board(office: Office, plan_id: str | None = None) -> Board:
    """Raises Unreadable when no such plan is loaded."""
    with office.sessions.reading() as session:
        year = _Year(session, plan_id, office.clock.now())
        details = _details(session, year)
        return Board(_overview(session, year), {key: found for key, found in details.items() if found.units})


def standing(session: Session, plan_id: str, now: datetime) -> tuple[OccurrenceLine, ...]:
    """Where each occurrence of a plan stands; one after the other, so that a run has little in memory."""
    year = _Year(session, plan_id, now)
    return tuple(year.line(case, asked(session, case.row)) for case in year.cases)


def answers_of(session: Session, request: RequestRow) -> tuple[AnswerLine, ...]:
    """All that a unit answered to one request, newest first."""
    rows = session.scalars(
        select(ResponseRow).where(ResponseRow.request_id == request.id).order_by(ResponseRow.number.desc())
    )
    return tuple(answer_line(row) for row in rows)


class _Year:
    """A plan's occurrences, or one of them, with the rounds and versions that are in force."""

    def __init__(self, session: Session, plan_id: str | None, now: datetime, occurrence: str | None = None) -> None:
        row = find_plan(session, plan_id)
        self.plan_id = row.id
        self.plan: Plan = plan_of(row)
        self.now = now
        self.only = occurrence
        rows: Sequence[OccurrenceRow]
        if occurrence is None:
            rows = occurrences_in(session, row.id, OccurrenceState)
        else:
            rows = [find_occurrence(session, row.id, occurrence)]
        self.cases = [Case(self.plan, found, *self.plan.occurrence(found.key), now) for found in rows]
        self._session, self._proposals = session, proposals_of(session, row.id)

    @cached_property
    def rounds(self) -> dict[int, Asked]:
        return asked_about(self._session, [case.row for case in self.cases])

    def line(self, case: Case, state: Asked | None) -> OccurrenceLine:
        return occurrence_line(case, self._proposals.get(case.row.id), state)


def _overview(session: Session, year: _Year) -> Overview:
    plan, head = year.plan, year.plan.head_on(year.now.date())
    counts = session.execute(
        select(LetterRow.state, func.count()).where(LetterRow.plan_id == year.plan_id).group_by(LetterRow.state)
    )
    return Overview(
        plan_id=year.plan_id,
        title=plan.title,
        year=plan.year,
        cluster=plan.cluster,
        head=head.name,
        head_address=head.email,
        at=year.now,
        unconfirmed=tuple(a.id for a in plan.assumptions if not a.is_confirmed),
        occurrences=tuple(year.line(case, year.rounds.get(case.row.id)) for case in year.cases),
        problems=_problems(session, year),
        letters={state.value: count for state, count in counts},
    )


def _details(session: Session, year: _Year) -> dict[str, Detail]:
    mine = [LetterRow.plan_id == year.plan_id]
    if year.only is not None:
        mine.append(LetterRow.occurrence == year.only)
    asking = session.execute(
        select(LetterRow.request_id, LetterRow.asking, LetterRow.state).where(*mine, LetterRow.kind == _ASKS)
    )
    letters = {(row.request_id, row.asking): row.state for row in asking}
    trouble = session.scalars(
        select(LetterRow).where(*mine, LetterRow.state.in_(_TROUBLE)).order_by(LetterRow.id)
    ).all()
    refused = frozenset(session.scalars(select(SuppressionRow.address)))
    problems = _problems(session, year)
    decisions = _decisions(session, year)
    details = {}
    for case in year.cases:
        state = year.rounds.get(case.row.id)
        details[case.key] = Detail(
            plan_id=year.plan_id,
            line=year.line(case, state),
            units=unit_lines(case, state, letters, refused) if state else (),
            problems=tuple(problem for problem in problems if problem.occurrence == case.key),
            decisions=tuple(decisions[case.row.id]),
            trouble=tuple(letter_line(row) for row in trouble if row.occurrence == case.key),
        )
    return details


def _decisions(session: Session, year: _Year) -> dict[int, list[DecisionLine]]:
    """What was decided about each occurrence, by its id."""
    found: dict[int, list[DecisionLine]] = defaultdict(list)
    decided = RoundRow.occurrence_id.in_(year.rounds), RoundRow.decision.is_not(None)
    for row in session.scalars(select(RoundRow).where(*decided).order_by(RoundRow.number)):
        if row.decision and row.decided_at:  # the table ties one to the other
            reason, by = row.decision_reason or "", row.decided_by or ""
            line = DecisionLine(row.number, row.decision, reason, local(row.decided_at), by)
            found[row.occurrence_id].append(line)
    return found


def _problems(session: Session, year: _Year) -> tuple[ProblemLine, ...]:
    """The problems that are not resolved, urgent ones first."""
    query = select(ProblemRow).where(ProblemRow.plan_id == year.plan_id, ProblemRow.state != ProblemState.RESOLVED)
    if year.only is not None:
        query = query.where(ProblemRow.occurrence == year.only)
    names = {unit.id: unit.name_on(year.now.date()).short for unit in year.plan.units}
    rows = session.scalars(query.order_by(ProblemRow.raised_at, ProblemRow.id)).all()
    lines = (problem_line(row, names) for row in rows)
    return tuple(sorted(lines, key=lambda line: line.severity is not Severity.URGENT))


__all__ = [
    "AnswerLine",
    "Board",
    "DecisionLine",
    "Detail",
    "LetterLine",
    "OccurrenceLine",
    "Overview",
    "ProblemLine",
    "UnitLine",
    "answers_of",
    "board",
    "detail",
    "overview",
    "standing",
]
