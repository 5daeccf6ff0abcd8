"""What the head's digest says: what waits for a decision, and where things stand (III.1 "theo dõi, đôn đốc")."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from dondoc.domain.ids import Dong
from dondoc.domain.states import OccurrenceState, RequestKind, Severity
from dondoc.mail.letters import ProblemView, ToHead


@dataclass(frozen=True, slots=True)
class ToDecideView:
    """An occurrence of which the head must say how it goes on."""

    title: str
    objecting: int
    silent: int
    closed_at: datetime | None
    """None: the round is still open."""
    url: str


@dataclass(frozen=True, slots=True)
class MatterView:
    """Problems of one kind about one occurrence, one a unit: one thing to look at."""

    kind: str
    severity: Severity
    occurrence_title: str | None
    problems: tuple[ProblemView, ...]

    @property
    def since(self) -> datetime:
        return min(problem.since for problem in self.problems)


@dataclass(frozen=True, slots=True)
class OwedView:
    """How many units gave what they were asked for."""

    kind: RequestKind
    asked: int
    given: int
    due_at: datetime | None
    """By when the next of those that are missing is due; None when none is missing."""


@dataclass(frozen=True, slots=True)
class UnderWayView:
    title: str
    state: OccurrenceState
    when_text: str
    owed: tuple[OwedView, ...] = ()


@dataclass(frozen=True, slots=True)
class AheadView:
    """An occurrence about which the units will be asked soon."""

    title: str
    when_text: str
    consult_on: date


@dataclass(frozen=True, slots=True)
class MoneyView:
    title: str
    raised: Dong
    received: Dong
    spent: Dong
    left: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadDigest(ToHead):
    """Tells the head once a week what needs deciding and where things stand; once a month of the whole year."""

    kind = "head_digest"

    day: date
    is_monthly: bool
    decisions: tuple[ToDecideView, ...]
    matters: tuple[MatterView, ...]
    """Problems that nobody has taken up."""
    rest: int = 0
    """How many more problems are only shown on the board."""
    taken_up: tuple[MatterView, ...] = ()
    """Problems that somebody acknowledged and nobody settled."""
    notes: tuple[MatterView, ...] = ()
    """What asks for nothing, but should be known: nothing published (R24), few people there (R18)."""
    unconfirmed: int = 0
    """How many assumptions of the plan nobody has confirmed."""
    under_way: tuple[UnderWayView, ...] = ()
    ahead: tuple[AheadView, ...] = ()
    year: tuple[UnderWayView, ...] = ()
    """Once a month: every occurrence."""
    money: tuple[MoneyView, ...] = ()
    """Once a month: every activity that has any."""

    @property
    def to_decide(self) -> int:
        return len(self.decisions) + len(self.matters)
