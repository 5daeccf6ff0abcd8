"""What `dondoc up` does before it starts anything: a database, and a plan for this year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dondoc.config import Settings
from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan import ActivityKind, Plan
from dondoc.domain.plan_check import check
from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import Refused
from dondoc.files import write_whole
from dondoc.planfile import load_plan as read_plan
from dondoc.planfile import roll_plan
from dondoc.runtime import Dondoc, running
from dondoc.services.case import cases
from dondoc.services.plans import load_plan
from dondoc.store.history import Actor
from dondoc.store.queries import active_plans

_DOMAIN = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is there, for the processes to begin with."""

    plans: list[str]
    domains: list[str]
    """Of everybody whom the plans name, and our own: what a local mail server takes letters for."""
    to_open: str | None
    """This quarter, when nobody has been asked about its visit yet."""


def prepare() -> Prepared:
    """Bring the data folder up to date, take the plan the first time, and see what is to be opened.

    Raises Refused when the plan cannot run.
    """
    with running() as dondoc:
        today = dondoc.office.clock.now().date()
        with dondoc.office.sessions.reading() as session:
            is_new = not active_plans(session)
        if is_new:
            plan = _plan_for(today.year, dondoc.settings, dondoc.office.calendar)
            if not check(plan, dondoc.office.calendar).can_run:
                raise Refused(f"the plan {plan.id} cannot run yet: see why with `dondoc plan check`")
            load_plan(dondoc.office, plan, Actor("dondoc up", Channel.COMMAND))
        quarter = f"{today.year}-Q{(today.month + 2) // 3}"
        with dondoc.office.sessions.reading() as session:
            plans = {row.id: row.document for row in active_plans(session)}
        settings = dondoc.settings
        texts = (
            *plans.values(),
            settings.mail_from,
            settings.reply_address,
            settings.bounce_address,
            settings.operator,
        )
        domains = {domain.lower() for text in texts for domain in _DOMAIN.findall(text)}
        return Prepared(list(plans), sorted(domains), quarter if _is_to_open(dondoc, quarter) else None)


def _plan_for(year: int, settings: Settings, calendar: WorkingCalendar) -> Plan:
    """The plan of that year in the configuration; else the newest one rolled forward, kept in the data folder."""
    folder = settings.config / "plans"
    plans = {path: read_plan(path) for path in sorted(folder.glob("*.yaml"))}
    if not plans:
        raise Refused(f"{folder} holds no plan")
    path, newest = max(plans.items(), key=lambda found: (found[1].year == year, found[1].year))
    if newest.year == year:
        return newest
    rolled = settings.data / "plans" / path.name.replace(str(newest.year), str(year))
    if not rolled.exists():
        rolled.parent.mkdir(parents=True, exist_ok=True)
        write_whole(rolled, roll_plan(path, year, calendar).encode())
    return read_plan(rolled)


def _is_to_open(dondoc: Dondoc, quarter: str) -> bool:
    with dondoc.office.sessions.reading() as session:
        planned = cases(session, dondoc.office.clock.now(), OccurrenceState.PLANNED)
        return any(case.activity.kind is ActivityKind.VISITS and case.planned.quarter == quarter for case in planned)
