"""What is wrong with the people of an occurrence, as problems: too few names, one person on two lists, a seminar that
is not prepared (R15, R17, R18, R21; scenario 29).

Looking again changes nothing; what was mended is resolved, and what the head said is settled stays so until it changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.gathering import Dated, Preparation, dates_of, is_short_time, prepared_by
from dondoc.domain.plan import Quota
from dondoc.domain.states import ProblemState, RequestState, Severity
from dondoc.domain.wording import danh_sach, ngay
from dondoc.services import views
from dondoc.services.case import Case
from dondoc.services.office import Office
from dondoc.services.people_views import Standing, attendance_of, likenesses, standing
from dondoc.store.history import raise_problem, resolve_problem
from dondoc.store.people import preparations_of, requests_for_people
from dondoc.store.tables import ProblemRow

NAMES_SHORT, DUPLICATE_NAMES = "names_short", "duplicate_names"
NOT_CONFIRMED, LOW_ATTENDANCE = "not_confirmed", "low_attendance"

PREPARATIONS = {
    Preparation.PROGRAMME: "chương trình",
    Preparation.SPEAKER: "báo cáo viên",
    Preparation.HALL: "hội trường",
}


@dataclass(frozen=True, slots=True)
class Found:
    """A problem as it stands."""

    kind: str
    unit: str | None
    detail: str
    severity: Severity = Severity.NORMAL


def watch_lists(office: Office, session: Session, case: Case, quota: Quota) -> None:
    """Raise what is wrong with the lists, and resolve what was mended."""
    lists = standing(session, case, quota)
    keep(session, case, (NAMES_SHORT, DUPLICATE_NAMES), [*_short(office, session, case, lists), *_double(case, lists)])


def watch_preparations(office: Office, session: Session, case: Case) -> None:
    """Raise what is not confirmed though its deadline has passed (R17)."""
    keep(session, case, (NOT_CONFIRMED,), list(_unprepared(office, session, case)))


def watch_attendance(session: Session, case: Case, quota: Quota) -> None:
    """Note which units had too few people there, once all of them are marked (R18)."""
    found = [
        Found(
            LOW_ATTENDANCE,
            each.unit,
            f"{each.came}/{each.quota} có mặt ({each.percent}%); đi thay {each.substitutes}, vắng {each.absent}",
            Severity.NOTE,
        )
        for each in attendance_of(session, case, quota)
        if each.falls_short and not each.unmarked
    ]
    keep(session, case, (LOW_ATTENDANCE,), found)


def keep(session: Session, case: Case, kinds: tuple[str, ...], found: list[Found]) -> None:
    """Have just these problems of `kinds` stand open about an occurrence."""
    mine = (ProblemRow.plan_id == case.plan_id, ProblemRow.occurrence == case.key, ProblemRow.kind.in_(kinds))
    known = {row.key: row for row in session.scalars(select(ProblemRow).where(*mine))}
    for one in found:
        key = "/".join(filter(None, (one.kind, case.key, one.unit)))
        row = known.pop(key, None)
        if row is not None and (row.state is not ProblemState.RESOLVED or row.detail == one.detail):
            row.detail = one.detail
            continue
        raise_problem(
            session,
            case.plan_id,
            case.now,
            key,
            kind=one.kind,
            detail=one.detail,
            severity=one.severity,
            occurrence=case.key,
            unit=one.unit,
        )
    for key, row in known.items():
        if row.raised_at <= case.now:  # what was found later stays, though the clock has gone back before it
            resolve_problem(session, case.plan_id, case.now, key)


def _short(office: Office, session: Session, case: Case, lists: Standing) -> Iterator[Found]:
    dates = dates_of(case.proposal(session), case.planned)
    if not isinstance(dates, Dated) or not is_short_time(dates.first, case.now.date(), lists.quota, office.calendar):
        return
    for row in requests_for_people(session, case.row.id):
        if row.state is RequestState.OPEN:
            named = len(lists.of(row.unit).taken)
            yield Found(NAMES_SHORT, row.unit, f"{named}/{lists.quota.each} đồng chí, ngày tổ chức {ngay(dates.first)}")


def _double(case: Case, lists: Standing) -> Iterator[Found]:
    """Each pair is told with the unit that named the person last, for that list is the one to mend."""
    for unit in dict.fromkeys(each.again.unit for each in lists.doubles()):
        said = [
            f"{one.name} ({'trùng' if one.surely else 'có thể trùng'} với danh sách của {one.unit_short})"
            for one in likenesses(case, lists, unit)
        ]
        yield Found(DUPLICATE_NAMES, unit, f"{views.unit(case, unit).short}: {'; '.join(said)}")


def _unprepared(office: Office, session: Session, case: Case) -> Iterator[Found]:
    before = case.activity.confirmed_before
    if before is None or not case.row.version:
        return
    dates = dates_of(case.proposal(session), case.planned)
    first = dates.first if isinstance(dates, Dated) else dates.not_before
    due = prepared_by(first, before, office.calendar)
    if case.now.date() < due:
        return
    confirmed = preparations_of(session, case.row.id)
    lacking = ([] if isinstance(dates, Dated) else ["ngày tổ chức"]) + [
        PREPARATIONS[what] for what in Preparation if what not in confirmed
    ]
    if lacking:
        yield Found(NOT_CONFIRMED, None, f"Chưa xác nhận {danh_sach(lacking)}; hạn {ngay(due)}")
