"""Opening consultations and carrying them through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from dondoc.domain.plan import ActivityKind
from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import Unreadable
from dondoc.log import say
from dondoc.runtime import Dondoc
from dondoc.services.acts import Said, act
from dondoc.services.case import Case, cases
from dondoc.services.consult import open_by_hand, open_due
from dondoc.services.follow_up import UNDER_WAY, Followed, follow, follow_up
from dondoc.store.history import Actor
from tasks.parameters import Action
from tasks.run import Named, once, repeatable

OPERATOR = Actor("operator", Channel.FLOW)


@repeatable("open-what-is-due")
def open_what_is_due(dondoc: Dondoc, kind: ActivityKind | None = None) -> list[str]:
    """Open every consultation whose day has come, of one kind of activity or of all."""
    if kind is None:
        return open_due(dondoc.office)
    activities = {case.activity.id: None for case in _cases(dondoc, kind, OccurrenceState.PLANNED)}
    return [key for activity in activities for key in open_due(dondoc.office, activity=activity)]


@repeatable("open-now")
def open_now(dondoc: Dondoc, kind: ActivityKind, period: str) -> list[str]:
    """Open the consultation of that quarter or year without waiting for its day; one under way stays as it is."""
    every = _cases(dondoc, kind, *OccurrenceState)
    found = [case for case in every if period.strip() in (case.planned.quarter, str(case.plan.year))]
    if not found:
        raise Unreadable(f"Không kế hoạch nào có hoạt động này trong “{period}”; hãy ghi như 2026-Q4 hoặc 2026.")
    planned = [case for case in found if case.row.state is OccurrenceState.PLANNED]
    for case in planned:
        open_by_hand(dondoc.office, case.plan_id, case.key, OPERATOR)
    return [case.key for case in planned]


@repeatable("carry-through")
def carry_through(dondoc: Dondoc, kind: ActivityKind) -> Followed:
    """Bring every occurrence of a kind up to date: asked, reminded, closed, announced, launched."""
    under_way = _cases(dondoc, kind, *UNDER_WAY)
    done = sum((follow(dondoc.office, case.plan_id, case.key) for case in under_way), Followed())
    if done != Followed():
        say("occurrences.followed", **asdict(done))
    return done


@repeatable("follow-up-everything")
def follow_up_everything(dondoc: Dondoc) -> Followed:
    """Bring every occurrence up to date, and tell the head of new problems."""
    return follow_up(dondoc.office)


@once("decide")
def decide(dondoc: Dondoc, occurrence: Named, action: Action, said: Said, by: str) -> None:
    """Do what the head decided; a second time would be refused."""
    act(dondoc.office, *occurrence, action.code, said, Actor(by.strip(), Channel.FLOW))


def _cases(dondoc: Dondoc, kind: ActivityKind, *states: OccurrenceState) -> Sequence[Case]:
    with dondoc.office.sessions.reading() as session:
        return [case for case in cases(session, dondoc.office.clock.now(), *states) if case.activity.kind is kind]
