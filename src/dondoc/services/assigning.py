"""Bringing assignments and reports in line with the record (II.1 "Phân công thực hiện", III.1 "đánh giá").

Contents go out once an occurrence is launched; what nobody owns stands before the head until it is given or waived;
after the day each unit that took part is asked for its report.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.states import OccurrenceState, RequestKind, RequestState
from dondoc.domain.wording import danh_sach, ngay
from dondoc.services.asking import ask_again, open_request, settle
from dondoc.services.case import Case, cases, open_case
from dondoc.services.office import Office
from dondoc.services.people_watch import Found, keep
from dondoc.services.work_views import latest_acceptance, requests_of, tasks_in, unowned_in
from dondoc.store.tables_work import HandoverRow

ORPHAN, UNANSWERED, DECLINED, MISSING = (
    "orphan_content",
    "assignment_unanswered",
    "assignment_declined",
    "report_missing",
)
_OFF = (OccurrenceState.CANCELLED, OccurrenceState.POSTPONED, OccurrenceState.MERGED, OccurrenceState.SKIPPED)
_AFTER = (OccurrenceState.HELD, OccurrenceState.EVALUATED)


def assign(office: Office) -> None:
    """Everything about the work that follows from the record; asking and chasing come after it."""
    now = office.clock.now()
    states = (OccurrenceState.AGREED, OccurrenceState.LAUNCHED, *_AFTER, *_OFF)
    with office.sessions.reading() as session:
        every = [
            (case.plan_id, case.key)
            for case in cases(session, now, *states)
            if case.row.version and (case.activity.assignments or case.activity.contents)
        ]
    for plan_id, key in every:
        with office.sessions.writing() as session:
            _bring(office, session, open_case(session, plan_id, key, now))


def _bring(office: Office, session: Session, case: Case) -> None:
    state = case.row.state
    if state in _OFF:
        keep(session, case, (ORPHAN, UNANSWERED, DECLINED, MISSING), [])
        _withdraw(session, case, RequestKind.ASSIGNMENT, RequestKind.REPORT)
        return
    if state in (OccurrenceState.AGREED, OccurrenceState.LAUNCHED):
        keep(session, case, (ORPHAN,), list(_unowned(session, case)))
    if state is OccurrenceState.LAUNCHED:
        _hand_out(office, session, case)
        keep(session, case, (UNANSWERED, DECLINED), [*_unanswered(session, case), *_declined(session, case)])
    if state in _AFTER:
        keep(session, case, (ORPHAN, UNANSWERED, DECLINED), [])
        _withdraw(session, case, RequestKind.ASSIGNMENT)
        _ask_for_reports(office, session, case)
        keep(session, case, (MISSING,), list(_unreported(session, case)))


def _hand_out(office: Office, session: Session, case: Case) -> None:
    """Ask every unit with a task, once more those that were given another one, and nobody who has none."""
    asked = {row.unit: row for row in requests_of(session, case, RequestKind.ASSIGNMENT)}
    due_on = office.calendar.shift(case.now.date(), case.plan.policy.assignment.answer_within)
    head = case.plan.head_on(case.now.date()).unit
    for unit in case.plan.members_on(case.now.date()):
        row, tasks = asked.get(unit.id), tasks_in(session, case, unit.id)
        if unit.id == head:
            continue
        if row is None:
            if tasks:
                open_request(session, case, RequestKind.ASSIGNMENT, unit.id, due_on)
        elif not tasks:
            if row.state is RequestState.OPEN:
                settle(row, case.now, RequestState.WITHDRAWN)
        elif more := _given_since(session, case, row.unit, row.asked_at):
            ask_again(row, case, due_on, f"đơn vị được giao thêm nội dung: {danh_sach(more)}")
    members = {unit.id for unit in case.plan.members_on(case.now.date())}
    for row in asked.values():
        if row.unit not in members and row.state is RequestState.OPEN:
            settle(row, case.now, RequestState.WITHDRAWN)


def _given_since(session: Session, case: Case, unit: str, since: object) -> list[str]:
    """The texts of what the head gave to a unit after it was asked."""
    given = set(
        session.scalars(
            select(HandoverRow.task).where(
                HandoverRow.occurrence_id == case.row.id, HandoverRow.unit == unit, HandoverRow.decided_at > since
            )
        )
    )
    return [task.text.rstrip(".") for task in tasks_in(session, case, unit) if task.id in given]


def _unowned(session: Session, case: Case) -> Iterator[Found]:
    """What nobody is in charge of: the occurrence does not launch before each of it is given or waived (R14)."""
    if texts := [one.text.rstrip(".") for one in unowned_in(session, case)]:
        yield Found(ORPHAN, None, "; ".join(texts))


def _unanswered(session: Session, case: Case) -> Iterator[Found]:
    """Not accepted in time (R9–R13)."""
    for row in requests_of(session, case, RequestKind.ASSIGNMENT):
        if row.state is RequestState.OPEN and row.held_at is None and case.now >= row.due_at:
            detail = f"hạn xác nhận {ngay(local(row.due_at).date())}: {_texts(session, case, row.unit)}"
            yield Found(UNANSWERED, row.unit, detail)


def _declined(session: Session, case: Case) -> Iterator[Found]:
    """Declined, and still that unit's task."""
    for row in requests_of(session, case, RequestKind.ASSIGNMENT):
        answer = latest_acceptance(session, row)
        if answer is not None and not answer.accepted and (texts := _texts(session, case, row.unit)):
            yield Found(DECLINED, row.unit, f"{texts} – {answer.reason}")


def _texts(session: Session, case: Case, unit: str) -> str:
    return "; ".join(task.text.rstrip(".") for task in tasks_in(session, case, unit))


def _ask_for_reports(office: Office, session: Session, case: Case) -> None:
    """Where units carried out contents, each reports within the policy's working days after the day (R4); of a visit
    or a seminar the head's own minutes are the report.
    """
    if not any(assignment.kind == "content" for assignment in case.activity.assignments):
        return
    asked = {row.unit for row in requests_of(session, case, RequestKind.REPORT)}
    dates = dates_of(case.proposal(session), case.planned)
    today = case.now.date()
    last = min(dates.last, today) if isinstance(dates, Dated) else today
    due_on = max(office.calendar.shift(last, case.plan.policy.report.answer_within), office.calendar.shift(today, 1))
    head = case.plan.head_on(today).unit
    for unit in case.plan.members_on(today):
        if unit.id not in asked and unit.id != head:
            open_request(session, case, RequestKind.REPORT, unit.id, due_on)


def _unreported(session: Session, case: Case) -> Iterator[Found]:
    for row in requests_of(session, case, RequestKind.REPORT):
        if row.state is RequestState.OPEN and row.held_at is None and case.now >= row.due_at:
            yield Found(MISSING, row.unit, f"hạn báo cáo {ngay(local(row.due_at).date())}")


def _withdraw(session: Session, case: Case, *kinds: RequestKind) -> None:
    for kind in kinds:
        for row in requests_of(session, case, kind):
            if row.state is RequestState.OPEN:
                settle(row, case.now, RequestState.WITHDRAWN)
