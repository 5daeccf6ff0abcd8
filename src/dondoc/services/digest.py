"""The head's digest (III.1 "theo dõi, đôn đốc"): once a week what needs deciding and where things stand, once a month
the whole year.

It is written by whichever run comes first on its day, or as soon after as anything runs; its key makes it one.
What it lists counts as told, so that nothing is said twice in a morning.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.digests import digest_day, opens_month
from dondoc.domain.escalation import out_of_office
from dondoc.domain.ids import HEAD
from dondoc.domain.plan import Audience, Head, Plan, Substitute
from dondoc.mail.letters_digest import HeadDigest, MoneyView
from dondoc.services import digest_matters as matters
from dondoc.services import problem_letters as letters
from dondoc.services import views
from dondoc.services.digest_year import ahead, to_decide, under_way, whole_year
from dondoc.services.money_overview import money_overview
from dondoc.services.office import Draft, Office
from dondoc.services.overview import OccurrenceLine, standing
from dondoc.services.telling import locked, record_told, standing_of
from dondoc.store.outbox import last_key
from dondoc.store.queries import active_plans, find_plan, plan_of
from dondoc.store.tables import PlanRow

AHEAD_IN_DAYS = {False: 14, True: 31}
"""How far a digest looks, weekly and monthly."""


def write_digests(office: Office) -> int:
    """Write the digest of every plan whose head has not got it yet; return how many were written."""
    now = local(office.clock.now())
    day = digest_day(now.date(), office.calendar)
    with office.sessions.reading() as session:
        waiting = [row.id for row in active_plans(session) if _is_due(office, session, row, day, now)]
    return sum(_write(office, plan_id, day) for plan_id in waiting)


def _is_due(office: Office, session: Session, row: PlanRow, day: date, now: datetime) -> bool:
    """Whether this day's is not written, nor a later one: a clock that went back has nothing new to tell.

    Nothing is due yet on the day on which the plan was taken over, of which its first letter tells.
    """
    if day <= row.starts_on or out_of_office(now, plan_of(row).policy, office.calendar):
        return False
    last = last_key(session, row.id, HeadDigest.kind)
    return last is None or last < _key(row.id, day)


def _key(plan_id: str, day: date) -> str:
    return f"{HeadDigest.kind}/{plan_id}/{day.isoformat()}"


def _write(office: Office, plan_id: str, day: date) -> int:
    is_monthly = opens_month(day, office.calendar)
    now = office.clock.now()
    with office.sessions.reading() as session:
        stands = standing(session, plan_id, now)
    money = _money(office, plan_id) if is_monthly else ()
    with office.sessions.writing() as session:
        plan = plan_of(find_plan(session, plan_id))
        reader = letters.heads(session, plan, now)[0]
        found = matters.gather_matters(office, session, plan, reader, now, stands, everything=is_monthly)
        person = reader.person if isinstance(reader.person, Head | Substitute) else None
        letter = HeadDigest(
            **views.to_head(office, session, plan, now, person),
            day=day,
            is_monthly=is_monthly,
            decisions=to_decide(office, session, plan, stands, reader.address, now),
            matters=found.open,
            rest=found.rest,
            taken_up=found.taken_up,
            notes=found.notes,
            unconfirmed=sum(not one.is_confirmed for one in plan.assumptions),
            money=money,
            **_year(session, plan, stands, day, is_monthly=is_monthly),
        )
        if is_over(plan, day) and not (letter.to_decide or letter.taken_up or letter.under_way):
            return 0
        draft = Draft(
            letter=letter,
            key=_key(plan_id, day),
            addressee=HEAD,
            address=reader.address,
            name=reader.person.name or plan.cluster,
        )
        written = office.post(session, plan_id, [draft], now)
        for row in locked(session, found.told if written else ()):
            times = standing_of(plan, row).told_at_top + 1
            record_told(session, plan, row, Audience.HEAD, draft.key, times, now)
        return written


def is_over(plan: Plan, day: date) -> bool:
    """The plan's year has ended: a digest that has nothing to say is not written any more."""
    return day.year > plan.year


def _year(
    session: Session, plan: Plan, stands: Sequence[OccurrenceLine], day: date, *, is_monthly: bool
) -> dict[str, Any]:
    return {
        "under_way": under_way(session, plan, stands),
        "ahead": ahead(plan, stands, day, AHEAD_IN_DAYS[is_monthly]),
        "year": whole_year(plan, stands) if is_monthly else (),
    }


def _money(office: Office, plan_id: str) -> tuple[MoneyView, ...]:
    return tuple(
        MoneyView(line.title, line.raised, line.received, line.spent, line.left)
        for line in money_overview(office, plan_id).activities
    )
