"""What units say of their work, and what the head decides about it (II.1, III.1, III.2).

Answers, progress and reports are only ever added; the latest counts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import UnitId
from dondoc.domain.opinion import Asked, Unclear, Understood, understand
from dondoc.domain.states import Channel, OccurrenceState, RequestKind, RequestState, Verdict, step
from dondoc.domain.tasks import Task
from dondoc.errors import Refused, Unreadable
from dondoc.mail.letters_work import AssignmentNoted, ReportNoted
from dondoc.services.asking import settle
from dondoc.services.case import Case, open_case
from dondoc.services.office import Draft, Office
from dondoc.services.replies import Reply
from dondoc.services.work_matters import ASSIGNMENTS, REPORTS, draft, work
from dondoc.services.work_views import latest_evaluation, latest_handover, tasks_in, unowned_in
from dondoc.store.history import Actor, note, resolve_problem
from dondoc.store.queries import find_request, proposal_of
from dondoc.store.tables import RequestRow
from dondoc.store.tables_work import (
    AcceptanceRow,
    EvaluationRow,
    HandoverRow,
    ProgressRow,
    ReportRow,
    WorkFileRow,
)

MAX_TEXT = 10_000
MAX_FIGURE = 10**9
_UNDER_WAY = (OccurrenceState.LAUNCHED, OccurrenceState.HELD, OccurrenceState.EVALUATED)


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something, and what makes it one of a kind: the same source again records nothing."""

    by: Actor
    source: str


def answer(office: Office, plan_id: str, request: str, *, accepted: bool, reason: str, said: Said) -> None:
    """A unit takes on its contents, or declines them. Raises Refused for a refusal without a reason."""
    with office.sessions.writing() as session:
        answer_in(office, session, find_request(session, plan_id, request), accepted=accepted, reason=reason, said=said)


def answer_in(
    office: Office,
    session: Session,
    row: RequestRow,
    *,
    accepted: bool,
    reason: str,
    said: Said,
    confirm: bool = True,
) -> None:
    """As `answer`, within the caller's transaction."""
    case = _case(office, session, row, RequestKind.ASSIGNMENT)
    text = _text(row, reason, needed=not accepted)
    if _is_known(session, AcceptanceRow, said.source):
        return
    if row.state is RequestState.WITHDRAWN:
        raise Refused(f"{row.key}: nobody asks that any more")
    session.add(
        AcceptanceRow(
            request_id=row.id,
            number=_next(session, AcceptanceRow, row),
            accepted=accepted,
            reason=text,
            by=said.by.who,
            channel=said.by.channel,
            received_at=case.now,
            source=said.source,
        )
    )
    session.flush()
    settle(row, case.now)
    for kind in ("assignment_unanswered", "assignment_declined"):
        resolve_problem(session, case.plan_id, case.now, f"{kind}/{case.key}/{row.unit}", by=said.by)
    _note(session, case, "assignment.accepted" if accepted else "assignment.declined", row.unit, said.by, text)
    contact = case.contact(row.unit)
    if confirm and contact is not None:
        fields = work(office, session, case, row, contact)
        letter = AssignmentNoted(**fields, accepted=accepted, reason=text, by=said.by.who)
        key = f"{letter.kind}/{case.key}/{row.unit}/{_next(session, AcceptanceRow, row) - 1}"
        _post(office, session, case, draft(ASSIGNMENTS, case, row, contact, letter, key, only_while_open=False))


def read_answer(office: Office, session: Session, row: RequestRow, reply: Reply) -> bool:
    """A reply to an assignment: plain agreement takes it on, a plain refusal with its reason declines it."""
    asked = Asked.in_proposal(proposal_of(session, row.occurrence))
    match understand(reply.text, asked):
        case Understood(condition=None, verdict=Verdict.AGREE | Verdict.OBJECT as verdict, comment=comment) if all(
            file.is_inline for file in reply.message.attachments
        ):
            said = Said(Actor(reply.by, Channel.EMAIL), reply.source)
            try:
                answer_in(
                    office,
                    session,
                    row,
                    accepted=verdict is Verdict.AGREE,
                    reason=comment,
                    said=said,
                    confirm=reply.confirm,
                )
            except Refused:
                return False
            return True
        case Understood() | Unclear():
            return False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one task is on a day."""

    task: str
    percent: int
    figures: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    evidence: str = ""
    on: date | None = None
    """None: today."""


def report_progress(office: Office, plan_id: str, request: str, progress: Progress, said: Said) -> None:
    """A unit says how far a task is. Raises Refused for a figure that cannot be, Unreadable for a task not its own."""
    with office.sessions.writing() as session:
        row = find_request(session, plan_id, request)
        case = _case(office, session, row, RequestKind.ASSIGNMENT)
        task = _task(session, case, row, progress.task)
        if not 0 <= progress.percent <= 100:
            raise Refused(f"{row.key}: {progress.percent} % cannot be; it is from 0 to 100")
        for name, figure in progress.figures.items():
            if name not in task.figures:
                raise Unreadable(f"{row.key}: {task.id} does not count “{name}” (it counts: {', '.join(task.figures)})")
            if not 0 <= figure <= MAX_FIGURE:
                raise Refused(f"{row.key}: {figure} is no figure for “{name}”")
        on = progress.on or case.now.date()
        if on > case.now.date():
            raise Refused(f"{row.key}: {on:%d/%m/%Y} has not come yet")
        known = select(ProgressRow.id).where(ProgressRow.source == said.source, ProgressRow.task == task.id)
        if session.scalar(known) is not None:
            return
        session.add(
            ProgressRow(
                request_id=row.id,
                task=task.id,
                on_day=on,
                percent=progress.percent,
                figures=json.dumps(dict(progress.figures), ensure_ascii=False),
                note=_text(row, progress.note),
                evidence=_text(row, progress.evidence),
                by=said.by.who,
                channel=said.by.channel,
                recorded_at=case.now,
                source=said.source,
            )
        )
        _note(session, case, "progress.reported", row.unit, said.by, f"{task.id}: {progress.percent} %")


def keep_file(office: Office, plan_id: str, request: str, name: str, kind: str, content: bytes, by: Actor) -> None:
    """Keep a picture or a paper that proves what was done; the same file again is kept once."""
    with office.sessions.writing() as session:
        row = find_request(session, plan_id, request)
        digest = hashlib.sha256(content).hexdigest()
        known = select(WorkFileRow.id).where(WorkFileRow.request_id == row.id, WorkFileRow.digest == digest)
        if session.scalar(known) is None:
            session.add(
                WorkFileRow(
                    request_id=row.id,
                    name=name[-200:],
                    type=kind,
                    size=len(content),
                    digest=digest,
                    content=content,
                    by=by.who,
                    received_at=office.clock.now(),
                )
            )


def report(office: Office, plan_id: str, request: str, text: str, links: str, said: Said) -> None:
    """A unit reports after an occurrence. Raises Refused for an empty report."""
    with office.sessions.writing() as session:
        report_in(office, session, find_request(session, plan_id, request), text, links, said)


def report_in(
    office: Office, session: Session, row: RequestRow, text: str, links: str, said: Said, *, confirm: bool = True
) -> None:
    """As `report`, within the caller's transaction."""
    case = _case(office, session, row, RequestKind.REPORT)
    kept = _text(row, text, needed=True)
    if _is_known(session, ReportRow, said.source):
        return
    late = case.now > local(row.due_at)
    number = _next(session, ReportRow, row)
    session.add(
        ReportRow(
            request_id=row.id,
            number=number,
            text=kept,
            links=_text(row, links),
            by=said.by.who,
            channel=said.by.channel,
            received_at=case.now,
            late=late,
            source=said.source,
        )
    )
    session.flush()
    settle(row, case.now)
    resolve_problem(session, case.plan_id, case.now, f"report_missing/{case.key}/{row.unit}", by=said.by)
    _note(session, case, "report.received", row.unit, said.by, kept[:200])
    contact = case.contact(row.unit)
    if confirm and contact is not None:
        letter = ReportNoted(**work(office, session, case, row, contact), text=kept, by=said.by.who, late=late)
        key = f"{letter.kind}/{case.key}/{row.unit}/{number}"
        _post(office, session, case, draft(REPORTS, case, row, contact, letter, key, only_while_open=False))


_SHORTEST_REPORT = 40
"""Characters of a reply that is a report and no question or promise."""


def read_report(office: Office, session: Session, row: RequestRow, reply: Reply) -> bool:
    """A reply to the request for a report: its words, when there are enough of them and no file a person must open."""
    if len(reply.text.strip()) < _SHORTEST_REPORT or not all(file.is_inline for file in reply.message.attachments):
        return False
    said = Said(Actor(reply.by, Channel.EMAIL), reply.source)
    try:
        report_in(office, session, row, reply.text, "", said, confirm=reply.confirm)
    except Refused:
        return False
    return True


def hand_over(
    office: Office, plan_id: str | None, occurrence: str, task: str, unit: str | None, reason: str, by: Actor
) -> None:
    """Give a content or an assignment to a unit, or waive it (R14); the same again records nothing, but for a unit that
    has declined since.

    Raises Unreadable for what the plan has not, Refused for a unit that is no member, or a waiver without a reason.
    """
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        known = [content.id for content in case.activity.contents] + [a.id for a in case.activity.assignments]
        if task not in known:
            raise Unreadable(f"{case.activity.id} has no content or assignment {task} (it has: {', '.join(known)})")
        members = [member.id for member in case.plan.members_on(case.now.date())]
        if unit is not None and unit not in members:
            raise Refused(f"{unit} is no member of the cluster today (members: {', '.join(members)})")
        if unit is None and not reason.strip():
            raise Refused(f"{task}: to waive it, give the reason")
        if _stands(session, case, task, unit, reason.strip()):
            return
        session.add(
            HandoverRow(
                occurrence_id=case.row.id,
                task=task,
                unit=unit,
                reason=reason.strip(),
                decided_at=case.now,
                decided_by=by.who,
            )
        )
        session.flush()
        _note(session, case, "content.assigned" if unit else "content.waived", unit, by, f"{task}: {reason.strip()}")
        if not unowned_in(session, case):
            resolve_problem(session, case.plan_id, case.now, f"orphan_content/{case.key}", by=by)


def _stands(session: Session, case: Case, task: str, unit: str | None, reason: str) -> bool:
    """Whether that is what was decided last, and the unit has not declined since."""
    latest = latest_handover(session, case, task)
    if latest is None or (latest.unit, latest.reason) != (unit, reason):
        return False
    declined_since = (
        select(AcceptanceRow.id)
        .join(RequestRow, RequestRow.id == AcceptanceRow.request_id)
        .where(
            RequestRow.occurrence_id == case.row.id,
            RequestRow.unit == unit,
            AcceptanceRow.accepted.is_(False),
            AcceptanceRow.received_at > latest.decided_at,
        )
    )
    return session.scalar(declined_since.limit(1)) is None


def evaluate(office: Office, plan_id: str | None, occurrence: str, unit: str | None, text: str, by: Actor) -> None:
    """The head says how an occurrence, or a unit in it, went (III.1 "đánh giá"); the same again records nothing.

    Raises Refused before it was held.
    """
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if case.row.state not in (OccurrenceState.HELD, OccurrenceState.EVALUATED):
            raise Refused(f"{occurrence} is {case.row.state.value}: it is evaluated after it was held")
        if not text.strip():
            raise Refused(f"{occurrence}: the evaluation is empty")
        if unit is not None:
            case.plan.unit(UnitId(unit))
        if latest_evaluation(session, case, unit) == text.strip():
            return
        row = EvaluationRow(
            occurrence_id=case.row.id, unit=unit, text=text.strip(), evaluated_at=case.now, evaluated_by=by.who
        )
        session.add(row)
        _note(session, case, "occurrence.evaluated" if unit is None else "unit.evaluated", unit, by, text.strip()[:200])
        if unit is None and case.row.state is OccurrenceState.HELD:
            case.row.state = step(occurrence, case.row.state, OccurrenceState.EVALUATED)


def _case(office: Office, session: Session, row: RequestRow, kind: RequestKind) -> Case:
    if row.kind is not kind:
        raise Unreadable(f"{row.key} is no {kind.value}")
    case = open_case(session, row.plan_id, row.occurrence.key, office.clock.now())
    if case.row.state not in _UNDER_WAY:
        raise Refused(f"{case.key} is {case.row.state.value}: there is no work to speak of")
    return case


def _task(session: Session, case: Case, row: RequestRow, task: str) -> Task:
    tasks = {each.id: each for each in tasks_in(session, case, row.unit)}
    if task not in tasks:
        raise Unreadable(f"{row.key}: {task} is no task of {row.unit} (it has: {', '.join(tasks) or 'none'})")
    return tasks[task]


def _text(row: RequestRow, text: str, *, needed: bool = False) -> str:
    kept = text.strip()
    if needed and not kept:
        raise Refused(f"{row.key}: say why, or what was done")
    if len(kept) > MAX_TEXT:
        raise Refused(f"{row.key}: the text has {len(kept)} characters, at most {MAX_TEXT} can be kept")
    return kept


def _is_known(session: Session, table: type[AcceptanceRow] | type[ReportRow], source: str) -> bool:
    return session.scalar(select(table.id).where(table.source == source)) is not None


def _next(session: Session, table: type[AcceptanceRow] | type[ReportRow], row: RequestRow) -> int:
    return (session.scalar(select(func.max(table.number)).where(table.request_id == row.id)) or 0) + 1


def _note(session: Session, case: Case, event: str, unit: str | None, by: Actor, detail: str) -> None:
    note(session, case.plan_id, case.now, event, occurrence=case.key, unit=unit, by=by, detail=detail)


def _post(office: Office, session: Session, case: Case, letter: Draft) -> None:
    office.post(session, case.plan_id, [letter], case.now)
