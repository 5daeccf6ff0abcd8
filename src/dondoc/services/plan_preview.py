"""What loading a changed plan will do, before it does it: to units, occurrences, open requests and dues."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.accounts import standings_of_dues
from dondoc.domain.dues import DueKey
from dondoc.domain.plan import Activity, Dated, Plan, PlannedOccurrence, Relation, Role, Unit
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.domain.wording import dong
from dondoc.services.bookkeeping import books_in
from dondoc.services.office import Office
from dondoc.store.queries import plan_of
from dondoc.store.tables import OccurrenceRow, PlanRow, RequestRow
from dondoc.store.tables_money import DueRow


@dataclass(frozen=True, slots=True)
class Effect:
    """One thing that loading the plan brings about; `refused`: it is why the plan cannot be loaded."""

    about: str
    """`unit`, `head`, `treasurer`, `observer`, `occurrence`, `request` or `due`."""
    key: str
    text: str
    refused: bool = False


@dataclass(frozen=True, slots=True)
class _Scene:
    session: Session
    before: Plan
    after: Plan
    now: datetime


def preview(office: Office, plan: Plan) -> tuple[Effect, ...]:
    """What loading `plan` now would do; nothing is changed. Empty for a plan that is new, or the same."""
    with office.sessions.reading() as session:
        row = session.get(PlanRow, plan.id)
        if row is None:
            return ()
        scene = _Scene(session, plan_of(row), plan, office.clock.now())
        return tuple(effect for look in LOOKS for effect in look(scene))


def _units(scene: _Scene) -> Iterator[Effect]:
    before = {unit.id: unit for unit in scene.before.units}
    after = {unit.id: unit for unit in scene.after.units}
    for unit_id in sorted(before.keys() - after.keys()):
        if _is_asked(scene, unit_id):
            yield Effect("unit", unit_id, MISSING_UNIT, refused=True)
        else:
            yield Effect("unit", unit_id, "is no longer in the plan")
    for unit_id, unit in after.items():
        known = before.get(unit_id)
        if known is None:
            yield Effect("unit", unit_id, "is new: it is asked from now on, in rounds that are open as well")
            continue
        for relation in unit.relations:
            if relation not in known.relations:
                yield Effect("unit", unit_id, _related(relation))
        if unit.names != known.names:
            yield Effect("unit", unit_id, f"is called {unit.name_on(scene.now.date()).full} in new letters")
    day = max((relation.on for _, relation in _leaving(scene)), default=scene.now.date())
    members = [len(plan.members_on(max(day, scene.now.date()))) for plan in (scene.before, scene.after)]
    if members[0] != members[1]:
        yield Effect("unit", "all", f"{members[0]} members become {members[1]}")


MISSING_UNIT = "is no longer in the plan, but was asked: keep it, with its relation (left, or merged_into) and the day"


def _is_asked(scene: _Scene, unit: str) -> bool:
    asked = select(RequestRow.id).where(RequestRow.plan_id == scene.after.id, RequestRow.unit == unit).limit(1)
    return scene.session.scalar(asked) is not None


def _related(relation: Relation) -> str:
    what = {"left": "leaves the cluster", "merged_into": f"becomes part of {relation.unit}", "renamed": "is renamed"}
    return f"{what[relation.kind]} on {relation.on:%d/%m/%Y}"


def _leaving(scene: _Scene) -> Iterator[tuple[Unit, Relation]]:
    """Who leaves by the new plan that did not by the old one."""
    known = {unit.id: unit.relations for unit in scene.before.units}
    for unit in scene.after.units:
        for relation in unit.relations:
            if relation.kind != "renamed" and relation not in known.get(unit.id, ()):
                yield unit, relation


def _heads(scene: _Scene) -> Iterator[Effect]:
    known = {(head.unit, head.email, head.since) for head in scene.before.heads}
    for head in scene.after.heads:
        if (head.unit, head.email, head.since) not in known:
            since = f"from {head.since:%d/%m/%Y}" if head.since else "from the first day"
            yield Effect("head", head.unit, f"{head.name} leads {since}; open problems move over, old links end")


def _others(scene: _Scene) -> Iterator[Effect]:
    """Who comes to keep the money or to look, and who does no more."""
    before, after = scene.before, scene.after
    for about, what, old, new in (
        ("treasurer", "keeps the money", before.treasurers, after.treasurers),
        ("observer", "may look at the board", before.observers, after.observers),
    ):
        for person in new:
            if person not in old:
                yield Effect(about, person.email, f"{person.name} {what} {_while(person)}")
        for email in sorted({person.email for person in old} - {person.email for person in new}):
            yield Effect(about, email, "is no longer in the plan and can no longer sign in as that")


def _while(dated: Dated) -> str:
    since = f"from {dated.since:%d/%m/%Y}" if dated.since else "from the first day"
    return f"{since} to {dated.until:%d/%m/%Y}" if dated.until else since


def _occurrences(scene: _Scene) -> Iterator[Effect]:
    rows = scene.session.scalars(select(OccurrenceRow).where(OccurrenceRow.plan_id == scene.after.id))
    states = {row.key: row.state for row in rows}
    before = {planned.id: (activity, planned) for activity, planned in scene.before.occurrences()}
    after = {planned.id: (activity, planned) for activity, planned in scene.after.occurrences()}
    for key in sorted(after.keys() - before.keys()):
        yield Effect("occurrence", key, f"is new: the units are asked from {after[key][1].consult_on:%d/%m/%Y}")
    for key in sorted(before.keys() - after.keys()):
        state = states.get(key, OccurrenceState.PLANNED)
        if state in (OccurrenceState.PLANNED, OccurrenceState.CANCELLED, OccurrenceState.BEFORE_SYSTEM):
            yield Effect("occurrence", key, "is cancelled, because it is no longer in the plan")
        else:
            text = f"is no longer in the plan, but {state.value}: cancel it first"
            yield Effect("occurrence", key, text, refused=True)
    for key in sorted(before.keys() & after.keys()):
        yield from _changed(key, before[key], after[key], states.get(key, OccurrenceState.PLANNED))


def _changed(
    key: str,
    before: tuple[Activity, PlannedOccurrence],
    after: tuple[Activity, PlannedOccurrence],
    state: OccurrenceState,
) -> Iterator[Effect]:
    if before[1] == after[1] and before[0].contribution == after[0].contribution:
        return
    if state is OccurrenceState.PLANNED:
        yield Effect("occurrence", key, "is asked about as the changed plan has it")
    elif state is not OccurrenceState.BEFORE_SYSTEM:
        text = f"is {state.value} and stays as it is: `dondoc occurrence set-date` or `dondoc consult` change it"
        yield Effect("occurrence", key, text)


def _requests(scene: _Scene) -> Iterator[Effect]:
    rows = scene.session.scalars(
        select(RequestRow)
        .where(RequestRow.plan_id == scene.after.id, RequestRow.state == RequestState.OPEN)
        .order_by(RequestRow.id)
    ).all()
    leaving = {unit.id: relation for unit, relation in _leaving(scene)}
    for row in rows:
        relation = leaving.get(row.unit)
        if relation is not None and row.kind is not RequestKind.CONTRIBUTION:
            heir = f"; {relation.unit} answers" if relation.unit is not None else ""
            yield Effect("request", row.key, f"is withdrawn on {relation.on:%d/%m/%Y}{heir}")
            continue
        old, new = (_address(plan, row.unit, scene.now) for plan in (scene.before, scene.after))
        if old != new and new is not None:
            yield Effect("request", row.key, f"is asked anew of {new}; the links of {old or 'nobody'} end")


def _address(plan: Plan, unit_id: str, now: datetime) -> str | None:
    contacts: Iterable[str] = (
        contact.email
        for unit in plan.units
        if unit.id == unit_id
        for contact in unit.addresses_of(Role.CONTACT, now.date())
    )
    return next(iter(contacts), None)


def _dues(scene: _Scene) -> Iterator[Effect]:
    standings = standings_of_dues(books_in(scene.session, scene.after.id).balances)
    leaving = {unit.id: relation for unit, relation in _leaving(scene)}
    rows = scene.session.scalars(
        select(DueRow)
        .where(DueRow.plan_id == scene.after.id, DueRow.unit.in_(leaving), DueRow.withdrawn_at.is_(None))
        .order_by(DueRow.number)
    )
    for row in rows:
        standing, relation = standings.get(DueKey(row.key)), leaving[row.unit]
        if standing is not None and standing.outstanding:
            text = f"{dong(standing.outstanding)} is frozen on {relation.on:%d/%m/%Y} until the head decides"
            yield Effect("due", row.key, text)
    for before, after in _activities(scene):
        old, new = _in_year(scene.before, before, scene), _in_year(scene.after, after, scene)
        if old != new:
            text = f"{dong(old)} from all units in the year becomes {dong(new)}, for what is not agreed yet"
            yield Effect("due", after.id, text)


def _activities(scene: _Scene) -> Iterator[tuple[Activity, Activity]]:
    known = {activity.id: activity for activity in scene.before.activities}
    return ((known[activity.id], activity) for activity in scene.after.activities if activity.id in known)


def _in_year(plan: Plan, activity: Activity, scene: _Scene) -> int:
    day = max((relation.on for _, relation in _leaving(scene)), default=scene.now.date())
    return sum(activity.owed_in_year_by(unit.id) for unit in plan.members_on(max(day, scene.now.date())))


LOOKS: tuple[Callable[[_Scene], Iterator[Effect]], ...] = (_units, _heads, _others, _occurrences, _requests, _dues)
"""What is looked at, in the order in which it is told."""
