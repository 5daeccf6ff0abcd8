"""What `dondoc up` does before it starts anything: a database, and a plan for this year."""

from __future__ import annotations

from dataclasses import dataclass

from dondoc.config import Settings
from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan import ActivityKind, Plan
from dondoc.domain.plan_check import check
from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import Refused
from dondoc.planfile import load_plan as read_plan
from dondoc.planfile import roll_plan
from dondoc.runtime import Dondoc, running
from dondoc.services.case import cases
from dondoc.services.plans import load_plan
from dondoc.store.history import Actor
from dondoc.store.queries import active_plans


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is there: the plans in force, and the quarter whose visit nobody has been asked about yet."""

    plans: tuple[str, ...]
    to_open: str | None


def prepare(settings: Settings) -> Prepared:
    """Bring the data folder up to date, take the plan the first time, and see what is to be opened.

    Raises Refused when the plan cannot run, or when the office's own plans are all of other years.
    """
    with running(settings=settings) as dondoc:
        today = dondoc.office.clock.now().date()
        with dondoc.office.sessions.reading() as session:
            known = {row.id: row.year for row in active_plans(session)}
        if not known:
            plan = _plan_for(today.year, settings, dondoc.office.calendar)
            if not check(plan, dondoc.office.calendar).can_run:
                raise Refused(f"the plan {plan.id} cannot run yet: see why with `dondoc plan check`")
            load_plan(dondoc.office, plan, Actor("dondoc up", Channel.COMMAND))
            known = {plan.id: plan.year}
        quarter = f"{today.year}-Q{(today.month + 2) // 3}"
        return Prepared(tuple(known), quarter if _is_to_open(dondoc, quarter) else None)


def _plan_for(year: int, settings: Settings, calendar: WorkingCalendar) -> Plan:
    """The plan of that year in the configuration; else the newest one rolled forward, kept in the data folder."""
    found = {
        (plan := read_plan(path)).year: (path, plan) for path in sorted((settings.config / "plans").glob("*.yaml"))
    }
    if not found:
        raise Refused(f"{settings.config / 'plans'} holds no plan")
    if year in found:
        return found[year][1]
    path, newest = found[max(found)]
    rolled = settings.data / "plans" / path.name.replace(str(newest.year), str(year))
    if not rolled.exists():
        rolled.parent.mkdir(parents=True, exist_ok=True)
        rolled.write_text(roll_plan(path, year, calendar), encoding="utf-8")
    return read_plan(rolled)


def _is_to_open(dondoc: Dondoc, quarter: str) -> bool:
    with dondoc.office.sessions.reading() as session:
        planned = cases(session, dondoc.office.clock.now(), OccurrenceState.PLANNED)
        return any(case.activity.kind is ActivityKind.VISITS and case.planned.quarter == quarter for case in planned)
