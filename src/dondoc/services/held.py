"""What waits for the head: replies that nobody but a person can read, and problems to acknowledge or resolve."""

from __future__ import annotations

import hashlib

from sqlalchemy import select

from dondoc.domain.states import Channel, ProblemState
from dondoc.errors import Refused, Unreadable
from dondoc.services.office import Office
from dondoc.store.history import Actor, note, raise_problem, resolve_problem
from dondoc.store.queries import find_request
from dondoc.store.tables import ProblemRow


def hold_reply(office: Office, plan_id: str, request: str, text: str, *, by: str, source: str) -> None:
    """Keep a reply whose verdict is not clear, as a problem for the head. Raises Unreadable for an unknown request."""
    with office.sessions.writing() as session:
        row = find_request(session, plan_id, request)
        mark = hashlib.sha256(source.encode()).hexdigest()[:8]
        raise_problem(
            session,
            plan_id,
            office.clock.now(),
            f"unclear_reply/{row.occurrence.key}/{row.unit}/{mark}",
            kind="unclear_reply",
            detail=text,
            occurrence=row.occurrence.key,
            unit=row.unit,
            by=Actor(by, Channel.EMAIL),
        )


def settle(office: Office, plan_id: str, problem: str, do: str, by: Actor) -> None:
    """Acknowledge or resolve a problem. Raises Unreadable for an unknown key, Refused when it is settled already."""
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
        row.state, row.acknowledged_at, row.settled_by = ProblemState.ACKNOWLEDGED, now, by.who
        note(
            session,
            plan_id,
            now,
            "problem.acknowledged",
            occurrence=row.occurrence,
            unit=row.unit,
            by=by,
            old=problem,
        )
