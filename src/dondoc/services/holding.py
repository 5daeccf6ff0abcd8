"""That an occurrence was held (R20)."""

from __future__ import annotations

from datetime import date

from sqlalchemy.orm import Session

from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.states import ChangeKind, OccurrenceState, step
from dondoc.errors import Refused
from dondoc.services.case import Case, cases, open_case
from dondoc.services.changes import record_change
from dondoc.services.gather import gather_for
from dondoc.services.office import Office
from dondoc.store.history import RULES, Actor, note
from dondoc.store.people import marks_of


def hold(office: Office, plan_id: str | None, occurrence: str, day: date | None, remark: str, by: Actor) -> None:
    """Say that it was held, on `day` or else on the day that was set. Raises Refused for a day yet to come."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        step(occurrence, case.row.state, OccurrenceState.HELD)
        today = case.now.date()
        dates = dates_of(case.proposal(session), case.planned)
        held_on = day or (min(dates.last, today) if isinstance(dates, Dated) else today)
        if held_on > today or (day is None and isinstance(dates, Dated) and dates.first > today):
            raise Refused(f"{occurrence} cannot have been held before its day has come")
        _keep_held(session, case, held_on, remark.strip(), by)
    gather_for(office, case.plan_id, occurrence)


def hold_what_was_attended(office: Office) -> None:
    """Who marked the people who came need not be asked whether it was held."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        attended = [
            (case, dates.last)
            for case in cases(session, now, OccurrenceState.LAUNCHED)
            if isinstance(dates := dates_of(case.proposal(session), case.planned), Dated)
            and dates.last < now.date()
            and marks_of(session, case.row.id)
        ]
    for case, day in attended:
        hold(office, case.plan_id, case.key, day, "", RULES)


def _keep_held(session: Session, case: Case, day: date, remark: str, by: Actor) -> None:
    case.row.state = step(case.key, case.row.state, OccurrenceState.HELD)
    record_change(session, case, ChangeKind.HELD, remark, by, held_on=day)
    note(
        session,
        case.plan_id,
        case.now,
        "occurrence.held",
        occurrence=case.key,
        by=by,
        new=day.isoformat(),
        detail=remark,
    )
