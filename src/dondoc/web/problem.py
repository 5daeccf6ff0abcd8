"""The page on which a unit reports a problem at once (III.2 "kịp thời thông tin … các vấn đề phát sinh")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import ClassVar

from dondoc.domain.states import Channel, Severity
from dondoc.services import views
from dondoc.services.case import open_case
from dondoc.services.links import answer_page
from dondoc.services.problems import MAX_TEXT, report
from dondoc.store.history import Actor
from dondoc.store.queries import find_request
from dondoc.web.page import Page, Reply, see, words
from dondoc.web.visit import Visit


class ReportPage(Page):
    """`/bao-van-de/TOKEN`, with the token of an answer page"""

    path: ClassVar = "bao-van-de"

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, recorded="da-ghi" in query)

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        text = words(form, "text")
        if not text or len(text) > MAX_TEXT:
            return self._page(visit, error="long" if text else "empty", typed=form)
        severity = Severity.URGENT if form.get("severity") == "urgent" else Severity.NORMAL
        by = words(form, "by")[:200]
        who = Actor(f"{by} ({visit.address})" if by else visit.address, Channel.WEB)
        report(self.office, visit.plan_id, visit.subject, text, severity, by=who, source=form.get("nonce", "")[:40])
        return see(f"{visit.here}?da-ghi=1")

    def _page(
        self,
        visit: Visit,
        *,
        recorded: bool = False,
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            case = open_case(session, visit.plan_id, request.occurrence.key, self.office.clock.now())
            context = {
                "nonce": secrets.token_urlsafe(12),
                "back": f"/{answer_page(visit.subject)}/{visit.token}",
                "unit": views.unit(case, request.unit),
                "head": views.head(case.plan, case.now.date()),
                "title": case.planned.title,
                "recorded": recorded,
                "error": error,
                "typed": dict(typed or {}),
                "max_text": MAX_TEXT,
                "address": self.office.stationery.replies.for_problems,
            }
        return Reply("report", context, status=422 if error else 200)
