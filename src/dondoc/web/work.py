"""The pages of a unit's work: taking on its contents, saying how far they are, reporting afterwards (II.1, III.2)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.states import Channel, RequestKind, RequestState
from dondoc.errors import DondocError, Refused, Unreadable
from dondoc.services import views
from dondoc.services.case import open_case
from dondoc.services.work_views import latest_acceptance, task_views, tasks_in
from dondoc.services.working import MAX_FIGURE, MAX_TEXT, Progress, Said, answer, keep_file, report, report_progress
from dondoc.store.history import Actor
from dondoc.store.queries import find_request
from dondoc.store.tables_work import ProgressRow, ReportRow, WorkFileRow
from dondoc.web.page import FORM, Page, Reply, Upload, see, words
from dondoc.web.uploads import kind_of
from dondoc.web.visit import Visit

_LARGEST_FILE = 8_000_000


class _Mistake(DondocError):
    """What keeps a form from being taken, as the page words it."""


class AssignmentPage(Page):
    """`/phan-cong/TOKEN`"""

    path: ClassVar = "phan-cong"
    kind: ClassVar = RequestKind.ASSIGNMENT
    takes_files: ClassVar = 1
    takes_fields: ClassVar = 100
    largest: ClassVar = _LARGEST_FILE + FORM

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, done=query.get("da-ghi", ""))

    def take_with(self, visit: Visit, form: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        do = form.get("do", "")
        try:
            match do:
                case "accept" | "decline":
                    self._answer(visit, form, accepted=do == "accept")
                case "progress":
                    self._progress(visit, form, files.get("file"))
                case _:
                    raise _Mistake("choose")
        except _Mistake as mistake:
            return self._page(visit, error=str(mistake), typed=form)
        except (Refused, Unreadable):
            return self._page(visit, error="closed", typed=form)
        return see(f"{visit.here}?da-ghi={do}")

    def _answer(self, visit: Visit, form: Mapping[str, str], *, accepted: bool) -> None:
        reason = words(form, "reason")[:MAX_TEXT]
        if not accepted and not reason:
            raise _Mistake("reason")
        answer(self.office, visit.plan_id, visit.subject, accepted=accepted, reason=reason, said=_said(visit, form))

    def _progress(self, visit: Visit, form: Mapping[str, str], file: Upload | None) -> None:
        task = form.get("task", "")
        figures = {}
        for name, value in form.items():
            if name.startswith("figure:") and value.strip():
                digits = value.replace(".", "").replace(",", "").strip()
                if not (digits.isascii() and digits.isdigit()) or int(digits) > MAX_FIGURE:
                    raise _Mistake("figure")
                figures[name.removeprefix("figure:")] = int(digits)
        percent = form.get("percent", "").strip().removesuffix("%").strip()
        if not (percent.isascii() and percent.isdigit()) or int(percent) > 100:
            raise _Mistake("percent")
        kind = kind_of(file.content) if file is not None else None
        if file is not None and kind is None:
            raise _Mistake("file")
        said = _said(visit, form)
        progress = Progress(
            task,
            int(percent),
            figures,
            words(form, "note")[:MAX_TEXT],
            words(form, "evidence")[:MAX_TEXT],
            _day(form.get("on", "")),
        )
        report_progress(self.office, visit.plan_id, visit.subject, progress, said)
        if file is not None and kind is not None:
            keep_file(self.office, visit.plan_id, visit.subject, file.name, kind, file.content, said.by)

    def _page(self, visit: Visit, *, done: str = "", error: str = "", typed: Mapping[str, str] | None = None) -> Reply:
        now = self.office.clock.now()
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            case = open_case(session, visit.plan_id, request.occurrence.key, now)
            tasks = tasks_in(session, case, request.unit)
            rows = session.scalars(
                select(ProgressRow).where(ProgressRow.request_id == request.id).order_by(ProgressRow.id.desc())
            ).all()
            said = latest_acceptance(session, request)
            context = _common(self, session, visit) | {
                "tasks": list(zip([task.id for task in tasks], task_views(case, tasks), strict=True)),
                "answer": said and {"accepted": said.accepted, "reason": said.reason, "at": local(said.received_at)},
                "progress": [
                    {
                        "task": next((t.text for t in tasks if t.id == row.task), row.task),
                        "on": row.on_day,
                        "percent": row.percent,
                        "figures": json.loads(row.figures),
                        "note": row.note,
                        "evidence": row.evidence.split(),
                    }
                    for row in rows
                ],
                "files": session.scalars(
                    select(WorkFileRow.name).where(WorkFileRow.request_id == request.id).order_by(WorkFileRow.id)
                ).all(),
                "done": done,
                "error": error,
                "typed": dict(typed or {}),
            }
        return Reply("assignment", context, status=422 if error else 200)


class AfterPage(Page):
    """`/bao-cao/TOKEN`"""

    path: ClassVar = "bao-cao"
    kind: ClassVar = RequestKind.REPORT

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, done="da-ghi" in query)

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        text, links = words(form, "text"), words(form, "links")
        error = "empty" if not text else "long" if max(len(text), len(links)) > MAX_TEXT else ""
        if not error:
            try:
                report(self.office, visit.plan_id, visit.subject, text, links, _said(visit, form))
            except Refused:
                error = "closed"
        if error:
            return self._page(visit, error=error, typed=form)
        return see(f"{visit.here}?da-ghi=1")

    def _page(
        self, visit: Visit, *, done: bool = False, error: str = "", typed: Mapping[str, str] | None = None
    ) -> Reply:
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            rows = session.scalars(
                select(ReportRow).where(ReportRow.request_id == request.id).order_by(ReportRow.number.desc())
            ).all()
            context = _common(self, session, visit) | {
                "reports": [
                    {"text": row.text, "links": row.links.split(), "at": local(row.received_at), "late": row.late}
                    for row in rows
                ],
                "done": done,
                "error": error,
                "typed": dict(typed or {}),
            }
        return Reply("after", context, status=422 if error else 200)


def _common(page: Page, session: Any, visit: Visit) -> dict[str, Any]:
    now = page.office.clock.now()
    request = find_request(session, visit.plan_id, visit.subject)
    case = open_case(session, visit.plan_id, request.occurrence.key, now)
    return {
        "nonce": secrets.token_urlsafe(12),
        "unit": views.unit(case, request.unit),
        "head": views.head(case.plan, case.now.date()),
        "occurrence": views.occurrence(case, case.proposal(session), case.row.version),
        "due_at": local(request.due_at),
        "is_open": request.state is RequestState.OPEN,
        "is_withdrawn": request.state is RequestState.WITHDRAWN,
        "address": visit.address,
        "today": local(now).date(),
        "max_text": MAX_TEXT,
        "reply_address": page.office.stationery.replies.for_request(request.id),
    }


def _said(visit: Visit, form: Mapping[str, str]) -> Said:
    by = words(form, "by")[:200]
    who = f"{by} ({visit.address})" if by else visit.address
    return Said(Actor(who, Channel.WEB), f"web/{visit.link}/{form.get('nonce', '')[:40]}")


def _day(written: str) -> date | None:
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise _Mistake("day") from None
