"""The page on which a unit answers (III.2). Opening it never answers: mail scanners open links, too."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import UnitId
from dondoc.domain.states import Channel, OccurrenceState, RequestKind, RoundState, Verdict
from dondoc.errors import Refused
from dondoc.mail.letters import AskedAgain
from dondoc.services import views
from dondoc.services.answers import MAX_COMMENT, Answer, record
from dondoc.services.case import Case, open_case
from dondoc.services.overview import answers_of
from dondoc.store.queries import Asked, asked_of, find_request, previous_round
from dondoc.web.page import Page, Reply, see, words
from dondoc.web.visit import Visit


class AnswerPage(Page):
    """`/tra-loi/TOKEN`"""

    path: ClassVar = "tra-loi"
    kind: ClassVar = RequestKind.OPINION

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return Reply("answer", self._context(visit) | {"recorded": "da-ghi" in query, "error": None, "typed": {}})

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        comment = words(form, "comment")
        error = _mistake(form.get("verdict", ""), comment)
        if error is None:
            try:
                record(self.office, visit.plan_id, _answer(visit, form, comment))
            except Refused:
                error = "closed"
        if error is not None:
            context = self._context(visit) | {"recorded": False, "error": error, "typed": dict(form)}
            return Reply("answer", context, status=422)
        return see(f"{visit.here}?da-ghi=1")

    def _context(self, visit: Visit) -> dict[str, Any]:
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            case = open_case(session, visit.plan_id, request.occurrence.key, self.office.clock.now())
            state = asked_of(session, request)
            assert state is not None  # noqa: S101 - a request stands in a round
            proposal = case.proposal(session)
            counting = state.counting.get(UnitId(request.unit))
            return {
                "nonce": secrets.token_urlsafe(12),
                "unit": views.unit(case, request.unit),
                "head": views.head(case.plan, case.now.date()),
                "occurrence": views.occurrence(case, proposal, case.row.version),
                "assignments": views.assignments_of(case, request.unit),
                "share": views.share_of(proposal, request.unit),
                "due_at": local(state.row.due_at),
                "is_open": state.row.state is RoundState.OPEN,
                "is_cancelled": case.row.state is OccurrenceState.CANCELLED,
                "is_undecided": case.row.state is OccurrenceState.CONSULTING,
                "decision": state.row.decision,
                "reason": case.row.reason or state.row.decision_reason,
                "revised": _revised(session, case, state),
                "counting": counting and counting.verdict,
                "carried": counting is not None and counting.round < state.row.number,
                "answers": answers_of(session, request),
                "address": visit.address,
                "max_comment": MAX_COMMENT,
                "reply_address": self.office.stationery.replies.for_request(request.id),
            }


def _revised(session: Session, case: Case, state: Asked) -> AskedAgain | None:
    """What the head changed before this round, and why; None in the first one."""
    before = previous_round(session, state.row)
    if before is None:
        return None
    old, new = case.proposal(session, before.version), case.proposal(session, state.row.version)
    return AskedAgain(before.decision_reason or "", views.changes(case, old, new))


def _mistake(verdict: str, comment: str) -> str | None:
    """What keeps a form from being recorded, as the page words it."""
    if verdict not in [v.value for v in Verdict]:
        return "choose"
    if verdict in (Verdict.OBJECT.value, Verdict.COMMENT.value) and not comment:
        return "reason" if verdict == Verdict.OBJECT.value else "comment"
    return "long" if len(comment) > MAX_COMMENT else None


def _answer(visit: Visit, form: Mapping[str, str], comment: str) -> Answer:
    verdict = Verdict(form["verdict"])
    if verdict is Verdict.AGREE and comment:
        verdict = Verdict.COMMENT  # whoever agrees and writes something has something to say
    by = words(form, "by")[:200]
    return Answer(
        request=visit.subject,
        verdict=verdict,
        comment=comment,
        by=f"{by} ({visit.address})" if by else visit.address,
        channel=Channel.WEB,
        source=_source(visit, form.get("nonce", ""), verdict, comment),
    )


def _source(visit: Visit, nonce: str, verdict: Verdict, comment: str) -> str:
    """The same form sent twice is the same source; gone back to and changed, it is another one."""
    said = hashlib.sha256(f"{verdict.value}/{comment}".encode()).hexdigest()[:8]
    return f"web/{visit.link}/{nonce[:40] or secrets.token_urlsafe(12)}/{said}"
