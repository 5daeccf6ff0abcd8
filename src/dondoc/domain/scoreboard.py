"""How each unit did (III.1 "đánh giá"; R4): every figure out of facts that bear their evidence.

A share is of what was asked of the unit and is due by now; what was not asked, or is not due yet, counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from dondoc.domain.ids import UnitId
from dondoc.domain.states import RequestKind


class Standing(StrEnum):
    """What became of one thing that was asked."""

    IN_TIME = "in_time"
    LATE = "late"
    MISSING = "missing"
    """The deadline has passed, and it did not come."""
    OPEN = "open"
    """It is not due yet."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was asked of a unit; `days` are the working days from asking to the answer, None without one."""

    unit: UnitId
    kind: RequestKind
    standing: Standing
    days: int | None
    evidence: str
    """The key of the request, or of what proves the answer."""


@dataclass(frozen=True, slots=True)
class Turnout:
    """Who came of a unit to one occurrence, against its quota."""

    unit: UnitId
    came: int
    quota: int
    evidence: str


@dataclass(frozen=True, slots=True)
class Score:
    """One unit's figures; None where nothing was asked that is due."""

    unit: UnitId
    asked: int
    """Consultations that are over, or were answered."""
    in_time: int
    days: float | None
    """Working days to an answer, on average."""
    paid: int | None
    named: int | None
    assigned: int | None
    reported: int | None
    """Percent in time, like the three before."""
    attendance: int | None
    """Percent of the quota that came."""
    missing: tuple[str, ...]
    """What is owed past its deadline."""
    evidence: tuple[str, ...]


def score(unit: UnitId, facts: Iterable[Fact], turnouts: Iterable[Turnout]) -> Score:
    """The figures of one unit."""
    mine = [fact for fact in facts if fact.unit == unit and fact.standing is not Standing.OPEN]
    came = [turnout for turnout in turnouts if turnout.unit == unit]
    opinions = [fact for fact in mine if fact.kind is RequestKind.OPINION]
    days = [fact.days for fact in opinions if fact.days is not None]
    quota = sum(turnout.quota for turnout in came)
    return Score(
        unit=unit,
        asked=len(opinions),
        in_time=sum(fact.standing is Standing.IN_TIME for fact in opinions),
        days=round(sum(days) / len(days), 1) if days else None,
        paid=_share(mine, RequestKind.CONTRIBUTION),
        named=_share(mine, RequestKind.PARTICIPANTS),
        assigned=_share(mine, RequestKind.ASSIGNMENT),
        reported=_share(mine, RequestKind.REPORT),
        attendance=min(100, round(100 * sum(t.came for t in came) / quota)) if quota else None,
        missing=tuple(fact.evidence for fact in mine if fact.standing is Standing.MISSING),
        evidence=(*(fact.evidence for fact in mine), *(turnout.evidence for turnout in came)),
    )


def _share(facts: Iterable[Fact], kind: RequestKind) -> int | None:
    asked = [fact for fact in facts if fact.kind is kind]
    if not asked:
        return None
    return round(100 * sum(fact.standing is Standing.IN_TIME for fact in asked) / len(asked))
