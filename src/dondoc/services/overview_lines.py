"""What the overview is made of: plain values, ready for a page, a table or JSON (`dataclasses.asdict`)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from dondoc.clock import local
from dondoc.domain.ids import UnitId
from dondoc.domain.proposal import Proposal
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
from dondoc.services.case import Case
from dondoc.store.queries import Asked
from dondoc.store.tables import LetterRow, ProblemRow, ResponseRow


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer of a unit, as it was recorded."""

    verdict: Verdict
    version: int
    """Of the proposal that it was given to."""
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
    unreached: bool
    """Its contact's address was refused for good, so its silence says nothing (scenario 15)."""


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
    needs_decision: bool
    """Whether the head must say how to go on."""

    @property
    def silent(self) -> int:
        """How many have not answered."""
        return self.asked - self.answered


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What the head decided about a round."""

    round: int
    decision: Decision
    reason: str
    at: datetime
    by: str


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
class LetterLine:
    """A letter that did not go out, or of which nobody knows whether it did."""

    key: str
    addressee: str
    address: str
    subject: str
    state: LetterState
    note: str | None


def occurrence_line(case: Case, proposal: Proposal | None, state: Asked | None) -> OccurrenceLine:
    when, place = (proposal.when, proposal.place) if proposal else (case.planned.when, case.planned.place)
    verdicts = Counter(answer.verdict for answer in state.counting.values()) if state else Counter()
    row = state.row if state else None
    outcome = row.outcome if row and row.state is RoundState.CLOSED else None
    undecided = case.row.state is OccurrenceState.CONSULTING and row is not None and row.decision is None
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
        outcome=outcome,
        decision=row.decision if row else None,
        reason=case.row.reason or (row.decision_reason if row else None),
        needs_decision=undecided and (verdicts[Verdict.OBJECT] > 0 or outcome in (Outcome.SILENT, Outcome.OBJECTED)),
    )


def unit_lines(
    case: Case, state: Asked, letters: Mapping[tuple[int, int], LetterState], refused: Collection[str]
) -> tuple[UnitLine, ...]:
    """Every unit that was asked. `letters`: what became of the letters that asked, by request and asking;
    `refused`: addresses that take no more letters.
    """
    return tuple(_unit_line(case, state, unit, letters, refused) for unit in state.requests)


def _unit_line(
    case: Case, state: Asked, unit: UnitId, letters: Mapping[tuple[int, int], LetterState], refused: Collection[str]
) -> UnitLine:
    request = state.requests[unit]
    counting, latest, contact = state.counting.get(unit), state.latest.get(unit), case.contact(unit)
    return UnitLine(
        unit=unit,
        name=case.unit(unit).name_on(case.now.date()).short,
        answer=answer_line(counting) if counting else None,
        late=answer_line(latest) if latest is not None and latest is not counting else None,
        reminders=request.reminded,
        reminded_on=request.reminded_on,
        secretary_told_on=request.secretary_told_on,
        letter=letters.get((request.id, request.asking)),
        unreached=contact is not None and contact.email in refused,
    )


def answer_line(row: ResponseRow) -> AnswerLine:
    return AnswerLine(
        verdict=row.verdict,
        version=row.version,
        comment=row.comment,
        by=row.by,
        channel=row.channel,
        at=local(row.received_at),
        late=row.late,
        evidence=row.evidence,
    )


def problem_line(row: ProblemRow, names: Mapping[str, str]) -> ProblemLine:
    """`names`: what each unit is called."""
    return ProblemLine(
        key=row.key,
        kind=row.kind,
        severity=row.severity,
        state=row.state,
        detail=row.detail,
        unit_name=names.get(row.unit or ""),
        occurrence=row.occurrence,
        since=local(row.raised_at),
    )


def letter_line(row: LetterRow) -> LetterLine:
    return LetterLine(row.key, row.addressee, row.address, row.subject, row.state, row.note)
