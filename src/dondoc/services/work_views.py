"""The work of an occurrence as the record has it: whose task is what, and how letters and pages show it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.domain.ids import UnitId
from dondoc.domain.states import RequestKind
from dondoc.domain.tasks import Handovers, Task, Unowned, tasks_of, unowned
from dondoc.mail.letters_work import TaskView
from dondoc.services import views
from dondoc.services.case import Case
from dondoc.store.tables import RequestRow
from dondoc.store.tables_work import AcceptanceRow, EvaluationRow, HandoverRow


def handovers_of(session: Session, case: Case) -> Handovers:
    """What the head gave to units, or waived; the latest decision about each."""
    rows = session.scalars(select(HandoverRow).where(HandoverRow.occurrence_id == case.row.id).order_by(HandoverRow.id))
    return {row.task: UnitId(row.unit) if row.unit else None for row in rows}


def latest_handover(session: Session, case: Case, task: str) -> HandoverRow | None:
    """What the head decided last about a content or an assignment."""
    return session.scalar(
        select(HandoverRow)
        .where(HandoverRow.occurrence_id == case.row.id, HandoverRow.task == task)
        .order_by(HandoverRow.id.desc())
        .limit(1)
    )


def tasks_in(session: Session, case: Case, unit: str) -> tuple[Task, ...]:
    return tasks_of(case.activity, unit, handovers_of(session, case))


def unowned_in(session: Session, case: Case) -> tuple[Unowned, ...]:
    """What keeps the occurrence from being ready (R14)."""
    members = {unit.id for unit in case.plan.members_on(case.now.date())}
    return unowned(case.activity, members, handovers_of(session, case))


def task_views(case: Case, tasks: Iterable[Task]) -> tuple[TaskView, ...]:
    return tuple(
        TaskView(task.text, task.leads, tuple(views.unit(case, unit).short for unit in task.partners), task.figures)
        for task in tasks
    )


def requests_of(session: Session, case: Case, kind: RequestKind) -> Sequence[RequestRow]:
    return session.scalars(
        select(RequestRow)
        .where(RequestRow.occurrence_id == case.row.id, RequestRow.kind == kind)
        .order_by(RequestRow.id)
    ).all()


def latest_acceptance(session: Session, request: RequestRow) -> AcceptanceRow | None:
    return session.scalar(
        select(AcceptanceRow)
        .where(AcceptanceRow.request_id == request.id)
        .order_by(AcceptanceRow.number.desc())
        .limit(1)
    )


def latest_evaluation(session: Session, case: Case, unit: str | None) -> str:
    """What the head said last of how it went, in all or a unit's part in it; empty before he has said anything."""
    whose = EvaluationRow.unit.is_(None) if unit is None else EvaluationRow.unit == unit
    return (
        session.scalar(
            select(EvaluationRow.text)
            .where(EvaluationRow.occurrence_id == case.row.id, whose)
            .order_by(EvaluationRow.id.desc())
            .limit(1)
        )
        or ""
    )
