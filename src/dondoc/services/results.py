"""Where the work of an occurrence stands, for the head: who does what, who is named, who paid, what was reported
(II.1 "tổng hợp nguồn lực", III.1 "theo dõi, đôn đốc").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.documents.workbook import ResourceRow
from dondoc.domain.dues import due_key
from dondoc.domain.ids import Dong
from dondoc.domain.states import OccurrenceState, RequestKind
from dondoc.domain.tasks import Unowned
from dondoc.services import views
from dondoc.services.case import Case, open_case
from dondoc.services.money_views import standings_in
from dondoc.services.office import Office
from dondoc.services.people_views import quota_of, standing
from dondoc.services.work_views import latest_acceptance, latest_evaluation, requests_of, tasks_in, unowned_in
from dondoc.store.tables import RequestRow
from dondoc.store.tables_work import BulletinRow, DistributionRow, ProgressRow, ReportRow, WorkFileRow


@dataclass(frozen=True, slots=True)
class ProgressLine:
    task: str
    on: date
    percent: int
    figures: tuple[tuple[str, int], ...]
    note: str
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportLine:
    text: str
    links: tuple[str, ...]
    at: datetime
    late: bool


@dataclass(frozen=True, slots=True)
class UnitWork:
    """One unit in an occurrence."""

    unit: str
    name: str
    tasks: tuple[str, ...]
    is_asked: bool
    """The head's own unit is not, and nobody before the launch."""
    accepted: bool | None
    """None: not answered, or not asked."""
    reason: str
    progress: tuple[ProgressLine, ...]
    files: tuple[tuple[int, str], ...]
    """Number and name of what proves the work."""
    quota: int
    named: int
    due: Dong
    paid: Dong
    report: ReportLine | None
    evaluation: str


@dataclass(frozen=True, slots=True)
class BulletinLine:
    title: str
    at: datetime
    recipients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Results:
    plan_id: str
    occurrence: str
    title: str
    short_title: str
    when_text: str
    place_text: str
    state: OccurrenceState
    at: datetime
    unowned: tuple[Unowned, ...]
    """What keeps it from launching."""
    units: tuple[UnitWork, ...]
    evaluation: str
    bulletins: tuple[BulletinLine, ...]
    recipients: tuple[tuple[str, str], ...]
    """Who may be told: id and name."""

    @property
    def is_over(self) -> bool:
        return self.state in (OccurrenceState.HELD, OccurrenceState.EVALUATED)

    @property
    def figures(self) -> tuple[tuple[str, int], ...]:
        """What was counted in all, by the latest word of each task."""
        totals: dict[str, int] = {}
        for unit in self.units:
            latest: dict[str, ProgressLine] = {}
            for line in unit.progress:
                latest.setdefault(line.task, line)
            for line in latest.values():
                for name, figure in line.figures:
                    totals[name] = totals.get(name, 0) + figure
        return tuple(totals.items())


def results(office: Office, plan_id: str | None, occurrence: str) -> Results:
    """Raises Unreadable when there is no such plan or occurrence."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        view = views.occurrence(case, case.proposal(session), case.row.version) if case.row.version else None
        return Results(
            plan_id=case.plan_id,
            occurrence=case.key,
            title=case.planned.title,
            short_title=case.activity.short_title,
            when_text=view.when_text if view else "",
            place_text=view.place_text if view else "",
            state=case.row.state,
            at=local(case.now),
            unowned=unowned_in(session, case),
            units=tuple(_units(session, case)),
            evaluation=latest_evaluation(session, case, None),
            bulletins=tuple(_bulletins(session, case)),
            recipients=tuple((one.id, one.name) for one in case.plan.recipients),
        )


def resource_rows(found: Results) -> list[ResourceRow]:
    """The resource table for Excel (II.1 "tổng hợp nguồn lực")."""
    said = {True: "đã nhận", False: "chưa nhận", None: ""}
    return [
        ResourceRow(
            number=n,
            unit=unit.name,
            assignments=unit.tasks,
            accepted=said[unit.accepted] if unit.tasks else "",
            quota=unit.quota,
            named=unit.named,
            due=unit.due,
            paid=unit.paid,
        )
        for n, unit in enumerate(found.units, start=1)
    ]


def _units(session: Session, case: Case) -> Iterator[UnitWork]:
    asked = {row.unit: row for row in requests_of(session, case, RequestKind.ASSIGNMENT)}
    reports = {row.unit: row for row in requests_of(session, case, RequestKind.REPORT)}
    quota = quota_of(case)
    selected = standing(session, case, quota).selection.units if quota is not None else ()
    named = {each.unit: len(each.taken) for each in selected}
    members = case.plan.members_on(case.now.date())
    money = standings_in(session, case.plan_id, [due_key(case.key, unit.id) for unit in members])
    for unit in members:
        request = asked.get(unit.id)
        answer = latest_acceptance(session, request) if request else None
        tasks = tasks_in(session, case, unit.id)
        due = money.get(due_key(case.key, unit.id))
        yield UnitWork(
            unit=unit.id,
            name=views.unit(case, unit.id).short,
            tasks=tuple(task.text for task in tasks),
            is_asked=request is not None,
            accepted=answer.accepted if answer else None,
            reason=answer.reason if answer else "",
            progress=tuple(_progress(session, request, {task.id: task.text for task in tasks})) if request else (),
            files=_files(session, request) if request else (),
            quota=quota.each if quota else 0,
            named=named.get(unit.unit_id, 0),
            due=due.amount if due else Dong(0),
            paid=due.paid if due else Dong(0),
            report=_report(session, reports[unit.id]) if unit.id in reports else None,
            evaluation=latest_evaluation(session, case, unit.id),
        )


def _progress(session: Session, request: RequestRow, texts: dict[str, str]) -> Iterator[ProgressLine]:
    rows = session.scalars(
        select(ProgressRow).where(ProgressRow.request_id == request.id).order_by(ProgressRow.id.desc())
    )
    for row in rows:
        yield ProgressLine(
            texts.get(row.task, row.task),
            row.on_day,
            row.percent,
            tuple(json.loads(row.figures).items()),
            row.note,
            tuple(row.evidence.split()),
        )


def _files(session: Session, request: RequestRow) -> tuple[tuple[int, str], ...]:
    kept = select(WorkFileRow.id, WorkFileRow.name).where(WorkFileRow.request_id == request.id)
    return tuple((number, name) for number, name in session.execute(kept.order_by(WorkFileRow.id)))


def work_file(office: Office, plan_id: str, occurrence: str, number: int) -> tuple[str, bytes] | None:
    """The media type and the bytes of a file that proves the work of that occurrence; None when it has no such file."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        row = session.scalar(
            select(WorkFileRow)
            .join(RequestRow, RequestRow.id == WorkFileRow.request_id)
            .where(WorkFileRow.id == number, RequestRow.occurrence_id == case.row.id)
        )
        return (row.type, row.content) if row is not None else None


def _report(session: Session, request: RequestRow) -> ReportLine | None:
    row = session.scalar(
        select(ReportRow).where(ReportRow.request_id == request.id).order_by(ReportRow.number.desc()).limit(1)
    )
    return ReportLine(row.text, tuple(row.links.split()), local(row.received_at), row.late) if row else None


def _bulletins(session: Session, case: Case) -> Iterator[BulletinLine]:
    names = {one.id: one.name for one in case.plan.recipients}
    rows = session.scalars(
        select(BulletinRow).where(BulletinRow.occurrence_id == case.row.id).order_by(BulletinRow.number)
    )
    for row in rows:
        told = session.scalars(
            select(DistributionRow.recipient).where(DistributionRow.bulletin_id == row.id).order_by(DistributionRow.id)
        )
        yield BulletinLine(
            row.title, local(row.approved_at), tuple(names.get(one.partition("/")[0], one) for one in told)
        )
