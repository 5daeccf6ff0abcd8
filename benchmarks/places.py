"""What figures are measured in: plans of any size, and an office with its record in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from dondoc.clock import SetClock, local
from dondoc.config import PROJECT, Settings
from dondoc.domain.plan import Contact, Plan, Unit, UnitName
from dondoc.domain.states import Channel
from dondoc.planfile import load_plan as read_plan
from dondoc.runtime import build_office
from dondoc.services.office import Office
from dondoc.services.plans import load_plan
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from dondoc.store.schema import migrate

PLAN = PROJECT / "config" / "plans" / "hcsn-2024.yaml"


def plan_of(units: int) -> Plan:
    """The plan of 2024 with `units` units: its own seven, then more like them, each with its own name and addresses."""
    plan = read_plan(PLAN)
    seven = plan.units
    more = tuple(_another(seven[n % 7], n // 7 + 1) for n in range(7, units))
    activities = tuple(
        activity
        if activity.contribution is None or activity.contribution.each is not None
        else activity.model_copy(
            update={
                "contribution": activity.contribution.model_copy(
                    update={
                        "shares": activity.contribution.shares
                        | {unit.id: activity.contribution.shares[seven[n % 7].id] for n, unit in enumerate(more)}
                    }
                )
            }
        )
        for activity in plan.activities
    )
    grown = plan.model_copy(update={"units": (*seven, *more), "activities": activities})
    return Plan.model_validate(grown.model_dump(exclude_defaults=True))


def _another(unit: Unit, number: int) -> Unit:
    name = unit.names[-1]
    contacts = tuple(
        Contact.model_validate(contact.model_dump(exclude_defaults=True) | {"email": _numbered(contact.email, number)})
        for contact in unit.contacts
    )
    return Unit(
        id=f"{unit.id}-{number}",
        names=(UnitName(full=f"{name.full}, cơ sở {number}", short=f"{name.short} {number}"),),
        contacts=contacts,
        party_committee=_numbered(unit.party_committee, number) if unit.party_committee else None,
    )


def _numbered(address: str, number: int) -> str:
    name, _, domain = address.partition("@")
    return f"{name}-{number}@{domain}"


@dataclass(frozen=True, slots=True)
class Place:
    """An office in which a plan was loaded."""

    office: Office
    clock: SetClock
    settings: Settings
    plan: Plan


@contextmanager
def a_place(moment: str, plan: Plan | None = None) -> Iterator[Place]:
    """An office with a durable record, in which `plan` (2024's if none) was loaded at `moment`, local time."""
    with TemporaryDirectory(prefix="dondoc-bench-") as folder:
        settings = Settings(data=Path(folder), database_url=f"sqlite:///{folder}/dondoc.db", _env_file=None)
        engine = open_engine(settings.database)
        try:
            migrate(engine)
            clock = SetClock(local(datetime.fromisoformat(moment)))
            office = build_office(settings, Sessions(engine), clock)
            chosen = plan or read_plan(PLAN)
            load_plan(office, chosen, Actor("benchmark", Channel.COMMAND))
            yield Place(office, clock, settings, chosen)
        finally:
            engine.dispose()
