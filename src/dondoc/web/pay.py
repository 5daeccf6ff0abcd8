"""The page on which a unit sees how to pay, and says that it has paid (III.1, III.2). Opening it says nothing."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import select

from dondoc.bank.vietqr import qr_svg
from dondoc.clock import local
from dondoc.domain.dues import DueKey
from dondoc.domain.states import Channel, RequestKind, RequestState
from dondoc.errors import Refused
from dondoc.services import views
from dondoc.services.case import open_case
from dondoc.services.claims import MAX_NOTE, Claim, claim
from dondoc.services.contributions import due_of_request
from dondoc.services.money_views import qr_text, standings_in, title_of
from dondoc.services.receipts import number_of
from dondoc.store.history import Actor
from dondoc.store.queries import find_request
from dondoc.store.tables_money import ClaimRow, PostingRow, ReceiptRow
from dondoc.web.page import Page, Reply, see, words
from dondoc.web.visit import Visit


class PayPage(Page):
    """`/dong-gop/TOKEN`"""

    path: ClassVar = "dong-gop"
    kind: ClassVar = RequestKind.CONTRIBUTION

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, recorded="da-ghi" in query)

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        day = _day(form.get("paid_on", ""))
        error = "day" if day is None else None
        if day is not None:
            by = words(form, "by")[:200]
            who = f"{by} ({visit.address})" if by else visit.address
            source = f"web/{visit.link}/{form.get('nonce', '')[:40]}"
            try:
                said = Claim(day, words(form, "note")[:MAX_NOTE], who, source)
                claim(self.office, visit.plan_id, visit.subject, said, Actor(who, Channel.WEB))
            except Refused:
                error = "refused"
        if error is not None:
            return self._page(visit, error=error, typed=form)
        return see(f"{visit.here}?da-ghi=1")

    def _page(
        self,
        visit: Visit,
        *,
        recorded: bool = False,
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        context = self._context(visit) | {
            "nonce": secrets.token_urlsafe(12),
            "recorded": recorded,
            "error": error,
            "typed": dict(typed or {}),
            "max_note": MAX_NOTE,
            "address": visit.address,
        }
        return Reply("pay", context, status=422 if error else 200)

    def _context(self, visit: Visit) -> dict[str, Any]:
        now = self.office.clock.now()
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            case = open_case(session, visit.plan_id, request.occurrence.key, now)
            due = due_of_request(session, request)
            standing = standings_in(session, visit.plan_id, [due.key]).get(DueKey(due.key))
            account = case.plan.account
            lacks = standing.outstanding if standing else 0
            open_claim = session.scalar(
                select(ClaimRow.paid_on)
                .where(ClaimRow.due_id == due.id, ClaimRow.settled_at.is_(None))
                .order_by(ClaimRow.id.desc())
                .limit(1)
            )
            receipts = session.scalars(
                select(ReceiptRow)
                .join(PostingRow, (PostingRow.plan_id == ReceiptRow.plan_id) & (PostingRow.number == ReceiptRow.entry))
                .where(ReceiptRow.plan_id == visit.plan_id, PostingRow.item == due.key)
                .order_by(ReceiptRow.number)
            ).all()
            return {
                "unit": views.unit(case, request.unit),
                "head": views.head(case.plan, case.now.date()),
                "title": title_of(case.plan, case.key),
                "clause": case.activity.clause,
                "amount": due.amount,
                "paid": standing.paid if standing else 0,
                "waived": standing.waived if standing else 0,
                "lacks": lacks,
                "is_withdrawn": request.state is RequestState.WITHDRAWN,
                "due_at": local(request.due_at),
                "is_overdue": now > request.due_at,
                "account": account,
                "code": due.code,
                "qr": _picture(qr_svg(qr_text(account, due, lacks))) if account and lacks else None,
                "claimed_on": open_claim,
                "receipts": [(number_of(case.plan, row), row.amount, row.voided_at is not None) for row in receipts],
                "today": local(now).date(),
                "reply_address": self.office.stationery.replies.for_request(request.id),
            }


def _picture(svg: str) -> str:
    """As the source of an `<img>`: the page may show pictures of its own only, and needs no second request."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _day(written: str) -> date | None:
    """The day as a browser's date field sends it, or as people write it."""
    for shape in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(written.strip(), shape).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
