"""Pausing a whole activity, and going on with it (scenario 30: the Mother is in hospital, or has died).

While an activity is paused no letter about it leaves, also none that was written before; nothing is asked, chased or
launched. What units say meanwhile is recorded all the same.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.consultation import closing
from dondoc.domain.plan import Plan
from dondoc.domain.states import RequestState, RoundState
from dondoc.errors import Refused, Unreadable
from dondoc.services.follow_up import follow_up
from dondoc.services.office import Office
from dondoc.store.history import Actor, note
from dondoc.store.life import how_many_rests, rest_of
from dondoc.store.queries import find_occurrence, find_plan, plan_of
from dondoc.store.tables import OccurrenceRow, RequestRow, RoundRow
from dondoc.store.tables_life import RestRow

_GOES_ON = "hoạt động được tiếp tục sau một thời gian tạm dừng."


def pause(office: Office, plan_id: str | None, activity: str, reason: str, by: Actor) -> None:
    """Stop everything about `activity` at once. Raises Refused without a reason, or when it is paused already."""
    if not reason.strip():
        raise Refused(f"{activity}: to pause it, give the reason; it is kept in the history")
    with office.sessions.writing() as session:
        now = office.clock.now()
        plan = _plan_with(session, plan_id, activity)
        if rest_of(session, plan.id, activity) is not None:
            raise Refused(f"{activity} is paused already")
        session.add(
            RestRow(
                plan_id=plan.id,
                activity=activity,
                number=how_many_rests(session, plan.id, activity) + 1,
                reason=reason.strip(),
                paused_at=now,
                paused_by=by.who,
            )
        )
        note(session, plan.id, now, "activity.paused", by=by, new=activity, detail=reason.strip())


def resume(office: Office, plan_id: str | None, activity: str, reason: str, by: Actor) -> None:
    """Go on with `activity`. Raises Refused when it is not paused.

    Deadlines that passed meanwhile are moved on by the working days that were left, and the units are asked with the
    new ones. Letters that were held back go out, save those that ask for what is settled or asked anew: these are
    withdrawn, as ever, before anything is sent.
    """
    with office.sessions.writing() as session:
        now = office.clock.now()
        plan = _plan_with(session, plan_id, activity)
        rest = rest_of(session, plan.id, activity)
        if rest is None:
            raise Refused(f"{activity} is not paused")
        rest.resumed_at, rest.resumed_by = now, by.who
        _move_deadlines(office, session, plan, activity, local(rest.paused_at).date())
        note(session, plan.id, now, "activity.resumed", by=by, old=rest.reason, new=activity, detail=reason.strip())
    follow_up(office)


def activity_of(office: Office, plan_id: str | None, occurrence: str) -> str:
    """Which activity an occurrence belongs to."""
    with office.sessions.reading() as session:
        return find_occurrence(session, find_plan(session, plan_id).id, occurrence).activity


def _plan_with(session: Session, plan_id: str | None, activity: str) -> Plan:
    plan = plan_of(find_plan(session, plan_id))
    if not any(known.id == activity for known in plan.activities):
        known = ", ".join(each.id for each in plan.activities)
        raise Unreadable(f"plan {plan.id} has no activity {activity} (it has: {known})")
    return plan


def _move_deadlines(office: Office, session: Session, plan: Plan, activity: str, paused_on: date) -> None:
    now = office.clock.now()
    mine = OccurrenceRow.plan_id == plan.id, OccurrenceRow.activity == activity
    rounds = session.scalars(
        select(RoundRow)
        .join(OccurrenceRow, OccurrenceRow.id == RoundRow.occurrence_id)
        .where(*mine, RoundRow.state == RoundState.OPEN, RoundRow.due_at <= now)
    )
    for round_row in rounds:
        day = moved_on(local(round_row.due_at).date(), paused_on, now.date(), office.calendar)
        round_row.due_at = closing(day, plan.policy, now)
    requests = session.execute(
        select(RequestRow, OccurrenceRow.key)
        .join(OccurrenceRow, OccurrenceRow.id == RequestRow.occurrence_id)
        .where(*mine, RequestRow.state == RequestState.OPEN, RequestRow.due_at <= now, RequestRow.asked_at <= now)
    )
    for request, occurrence in requests.tuples():
        old = local(request.due_at)
        if old.date() < paused_on:
            continue  # it was overdue before, and still is
        day = moved_on(old.date(), paused_on, now.date(), office.calendar)
        request.due_at = closing(day, plan.policy, now)
        request.asking, request.asked_at, request.because = request.asking + 1, now, _GOES_ON
        request.reminded, request.reminded_stage = 0, None
        request.reminded_on, request.secretary_told_on = None, None
        note(
            session,
            plan.id,
            now,
            "deadline.moved",
            occurrence=occurrence,
            unit=request.unit,
            old=f"{old:%Y-%m-%d}",
            new=f"{day:%Y-%m-%d}",
            detail=f"it passed while {activity} was paused",
        )


def moved_on(due: date, paused_on: date, today: date, calendar: WorkingCalendar) -> date:
    """The deadline that leaves as many working days from today as there were when the pause began, one at least."""
    return calendar.shift(today, max(1, calendar.working_days_between(paused_on, due)))
