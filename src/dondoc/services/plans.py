"""Taking a plan into the record, and a changed plan after it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.plan import Plan, Role
from dondoc.domain.states import OccurrenceState, RequestState, step
from dondoc.errors import Refused
from dondoc.services.dues import name_new_account
from dondoc.services.follow_up import follow_up
from dondoc.services.head_letters import plan_started
from dondoc.services.links import revoke
from dondoc.services.office import Office
from dondoc.services.plan_preview import MISSING_UNIT
from dondoc.store.history import Actor, note
from dondoc.store.queries import plan_of
from dondoc.store.tables import OccurrenceRow, PlanRow, PlanVersionRow, RequestRow


@dataclass(frozen=True, slots=True)
class Loaded:
    """What loading a plan did; `version` counts the documents loaded for this plan."""

    plan_id: str
    version: int
    changed: bool


def load_plan(office: Office, plan: Plan, by: Actor) -> Loaded:
    """Make `plan` the one in force; the same document again changes nothing.

    Occurrences whose time was over before the plan first came are "before the system": nobody is chased for them.
    Raises Refused when the changed plan drops an occurrence that is already under way, or a unit that was asked.
    """
    document = plan.model_dump_json(exclude_defaults=True)
    digest = hashlib.sha256(document.encode()).hexdigest()
    now = office.clock.now()
    with office.sessions.writing() as session:
        row = session.get(PlanRow, plan.id)
        if row is not None and row.digest == digest:
            return Loaded(plan.id, row.version, changed=False)
        before = plan_of(row) if row is not None else None
        _keeps_its_units(session, plan)
        if row is None:
            row = PlanRow(id=plan.id, version=0, starts_on=now.date())
            session.add(row)
        row.version, row.year = row.version + 1, plan.year
        row.document, row.digest, row.loaded_at = document, digest, now
        session.flush()
        session.add(
            PlanVersionRow(plan_id=plan.id, version=row.version, document=document, digest=digest, loaded_at=now)
        )
        _take_occurrences(session, plan, now, row.starts_on, by)
        session.flush()
        if before is not None:
            _readdress(session, before, plan, now, by)
            name_new_account(office, session, before, plan, now)
        note(session, plan.id, now, "plan.loaded", by=by, new=f"version {row.version}", detail=plan.title)
        office.post(session, plan.id, [plan_started(office, session, plan, row, now)], now)
        version = row.version
    if before is not None:
        follow_up(office)
    return Loaded(plan.id, version, changed=True)


def _keeps_its_units(session: Session, plan: Plan) -> None:
    """Letters and answers name units: one that is gone stays in the plan, with the day and what became of it."""
    asked = set(session.scalars(select(RequestRow.unit).where(RequestRow.plan_id == plan.id).distinct()))
    for unit in sorted(asked - {unit.id for unit in plan.units}):
        raise Refused(f"the changed plan {plan.id}: unit {unit} {MISSING_UNIT}")


def _readdress(session: Session, before: Plan, after: Plan, now: datetime, by: Actor) -> None:
    """Ask the new contact of a unit whose old one was asked: the old links are taken back (scenario 14)."""
    open_requests = session.scalars(
        select(RequestRow).where(RequestRow.plan_id == after.id, RequestRow.state == RequestState.OPEN)
    )
    for request in open_requests:
        old, new = (_contact(plan, request.unit, now.date()) for plan in (before, after))
        if old == new:
            continue
        if old is not None:
            revoke(session, after.id, request.key, "contact replaced", now, address=old)
        request.asking += 1
        request.asked_at = now
        note(
            session,
            after.id,
            now,
            "contact.replaced",
            occurrence=request.occurrence.key,
            unit=request.unit,
            by=by,
            old=old,
            new=new,
        )


def _contact(plan: Plan, unit_id: str, day: date) -> str | None:
    contacts = plan.unit(unit_id).addresses_of(Role.CONTACT, day) if plan.has_unit(unit_id) else ()
    return contacts[0].email if contacts else None


def _take_occurrences(session: Session, plan: Plan, now: datetime, starts_on: date, by: Actor) -> None:
    known = {row.key: row for row in session.scalars(select(OccurrenceRow).where(OccurrenceRow.plan_id == plan.id))}
    for activity, planned in plan.occurrences():
        row = known.pop(planned.id, None)
        if row is None:
            over = planned.last_day < starts_on
            session.add(
                OccurrenceRow(
                    plan_id=plan.id,
                    key=planned.id,
                    activity=activity.id,
                    state=OccurrenceState.BEFORE_SYSTEM if over else OccurrenceState.PLANNED,
                    consult_on=planned.consult_on,
                    version=0,
                )
            )
        elif row.state is OccurrenceState.PLANNED:
            row.consult_on = planned.consult_on
    for row in known.values():
        _drop(session, row, now, by)


def _drop(session: Session, row: OccurrenceRow, now: datetime, by: Actor) -> None:
    if row.state in (OccurrenceState.CANCELLED, OccurrenceState.BEFORE_SYSTEM):
        return
    if row.state is not OccurrenceState.PLANNED:
        raise Refused(
            f"the changed plan {row.plan_id} no longer has {row.key}, which is {row.state.value}: cancel it first"
        )
    row.state = step(row.key, row.state, OccurrenceState.CANCELLED)
    row.cancelled_at, row.reason = now, "no longer in the plan"
    note(session, row.plan_id, now, "occurrence.cancelled", occurrence=row.key, by=by, detail=row.reason)
