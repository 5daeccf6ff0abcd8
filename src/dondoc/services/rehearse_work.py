"""Work in a rehearsal: what units answer and report, what the head gives, waives and says of it."""

from __future__ import annotations

from dondoc.domain.states import Channel
from dondoc.services.bulletins import publish
from dondoc.services.office import Office
from dondoc.services.script import HeadStep, Step
from dondoc.services.working import Progress, Said, answer, evaluate, hand_over, report, report_progress
from dondoc.store.history import Actor

ABOUT_WORK = ("assign", "waive_content", "evaluate", "publish")


def do_work(office: Office, step: Step, plan_id: str) -> None:
    """Play what a unit does on its page."""
    if step.assignment is not None:
        said = _said(step, step.assignment.unit)
        key = _key(step.assignment.request, step.assignment.unit)
        answer(office, plan_id, key, accepted=step.assignment.accept, reason=step.assignment.reason, said=said)
    if step.progress is not None:
        done = step.progress
        progress = Progress(done.task, done.percent, done.figures, done.note)
        report_progress(office, plan_id, _key(done.request, done.unit), progress, _said(step, done.unit))
    if step.unit_report is not None:
        told = step.unit_report
        report(office, plan_id, _key(told.request, told.unit), told.text, told.links, _said(step, told.unit))


def decide_work(office: Office, plan_id: str, head: HeadStep, by: Actor) -> None:
    """Play what the head decides about the work."""
    if head.do == "evaluate":
        evaluate(office, plan_id, head.occurrence or "", head.unit, head.reason, by)
        return
    if head.do == "publish":
        publish(office, plan_id, head.occurrence or "", head.reason, head.note or "", (), head.recipients, by)
        return
    unit = head.unit if head.do == "assign" else None
    hand_over(office, plan_id, head.occurrence or "", head.content or "", unit, head.reason, by)


def _said(step: Step, unit: str) -> Said:
    return Said(Actor(unit, Channel.WEB), f"rehearsal/{unit}/{step.at.isoformat()}")


def _key(request: str, unit: str) -> str:
    return request if request.count("/") >= 2 else f"{request}/{unit}"
