"""The page on which a unit reports a problem at once (III.2 "kịp thời thông tin … các vấn đề phát sinh")."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from dondoc.domain.states import Channel, Severity
from dondoc.services import views
from dondoc.services.case import open_case
from dondoc.services.links import Purpose
from dondoc.services.problems import MAX_TEXT, report
from dondoc.store.history import Actor
from dondoc.store.queries import find_request
from dondoc.store.tables import LinkRow
from dondoc.web.page import Page, Reply, see, words


class ReportPage(Page):
    """`/bao-van-de/TOKEN`, with the token of an answer page"""

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        return self._page(self.link(token, Purpose.ANSWER), token, recorded="da-ghi" in query)

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.ANSWER)
        text = words(form, "text")
        if not text or len(text) > MAX_TEXT:
            return self._page(link, token, error="long" if text else "empty", typed=form)
        severity = Severity.URGENT if form.get("severity") == "urgent" else Severity.NORMAL
        by = words(form, "by")[:200]
        who = Actor(f"{by} ({link.address})" if by else link.address, Channel.WEB)
        report(self.office, link.plan_id, link.subject, text, severity, by=who, source=form.get("nonce", "")[:40])
        return see(f"/bao-van-de/{token}?da-ghi=1")

    def _page(
        self,
        link: LinkRow,
        token: str,
        *,
        recorded: bool = False,
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        with self.office.sessions.reading() as session:
            request = find_request(session, link.plan_id, link.subject)
            case = open_case(session, link.plan_id, request.occurrence.key, self.office.clock.now())
            context = {
                "token": token,
                "nonce": secrets.token_urlsafe(12),
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
