"""The page on which the head looks at one problem, and at the message behind it if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.states import Channel, MessageState, ProblemState, Verdict
from dondoc.errors import DondocError
from dondoc.services.held import settle
from dondoc.services.held_mail import confirm_sender, count_as, dismiss
from dondoc.services.links import Purpose
from dondoc.store.history import Actor
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import AttachmentRow, LinkRow, MessageRow, ProblemRow
from dondoc.web.page import Page, Reply, see

_HELD = ("unclear_reply", "conditional_reply", "unknown_sender", "failed_authentication", "unmatched_mail")


class ProblemPage(Page):
    """`/van-de/TOKEN`"""

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        return self._page(self.link(token, Purpose.PROBLEM), token, done="da-ghi" in query)

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.PROBLEM)
        try:
            self._act(link, form.get("do", ""))
        except DondocError:
            return self._page(link, token, error=True)
        return see(f"/van-de/{token}?da-ghi=1")

    def _act(self, link: LinkRow, do: str) -> None:
        """Raises Refused or Unreadable when that cannot be done with this problem."""
        by = Actor(link.address, Channel.WEB)
        match do:
            case "confirm":
                confirm_sender(self.office, link.plan_id, link.subject, by)
            case "dismiss":
                dismiss(self.office, link.plan_id, link.subject, by)
            case Verdict.AGREE.value | Verdict.COMMENT.value | Verdict.OBJECT.value:
                count_as(self.office, link.plan_id, link.subject, Verdict(do), by)
            case _:
                settle(self.office, link.plan_id, link.subject, do, by)

    def _page(self, link: LinkRow, token: str, *, done: bool = False, error: bool = False) -> Reply:
        with self.office.sessions.reading() as session:
            row = session.scalars(
                select(ProblemRow).where(ProblemRow.plan_id == link.plan_id, ProblemRow.key == link.subject)
            ).one()
            plan = plan_of(find_plan(session, link.plan_id))
            names = {unit.id: unit.name_on(self.office.clock.now().date()).full for unit in plan.units}
            titles = {planned.id: planned.title for _, planned in plan.occurrences()}
            context: dict[str, Any] = {
                "token": token,
                "kind": row.kind,
                "severity": row.severity,
                "state": row.state.value,
                "detail": row.detail,
                "since": local(row.raised_at),
                "unit": names.get(row.unit or ""),
                "title": titles.get(row.occurrence or ""),
                "is_settled": row.state is ProblemState.RESOLVED,
                "done": done,
                "error": error,
                "message": None,
                "files": (),
            }
            number = row.key.rpartition("/")[2]
            if row.kind in _HELD and number.isdigit():
                message = session.get_one(MessageRow, int(number))
                context["message"] = message
                context["is_held"] = message.state is MessageState.HELD
                context["files"] = session.scalars(
                    select(AttachmentRow).where(AttachmentRow.message_id == message.id).order_by(AttachmentRow.number)
                ).all()
        return Reply("problem", context, status=422 if error else 200)
