"""The page on which a unit answers (III.2). Opening it never answers: mail scanners open links, too."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from dondoc.domain.states import Channel, OccurrenceState, RoundState, Verdict
from dondoc.errors import Refused
from dondoc.services import views
from dondoc.services.answers import MAX_COMMENT, Answer, record
from dondoc.services.case import open_case
from dondoc.services.links import Purpose
from dondoc.services.overview import answers_of
from dondoc.store.queries import find_request, latest_round
from dondoc.store.tables import LinkRow
from dondoc.web.page import Page, Reply, see


class AnswerPage(Page):
    """`/tra-loi/TOKEN`"""

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.ANSWER)
        return Reply("answer", self._context(link, token) | {"recorded": "da-ghi" in query, "error": None, "typed": {}})

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.ANSWER)
        comment = form.get("comment", "").strip()
        by = form.get("by", "").strip()[:200]
        error = _mistake(form.get("verdict", ""), comment)
        if error is None:
            try:
                record(self.office, link.plan_id, _answer(link, form, comment, by))
            except Refused:
                error = "closed"
        if error is not None:
            context = self._context(link, token) | {"recorded": False, "error": error, "typed": dict(form)}
            return Reply("answer", context, status=422)
        return see(f"/tra-loi/{token}?da-ghi=1")

    def _context(self, link: LinkRow, token: str) -> dict[str, Any]:
        with self.office.sessions.reading() as session:
            request = find_request(session, link.plan_id, link.subject)
            case = open_case(session, link.plan_id, request.occurrence.key, self.office.clock.now())
            round_row = latest_round(session, case.row)
            assert round_row is not None  # noqa: S101 - a request stands in a round
            proposal = case.proposal(session)
            return {
                "token": token,
                "nonce": secrets.token_urlsafe(12),
                "unit": views.unit(case, request.unit),
                "head": views.head(case.plan, case.now.date()),
                "occurrence": views.occurrence(case, proposal, case.row.version),
                "assignments": views.assignments_of(case, request.unit),
                "share": views.share_of(proposal, request.unit),
                "due_at": round_row.due_at,
                "is_open": round_row.state is RoundState.OPEN,
                "is_cancelled": case.row.state is OccurrenceState.CANCELLED,
                "reason": case.row.reason or round_row.decision_reason,
                "state": case.row.state.value,
                "answers": answers_of(session, request),
                "address": link.address,
                "max_comment": MAX_COMMENT,
                "reply_address": self.office.stationery.replies.for_request(request.id),
            }


def _mistake(verdict: str, comment: str) -> str | None:
    """What keeps a form from being recorded, as the page words it."""
    if verdict not in [v.value for v in Verdict]:
        return "choose"
    if verdict in (Verdict.OBJECT.value, Verdict.COMMENT.value) and not comment:
        return "reason" if verdict == Verdict.OBJECT.value else "comment"
    return "long" if len(comment) > MAX_COMMENT else None


def _answer(link: LinkRow, form: Mapping[str, str], comment: str, by: str) -> Answer:
    verdict = Verdict(form["verdict"])
    if verdict is Verdict.AGREE and comment:
        verdict = Verdict.COMMENT  # whoever agrees and writes something has something to say
    return Answer(
        request=link.subject,
        verdict=verdict,
        comment=comment,
        by=f"{by} ({link.address})" if by else link.address,
        channel=Channel.WEB,
        source=f"web/{link.id}/{form.get('nonce', '')[:40] or secrets.token_urlsafe(12)}",
    )
