"""Playing a plan against a simulated clock: the real rules, record and letters, no network (DESIGN, section 7).

The same plan and script give the same output, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select

from dondoc.clock import ZONE, SetClock
from dondoc.domain.digests import digest_day
from dondoc.domain.proposal import Revision
from dondoc.domain.rounds import ROUNDS
from dondoc.domain.states import Channel, ProblemState, Severity, Verdict
from dondoc.errors import Refused, Unreadable
from dondoc.services import rehearse_people
from dondoc.services.acts import Said, act
from dondoc.services.answers import Answer, record
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.held import raise_by_hand, settle
from dondoc.services.held_mail import confirm_sender, count_as, dismiss
from dondoc.services.intake import keep, read_kept
from dondoc.services.ladder import climb, next_urgent
from dondoc.services.pausing import pause, resume
from dondoc.services.plans import load_plan
from dondoc.services.rehearse_mail import as_replied, filled_in
from dondoc.services.rehearse_money import confirms_sender, decide, with_codes
from dondoc.services.rehearse_sending import Worker, settle_letter
from dondoc.services.rehearse_work import ABOUT_WORK, decide_work, do_work
from dondoc.services.script import (
    ABOUT_LETTERS,
    ABOUT_MONEY,
    ABOUT_PROBLEMS,
    HeadStep,
    Names,
    Reply,
    Report,
    Step,
    WebAnswer,
)
from dondoc.services.statements import import_statement
from dondoc.services.upward import approve_upward
from dondoc.store.history import Actor, note
from dondoc.store.outbox import Claimed
from dondoc.store.tables import ProblemRow

if TYPE_CHECKING:
    from dondoc.domain.plan import Plan
    from dondoc.services.office import Office

DIGEST = time(7, 30)
OPENING = time(8)
"""When the scheduled runs happen, as in `prefect.yaml`."""

_OPERATOR = Actor("rehearsal", Channel.COMMAND)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What is needed to play: `clock` is the one that `office` reads; `load` and `raw` read a script's files."""

    office: Office
    clock: SetClock
    maildir: Path
    load: Callable[[str], Plan]
    raw: Callable[[str], bytes]
    on_sent: Callable[[Claimed], object]
    on_day: Callable[[date], None] = lambda _: None


@dataclass(frozen=True, slots=True, order=True)
class _Tick:
    """A scheduled run (0) or a step of the script (1 and up), in the order in which they happen."""

    at: datetime
    order: int


def play(rehearsal: Rehearsal, plan: Plan, steps: tuple[Step, ...], first: date, last: date) -> None:
    """Load `plan` on the morning of `first` and live through every day until `last`, included.

    A step that a rule refuses stands among the events, and the play goes on. Raises Unreadable, naming the step's
    time, when a step speaks of something that is not there.
    """
    ordered = sorted(steps, key=lambda step: step.at)
    begin = datetime.combine(first, time(7), ZONE)
    worker = Worker(rehearsal)
    rehearsal.clock.at = begin
    load_plan(rehearsal.office, plan, _OPERATOR)
    worker.work()
    off_until = begin
    waiting: list[Step] = []
    ticks = merge(
        (_Tick(at, -1) for at in _schedule(rehearsal.office, first, last)),
        (_Tick(step.at, number) for number, step in enumerate(ordered)),
    )
    for tick in ticks:
        if tick.at.date() > last:
            break
        rehearsal.on_day(tick.at.date())
        step = ordered[tick.order] if tick.order >= 0 else None
        if tick.at < max(off_until, begin):
            waiting += [step] if step else []
            continue
        _repeat_urgent(rehearsal, worker, off_until, tick.at)
        rehearsal.clock.at = tick.at
        if step is not None and step.off is not None:
            off_until = tick.at + step.off
            continue
        if step is not None and step.dies is not None:
            worker.will_die(step)
            continue
        for late in waiting:
            take(rehearsal, late, plan.id)
        waiting.clear()
        if step is not None:
            take(rehearsal, step, plan.id)
        elif tick.at.time() != DIGEST:
            open_due(rehearsal.office)
            if tick.at.time() != OPENING:
                follow_up(rehearsal.office)
        climb(rehearsal.office)
        worker.work()
    _repeat_urgent(rehearsal, worker, off_until, datetime.combine(last, time.max, ZONE))
    worker.expect_no_more()


def _repeat_urgent(rehearsal: Rehearsal, worker: Worker, since: datetime, before: datetime) -> None:
    """What is urgent is told again by the runs every few minutes, of which only those matter that have to say so."""
    while (at := next_urgent(rehearsal.office)) is not None and max(at, since) < before:
        rehearsal.clock.at = max(at, since)
        rehearsal.on_day(rehearsal.clock.at.date())
        climb(rehearsal.office)
        worker.work()


def _schedule(office: Office, first: date, last: date) -> Iterator[datetime]:
    """The scheduled runs of every working day."""
    day = first
    while day <= last:
        if office.calendar.is_working(day):
            digest = (DIGEST,) if digest_day(day, office.calendar) == day else ()
            for at in (*digest, OPENING, *ROUNDS):
                yield datetime.combine(day, at, ZONE)
        day += timedelta(days=1)


def take(rehearsal: Rehearsal, step: Step, plan_id: str) -> None:
    """Let one step happen at the moment that the clock shows. Raises as `play` does."""
    try:
        match step:
            case Step(reply=Reply() as reply):
                _reply(rehearsal, step, reply, plan_id)
            case Step(mail=str() as path):
                _mail(rehearsal.office, rehearsal.raw(path), _source(step, "mail", path), plan_id)
            case Step(answer=WebAnswer() as answer):
                _answer(rehearsal.office, step, answer, plan_id)
            case Step(report=Report() as report):
                _report(rehearsal.office, step, report, plan_id)
            case Step(names=Names() as names):
                rehearse_people.name(rehearsal, names, _request_of(names.request, names.unit), plan_id)
            case Step(head=HeadStep(do="attendance" | "prepare" | "report") as head):
                rehearse_people.enter(rehearsal.office, head, plan_id)
            case Step() if step.assignment or step.progress or step.unit_report:
                do_work(rehearsal.office, step, plan_id)
            case Step(head=HeadStep() as head):
                _head(rehearsal, head, plan_id)
            case Step(statement=str() as path):
                _statement(rehearsal.office, path, rehearsal.raw(path), plan_id)
            case Step(plan=str() as path):
                load_plan(rehearsal.office, rehearsal.load(path), _OPERATOR)
    except Refused as refusal:
        with rehearsal.office.sessions.writing() as session:
            now = rehearsal.clock.now()
            note(session, plan_id, now, "step.refused", by=_OPERATOR, detail=str(refusal))
    except Unreadable as error:
        raise Unreadable(f"script, step at {step.at:%Y-%m-%d %H:%M}: {error}") from error


def _request_of(request: str, unit: str) -> str:
    """A request's whole key; the unit may be left out where the step names it."""
    return request if request.count("/") >= 2 else f"{request}/{unit}"


def _source(step: Step, what: str, request: str) -> str:
    return f"{what}/{request}/{step.at.isoformat()}"


def _reply(rehearsal: Rehearsal, step: Step, reply: Reply, plan_id: str) -> None:
    office, request = rehearsal.office, _request_of(reply.request, reply.unit)
    file = (reply.file, rehearsal.raw(reply.file)) if reply.file else None
    with office.sessions.reading() as session:
        content = as_replied(office, session, plan_id, request, reply, file)
    _hear(office, content, _source(step, "email", request))


def _mail(office: Office, content: bytes, source: str, plan_id: str) -> None:
    with office.sessions.reading() as session:
        content = filled_in(session, plan_id, content)
    _hear(office, content, source)


def _hear(office: Office, content: bytes, source: str) -> None:
    with office.sessions.writing() as session:
        keep(session, office, source, content)
    read_kept(office)


def _answer(office: Office, step: Step, answer: WebAnswer, plan_id: str) -> None:
    request = _request_of(answer.request, answer.unit)
    record(
        office,
        plan_id,
        Answer(
            request,
            answer.verdict,
            answer.comment,
            by=answer.unit,
            channel=Channel.WEB,
            source=_source(step, "web", request),
        ),
    )


def _statement(office: Office, path: str, content: bytes, plan_id: str) -> None:
    with office.sessions.reading() as session:
        content = with_codes(session, plan_id, content)
    import_statement(office, plan_id, path, content, _OPERATOR)


def _report(office: Office, step: Step, report: Report, plan_id: str) -> None:
    raise_by_hand(
        office,
        plan_id,
        report.unit,
        report.text,
        occurrence=report.occurrence,
        severity=Severity.URGENT if report.urgent else Severity.NORMAL,
        by=Actor(report.unit, Channel.WEB),
        source=_source(step, "report", report.unit),
    )


def _head(rehearsal: Rehearsal, head: HeadStep, plan_id: str) -> None:
    office, by = rehearsal.office, Actor("head", Channel.COMMAND)
    if head.do in ABOUT_LETTERS:
        settle_letter(office, head, plan_id, by)
        return
    if head.do in ABOUT_MONEY or (head.do == "confirm" and not confirms_sender(office, plan_id, head)):
        decide(office, plan_id, head, by)
        return
    if head.do in ABOUT_WORK:
        decide_work(office, plan_id, head, by)
        return
    if head.do in ABOUT_PROBLEMS:
        _about_problem(office, head, _problem(office, head, plan_id), plan_id, by)
        return
    revision = Revision(
        day=head.day,
        until=head.until,
        place=head.place,
        each=head.each,
        note=head.note,
        decision=head.decision,
        material=head.material,
    )
    if head.occurrence is None and head.activity is not None:
        (pause if head.do == "pause" else resume)(office, plan_id, head.activity, head.reason, by)
        return
    said = Said(head.reason, revision, head.into)
    act(office, plan_id, head.occurrence or "", "held" if head.do == "hold" else head.do, said, by)


def _problem(office: Office, head: HeadStep, plan_id: str) -> str:
    """The key of the problem that is meant: the newest one that is not resolved and fits what the step names."""
    with office.sessions.reading() as session:
        rows = session.scalars(
            select(ProblemRow)
            .where(ProblemRow.plan_id == plan_id, ProblemRow.state != ProblemState.RESOLVED)
            .order_by(ProblemRow.id.desc())
        )
        for row in rows:
            if (
                row.key.startswith(head.problem or "")
                and head.unit in (None, row.unit)
                and head.occurrence in (None, row.occurrence)
                and (head.do != "confirm" or row.kind == "unknown_sender")
            ):
                return row.key
    if head.problem is not None:
        return head.problem  # settled already, or never there: what is done with it says so
    raise Unreadable(f"{head.unit} has no open problem to {head.do}")


def _about_problem(office: Office, head: HeadStep, problem: str, plan_id: str, by: Actor) -> None:
    match head.do:
        case "confirm":
            confirm_sender(office, plan_id, problem, by)
        case "count":
            count_as(office, plan_id, problem, head.verdict or Verdict.COMMENT, by)
        case "report_up":
            approve_upward(office, plan_id, problem, head.recipients, by, head.reason)
        case "dismiss":
            dismiss(office, plan_id, problem, by)
        case _:
            settle(office, plan_id, problem, head.do, by)
