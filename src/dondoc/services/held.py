"""Problems in people's hands: reported by word of mouth, acknowledged, resolved."""

from __future__ import annotations

from sqlalchemy import select

from dondoc.domain.states import ProblemState, Severity
from dondoc.errors import Refused, Unreadable
from dondoc.services.office import Office
from dondoc.services.problems import keep_report
from dondoc.store.history import Actor, acknowledge_problem, resolve_problem
from dondoc.store.queries import find_occurrence, find_plan, plan_of
from dondoc.store.tables import ProblemRow


def raise_by_hand(
    office: Office,
    plan_id: str | None,
    unit: str,
    text: str,
    *,
    occurrence: str | None = None,
    severity: Severity = Severity.NORMAL,
    by: Actor,
    source: str,
) -> str:
    """Record a problem that a unit told somebody of; return its key. The same `source` again records nothing.

    Raises Refused for an empty or overlong text, Unreadable for a unit or an occurrence that the plan has not.
    """
    with office.sessions.writing() as session:
        plan = plan_of(find_plan(session, plan_id))
        if not any(known.id == unit for known in plan.units):
            raise Unreadable(f"plan {plan.id} has no unit {unit} (it has: {', '.join(u.id for u in plan.units)})")
        if occurrence is not None:
            find_occurrence(session, plan.id, occurrence)
        now = office.clock.now()
        return keep_report(
            session, plan.id, now, text, unit=unit, occurrence=occurrence, severity=severity, by=by, source=source
        )


def settle(office: Office, plan_id: str, problem: str, do: str, by: Actor) -> None:
    """Acknowledge or resolve a problem: `do` says which. What was acknowledged comes back if nothing comes of it.

    Raises Unreadable for an unknown key, Refused when it is settled already.
    """
    now = office.clock.now()
    with office.sessions.writing() as session:
        row = session.scalar(select(ProblemRow).where(ProblemRow.plan_id == plan_id, ProblemRow.key == problem))
        if row is None:
            raise Unreadable(f"plan {plan_id} has no problem {problem}")
        if do == "resolve":
            if not resolve_problem(session, plan_id, now, problem, by=by):
                raise Refused(f"problem {problem} is resolved already")
            return
        if row.state is not ProblemState.OPEN:
            raise Refused(f"problem {problem} is {row.state.value} already")
        acknowledge_problem(session, row, now, by=by)
