"""The first letter to the head: how the year begins."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.domain.ids import HEAD
from dondoc.domain.plan import Plan, Role
from dondoc.domain.states import OccurrenceState
from dondoc.domain.wording import thoi_gian
from dondoc.mail.letters import AssumptionView, OrphanView, PlanStarted, YearLine
from dondoc.services import views
from dondoc.services.office import Draft, Office
from dondoc.store.tables import LetterRow, OccurrenceRow, PlanRow


def plan_started(
    office: Office, session: Session, plan: Plan, row: PlanRow, now: datetime, *, again: bool = False
) -> Draft:
    """The first letter to the head: the year, and what the plan leaves open; `again` for one who comes later."""
    rows = session.execute(select(OccurrenceRow.key, OccurrenceRow.state).where(OccurrenceRow.plan_id == plan.id))
    states = {found.key: found.state for found in rows}
    letter = PlanStarted(
        **views.to_head(office, session, plan, now),
        plan_title=plan.title,
        year=plan.year,
        starts_on=row.starts_on,
        lines=tuple(
            YearLine(
                occurrence.title,
                thoi_gian(occurrence.when),
                None if states[occurrence.id] is OccurrenceState.BEFORE_SYSTEM else occurrence.consult_on,
            )
            for _, occurrence in plan.occurrences()
        ),
        assumptions=tuple(
            AssumptionView(a.id, a.question, a.value, a.alternatives) for a in plan.assumptions if not a.is_confirmed
        ),
        orphans=tuple(
            OrphanView(activity.short_title, content.text)
            for activity in plan.activities
            for content in activity.contents
            if not any(content.id in assignment.contents for assignment in activity.assignments)
        ),
        unreachable=tuple(
            unit.name_on(now.date()).short
            for unit in plan.consulted_on(now.date())
            if not unit.addresses_of(Role.CONTACT, now.date())
        ),
    )
    reader = plan.reader_on(now.date())
    key = f"{letter.kind}/{plan.id}/{HEAD}"
    if again:
        known = select(func.count()).select_from(LetterRow)
        number = session.scalar(known.where(LetterRow.plan_id == plan.id, LetterRow.kind == letter.kind))
        key = f"{key}/{(number or 0) + 1}"
    return Draft(letter=letter, key=key, addressee=HEAD, address=reader.email, name=reader.name)
