"""What can be wrong with a unit's answer in a round: there is none, or it objects (III.1 "thống nhất ý kiến")."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.orm import Session

from dondoc.domain.states import RoundProblem
from dondoc.services.case import Case
from dondoc.store.history import RULES, Actor, raise_problem, resolve_problems


def raise_about_round(
    session: Session, case: Case, unit: str, kind: RoundProblem, detail: str, by: Actor = RULES
) -> None:
    """Put it before the head, who is told by a letter of its own that the caller writes."""
    problem = raise_problem(
        session,
        case.plan_id,
        case.now,
        f"{kind.value}/{case.key}/{unit}",
        kind=kind.value,
        detail=detail,
        occurrence=case.key,
        unit=unit,
        by=by,
    )
    if problem is not None:
        problem.told_at = case.now


def resolve_about_round(
    session: Session,
    case: Case,
    units: Iterable[str],
    *,
    kinds: Iterable[RoundProblem] = RoundProblem,
    by: Actor = RULES,
) -> None:
    """It is over for `units`: they answered, or are asked no more, or the head decided."""
    over = [f"{kind.value}/{case.key}/{unit}" for unit in units for kind in kinds]
    resolve_problems(session, case.plan_id, case.now, over, by=by)
