"""Bringing the people of every occurrence in line with the record (II.1 "cử lực lượng", II.2, II.3 "cử cán bộ").

Names are asked for once an occurrence is launched and its day is known; day and place go into the units' calendars,
and whatever the head changes later follows from the proposal in force, whoever changed it and however.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.consultation import closing
from dondoc.domain.gathering import Dated, NotDated, dates_of, names_due
from dondoc.domain.plan import Quota
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.domain.wording import dia_diem, ngay
from dondoc.services import people_letters as letters
from dondoc.services.asking import ask_again, open_request, settle
from dondoc.services.case import Case, cases, open_case, rests
from dondoc.services.office import Draft, Office
from dondoc.services.people_views import quota_of, standing
from dondoc.services.people_watch import (
    DUPLICATE_NAMES,
    NAMES_SHORT,
    NOT_CONFIRMED,
    keep,
    watch_lists,
    watch_preparations,
)
from dondoc.store.history import note
from dondoc.store.outbox import known_keys
from dondoc.store.people import latest_invitation, requests_for_people
from dondoc.store.tables import ProposalRow, RequestRow
from dondoc.store.tables_people import InvitationRow

_PREPARING = (OccurrenceState.CONSULTING, OccurrenceState.AGREED)
_OVER = (OccurrenceState.HELD, OccurrenceState.EVALUATED)
_OFF = (OccurrenceState.CANCELLED, OccurrenceState.POSTPONED, OccurrenceState.MERGED, OccurrenceState.SKIPPED)


def gather(office: Office) -> None:
    """Everything about people that follows from the record; asking and chasing come after it."""
    now = office.clock.now()
    with office.sessions.reading() as session:
        every = [
            (case.plan_id, case.key)
            for case in cases(session, now, *_PREPARING, OccurrenceState.LAUNCHED, *_OVER, *_OFF)
            if case.row.version and (quota_of(case) is not None or case.activity.confirmed_before is not None)
        ]
    for plan_id, key in every:
        with office.sessions.writing() as session:
            _bring(office, session, open_case(session, plan_id, key, now))


def gather_for(office: Office, plan_id: str, occurrence: str) -> None:
    """The same for one occurrence that was just changed: who expects a visit today must hear of it at once."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        is_known = case.row.state in (*_OFF, *_OVER, OccurrenceState.LAUNCHED)
        if case.row.version and is_known and not rests(session, case):
            _bring(office, session, case)


def _bring(office: Office, session: Session, case: Case) -> None:
    dates, quota = dates_of(case.proposal(session), case.planned), quota_of(case)
    if case.row.state in _OFF:
        _call_off(office, session, case)
        return
    if case.row.state in _OVER:
        _end(office, session, case)
        return
    if not isinstance(dates, Dated) or case.now.date() <= dates.last:
        watch_preparations(office, session, case)
    if case.row.state is not OccurrenceState.LAUNCHED or quota is None:
        return
    match dates:
        case NotDated():
            _call_off(office, session, case)
        case Dated(last=last) if last < case.now.date():
            _end(office, session, case)
        case Dated():
            told = _tell(office, session, case, dates)
            _ask_for_names(office, session, case, dates, quota)
            _write(office, session, case, quota, told, dates)
            watch_lists(office, session, case, quota)


def _end(office: Office, session: Session, case: Case) -> None:
    """Names are of no use any more; who is on two lists is still worth knowing for the figures."""
    _withdraw(session, case)
    if (quota := quota_of(case)) is not None:
        watch_lists(office, session, case, quota)


def _ask_for_names(office: Office, session: Session, case: Case, dates: Dated, quota: Quota) -> None:
    """Ask every unit that was not asked, and once more those that were let off while there was no day."""
    due = names_due(dates.first, case.now.date(), quota, office.calendar)
    if due is None:
        return
    asked = {row.unit: row for row in requests_for_people(session, case.row.id)}
    for unit in case.plan.members_on(case.now.date()):
        row = asked.get(unit.id)
        if row is None:
            open_request(session, case, RequestKind.PARTICIPANTS, unit.id, due)
        elif row.state is RequestState.WITHDRAWN:
            ask_again(row, case, due, f"hoạt động được ấn định vào ngày {ngay(dates.first)}.")


def _tell(office: Office, session: Session, case: Case, dates: Dated) -> InvitationRow:
    """The version that the units' calendars are to show, a new one when day, time or place differ from the last."""
    place = dia_diem(case.proposal(session).place)
    last = latest_invitation(session, case.row.id)
    if last is not None and not last.cancelled and (last.first, last.last, last.at, last.place) == (
        dates.first, dates.last, dates.at, place,
    ):  # fmt: skip
        return last
    row = InvitationRow(
        occurrence_id=case.row.id,
        sequence=last.sequence + 1 if last else 0,
        version=case.row.version,
        first=dates.first,
        last=dates.last,
        at=dates.at,
        place=place,
        cancelled=False,
        because=_reason(session, case) if last else None,
        written_at=case.now,
    )
    _record(session, case, row)
    if last is not None and last.first != dates.first:
        _move(office, session, case, dates)
    return row


def _move(office: Office, session: Session, case: Case, dates: Dated) -> None:
    """What is still owed is owed by the new day's deadline, and its reminders begin afresh."""
    quota = quota_of(case)
    due = names_due(dates.first, case.now.date(), quota, office.calendar) if quota else None
    for row in requests_for_people(session, case.row.id):
        if due is not None and row.state is RequestState.OPEN:
            row.due_at, row.reminded_stage = closing(due, case.plan.policy, case.now), None


def _call_off(office: Office, session: Session, case: Case) -> None:
    """Nobody is expected on the day that was told, and no new one is known."""
    keep(session, case, (NAMES_SHORT, DUPLICATE_NAMES, NOT_CONFIRMED), [])
    _withdraw(session, case)
    last = latest_invitation(session, case.row.id)
    if last is None:
        return
    if not last.cancelled:
        last = InvitationRow(
            occurrence_id=case.row.id,
            sequence=last.sequence + 1,
            version=case.row.version,
            first=last.first,
            last=last.last,
            at=last.at,
            place=last.place,
            cancelled=True,
            because=case.row.reason or _reason(session, case),
            written_at=case.now,
        )
        _record(session, case, last)
    quota = quota_of(case)
    if quota is not None and last.last >= case.now.date():
        _write(office, session, case, quota, last, None)


def _record(session: Session, case: Case, row: InvitationRow) -> None:
    session.add(row)
    session.flush()
    note(
        session,
        case.plan_id,
        case.now,
        "invitation.cancelled" if row.cancelled else "invitation.changed" if row.sequence else "invitation.made",
        occurrence=case.key,
        new=f"sequence {row.sequence}",
        detail=f"{row.first:%d/%m/%Y}, {row.place}",
    )


def _reason(session: Session, case: Case) -> str | None:
    """Why the proposal in force was made."""
    return session.scalar(
        select(ProposalRow.reason).where(
            ProposalRow.occurrence_id == case.row.id, ProposalRow.version == case.row.version
        )
    )


def _withdraw(session: Session, case: Case) -> None:
    for row in requests_for_people(session, case.row.id):
        if row.state is RequestState.OPEN:
            settle(row, case.now, RequestState.WITHDRAWN)


def _write(
    office: Office, session: Session, case: Case, quota: Quota, told: InvitationRow, dates: Dated | None
) -> None:
    """Write the letters about the day that are due and not written yet.

    A first invitation waits for a working day; a change or a cancellation does not.
    """
    today = case.now.date()
    is_working = office.calendar.is_working(today)
    if not is_working and told.sequence == 0:
        return
    members = {unit.id for unit in case.plan.members_on(today)}
    requests = [row for row in requests_for_people(session, case.row.id) if row.unit in members]
    remind = dates is not None and is_working and _is_near(office, case, told, dates)
    kinds = (letters.INVITATION, letters.EVENT_REMINDER) if remind else (letters.INVITATION,)
    wanted = {letters.key_of(kind, case, row.unit, told): (kind, row) for kind in kinds for row in requests}
    known = known_keys(session, case.plan_id, wanted)
    missing = [what for key, what in wanted.items() if key not in known]
    if missing:
        office.post(session, case.plan_id, _drafts(office, session, case, quota, told, missing), case.now)


def _is_near(office: Office, case: Case, told: InvitationRow, dates: Dated) -> bool:
    """Whether it is time to remind of the day; not on the day on which it was told itself."""
    begins = office.calendar.shift(dates.first, -case.plan.policy.remind_of_day)
    return begins <= case.now.date() <= dates.first and local(told.written_at).date() < case.now.date()


def _drafts(
    office: Office,
    session: Session,
    case: Case,
    quota: Quota,
    told: InvitationRow,
    missing: Sequence[tuple[str, RequestRow]],
) -> list[Draft]:
    lists = standing(session, case, quota)
    made = [
        (letters.invite if kind == letters.INVITATION else letters.remind)(office, session, case, row, told, lists)
        for kind, row in missing
    ]
    return [draft for draft in made if draft is not None]
