"""One occurrence with everything that is known of it: what most use cases begin with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.plan import Activity, Contact, Head, Plan, PlannedOccurrence, Role, Substitute, Unit
from dondoc.domain.proposal import Proposal
from dondoc.domain.states import OccurrenceState
from dondoc.mail.letters import OccurrenceView
from dondoc.store.life import resting
from dondoc.store.outbox import suppressed
from dondoc.store.parts import in_parts
from dondoc.store.queries import active_plans, find_occurrence, find_plan, occurrences_in, plan_of, proposal_of
from dondoc.store.tables import OccurrenceRow, PlanRow


@dataclass(frozen=True, slots=True)
class Case:
    """An occurrence of a plan, as of a moment."""

    plan: Plan
    row: OccurrenceRow
    activity: Activity
    planned: PlannedOccurrence
    now: datetime
    views: dict[int, OccurrenceView] = field(default_factory=dict, compare=False, repr=False)
    """How each version is shown in letters; the letters of a batch share it, for it takes a look at every share."""

    @property
    def plan_id(self) -> str:
        return self.row.plan_id

    @property
    def key(self) -> str:
        return self.row.key

    def proposal(self, session: Session, version: int | None = None) -> Proposal:
        return proposal_of(session, self.row, version)

    def reader(self) -> Head | Substitute:
        """Who reads the head's letters."""
        return self.plan.reader_on(self.now.date())

    def unit(self, unit_id: UnitId | str) -> Unit:
        return self.plan.unit(unit_id)

    def contact(self, unit_id: UnitId | str, role: Role = Role.CONTACT) -> Contact | None:
        """The first address in force, of a unit that became part of another the other's; None when there is none."""
        day = self.now.date()
        return next(iter(self.plan.heir_of(unit_id, day).addresses_of(role, day)), None)


def unreached(session: Session, case: Case, units: Iterable[UnitId]) -> frozenset[UnitId]:
    """Those of `units` whose contact's address a server refused for good: that they are silent is not their doing."""
    addresses = {unit: contact.email for unit in units if (contact := case.contact(unit)) is not None}
    refused = {address for some in in_parts(addresses.values()) for address in suppressed(session, some)}
    return frozenset(unit for unit, address in addresses.items() if address in refused)


def open_case(session: Session, plan_id: str | None, occurrence: str, now: datetime) -> Case:
    """Raises Unreadable when there is no such plan or occurrence."""
    plan_row = find_plan(session, plan_id)
    return _case(plan_of(plan_row), find_occurrence(session, plan_row.id, occurrence), now)


def case_of(session: Session, row: OccurrenceRow, now: datetime) -> Case:
    """The case of an occurrence that was read already."""
    return _case(plan_of(session.get_one(PlanRow, row.plan_id)), row, now)


def cases(session: Session, now: datetime, *states: OccurrenceState, also_resting: bool = False) -> Iterator[Case]:
    """Every plan's occurrences that are in one of `states`, by the day their consultation opens.

    Those of an activity that is paused are left alone, unless asked for: nothing is done about them (scenario 30).
    """
    left_alone = frozenset() if also_resting else resting(session)
    for plan_row in active_plans(session):
        for row in occurrences_in(session, plan_row.id, states):
            if (row.plan_id, row.activity) not in left_alone:
                yield _case(plan_of(plan_row), row, now)


def rests(session: Session, case: Case) -> bool:
    """Whether the activity is paused."""
    return (case.plan_id, case.row.activity) in resting(session)


def _case(plan: Plan, row: OccurrenceRow, now: datetime) -> Case:
    activity, planned = plan.occurrence(row.key)
    return Case(plan, row, activity, planned, now)
