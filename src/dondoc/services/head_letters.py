"""Letters to the head that belong to no single round: the plan's beginning, and problems, bundled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import HEAD
from dondoc.domain.plan import Plan, Role
from dondoc.domain.states import OccurrenceState, ProblemState
from dondoc.domain.wording import thoi_gian
from dondoc.mail.letters import AssumptionView, OrphanView, PlanStarted, ProblemsNotice, ProblemView, YearLine
from dondoc.services import views
from dondoc.services.office import Draft, Office
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.tables import LetterRow, OccurrenceRow, PlanRow, ProblemRow

_UNTOLD = (ProblemRow.state == ProblemState.OPEN, ProblemRow.told_at.is_(None))


def plan_started(office: Office, session: Session, plan: Plan, row: PlanRow, now: datetime) -> Draft:
    """The first letter to the head: the year, and what the plan leaves open."""
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
    return _to_head(plan, letter, f"{letter.kind}/{plan.id}/{HEAD}", now)


def tell_problems(office: Office) -> int:
    """Tell the head of the problems not told yet, in one letter a plan; return how many letters were written.

    Several problems make one letter, because the head has ten minutes a day.
    """
    written = 0
    with office.sessions.reading() as session:
        if session.scalar(select(func.count()).select_from(ProblemRow).where(*_UNTOLD)) == 0:
            return 0
    with office.sessions.writing() as session:
        now = office.clock.now()
        for plan_row in active_plans(session):
            rows = session.scalars(
                select(ProblemRow)
                .where(ProblemRow.plan_id == plan_row.id, *_UNTOLD)
                .order_by(ProblemRow.raised_at, ProblemRow.id)
            ).all()
            if not rows:
                continue
            plan = plan_of(plan_row)
            fields = views.to_head(office, session, plan, now)
            letter = ProblemsNotice(**fields, problems=tuple(_views(plan, rows, fields["board_url"], now)))
            earlier = session.scalar(
                select(func.count())
                .select_from(LetterRow)
                .where(LetterRow.plan_id == plan.id, LetterRow.kind == letter.kind)
            )
            key = f"{letter.kind}/{plan.id}/{HEAD}/{(earlier or 0) + 1}"
            written += office.post(session, plan.id, [_to_head(plan, letter, key, now)], now)
            for row in rows:
                row.told_at = now
    return written


def _views(plan: Plan, rows: Iterable[ProblemRow], url: str, now: datetime) -> Iterator[ProblemView]:
    names = {unit.id: unit.name_on(now.date()).short for unit in plan.units}
    titles = {occurrence.id: occurrence.title for _, occurrence in plan.occurrences()}
    for row in rows:
        yield ProblemView(
            kind=row.kind,
            severity=row.severity,
            detail=row.detail,
            since=local(row.raised_at),
            url=url,
            unit_short=names.get(row.unit or ""),
            occurrence_title=titles.get(row.occurrence or ""),
        )


def _to_head(plan: Plan, letter: PlanStarted | ProblemsNotice, key: str, now: datetime) -> Draft:
    person = plan.head_on(now.date())
    return Draft(letter=letter, key=key, addressee=HEAD, address=person.email, name=person.name)
