"""How grave a problem is, looked at before anybody is told of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.escalation import REPORTED, severity_of
from dondoc.domain.plan import OnDay, Plan
from dondoc.domain.states import OccurrenceState, Severity
from dondoc.services.problem_letters import KINDS
from dondoc.store.history import note
from dondoc.store.queries import find_occurrence, proposal_of
from dondoc.store.tables import ProblemRow

LETTER_FAILED = "letter_failed"

_AHEAD = (OccurrenceState.PLANNED, OccurrenceState.CONSULTING, OccurrenceState.AGREED, OccurrenceState.LAUNCHED)


def grade(session: Session, plan: Plan, row: ProblemRow, now: datetime) -> None:
    """Put right how grave a problem is that nobody has been told of yet."""
    if row.told_at is not None:
        return
    severity = _severity(session, plan, row)
    if severity is not row.severity:
        note(
            session,
            plan.id,
            now,
            "problem.graded",
            occurrence=row.occurrence,
            unit=row.unit,
            old=row.severity.value,
            new=severity.value,
            detail=row.key,
        )
        row.severity = severity


def _severity(session: Session, plan: Plan, row: ProblemRow) -> Severity:
    # A letter about problems that did not arrive must not become the matter of the next one, and so on for ever:
    # what it told is told again anyway.
    if any(row.key.startswith(f"{LETTER_FAILED}/{kind}/") for kind in KINDS):
        return Severity.NOTE
    happens_on = _begins(session, plan, row) if row.kind == REPORTED else None
    return severity_of(row.kind, row.severity, local(row.raised_at).date(), happens_on, plan.policy)


def _begins(session: Session, plan: Plan, row: ProblemRow) -> date | None:
    """The first day of the occurrence that the problem is about; None when nothing is ahead."""
    if row.occurrence is None:
        return None
    occurrence = find_occurrence(session, plan.id, row.occurrence)
    if occurrence.state not in _AHEAD:
        return None
    when = proposal_of(session, occurrence).when if occurrence.version else plan.occurrence(occurrence.key)[1].when
    return when.day if isinstance(when, OnDay) else when.first
