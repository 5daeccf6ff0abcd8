"""What the letters about the life of an occurrence say: moved, postponed, skipped, merged (Plan 2024, II.1, II.3)."""

from __future__ import annotations

from dataclasses import dataclass

from dondoc.domain.states import ChangeKind
from dondoc.mail.letters import ChangeView, Letter, OccurrenceView, PersonView, StandInView, UnitView


@dataclass(frozen=True, slots=True, kw_only=True)
class OccurrenceChanged(Letter):
    """Tells a unit, or the head, what became of an occurrence about which the unit had been asked."""

    kind = "occurrence_changed"

    unit: UnitView | None
    """None: the head's own copy."""
    person: PersonView | None = None
    problem_url: str | None
    board_url: str | None = None
    stands_in: StandInView | None = None
    occurrence: OccurrenceView
    """As it stands now."""
    change: ChangeKind
    reason: str
    decision: str | None = None
    """The number of the decision by which day and place were set."""
    changes: tuple[ChangeView, ...] = ()
    dated: bool
    """Whether its day is known; a postponed one may wait for it."""
    settled: bool
    """Whether day and place are both known."""
    was_agreed: bool
    """Whether the units had agreed to it, which a new day leaves as it is."""
    collects: bool
    """Whether the units pay for it."""
    merged_title: str | None = None
    merged_when: str | None = None
    """The occurrence that takes its place, and when that is."""
