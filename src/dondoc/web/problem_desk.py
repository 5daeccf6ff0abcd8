"""The page on which the head looks at one problem, and at the message behind it if there is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sqlalchemy import select

from dondoc.clock import local
from dondoc.domain.states import Channel, MessageState, ProblemState, Verdict
from dondoc.errors import DondocError, Refused
from dondoc.services.held import settle
from dondoc.services.held_mail import confirm_sender, count_as, dismiss
from dondoc.services.links import Purpose
from dondoc.store.history import Actor
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import AttachmentRow, MessageRow, ProblemRow
from dondoc.web.page import Page, Reply, see
from dondoc.web.visit import Visit

_HELD = ("unclear_reply", "conditional_reply", "unknown_sender", "failed_authentication", "unmatched_mail")


class ProblemPage(Page):
    """`/van-de/TOKEN`"""

    path: ClassVar = "van-de"
    purpose: ClassVar = Purpose.PROBLEM

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, done="da-ghi" in query)

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        try:
            self._act(visit, form.get("do", ""))
        except DondocError:
            return self._page(visit, error=True)
        return see(f"{visit.here}?da-ghi=1")

    def _act(self, visit: Visit, do: str) -> None:
        """Raises Refused or Unreadable when that cannot be done with this problem."""
        by = Actor(visit.address, Channel.WEB)
        match do:
            case "confirm":
                confirm_sender(self.office, visit.plan_id, visit.subject, by)
            case "dismiss":
                dismiss(self.office, visit.plan_id, visit.subject, by)
            case Verdict.AGREE.value | Verdict.COMMENT.value | Verdict.OBJECT.value:
                count_as(self.office, visit.plan_id, visit.subject, Verdict(do), by)
            case "acknowledge" | "resolve":
                settle(self.office, visit.plan_id, visit.subject, do, by)
            case _:
                raise Refused(f"problem {visit.subject}: there is no word {do!r}")

    def _page(self, visit: Visit, *, done: bool = False, error: bool = False) -> Reply:
        with self.office.sessions.reading() as session:
            row = session.scalars(
                select(ProblemRow).where(ProblemRow.plan_id == visit.plan_id, ProblemRow.key == visit.subject)
            ).one()
            plan = plan_of(find_plan(session, visit.plan_id))
            names = {unit.id: unit.name_on(self.office.clock.now().date()).full for unit in plan.units}
            titles = {planned.id: planned.title for _, planned in plan.occurrences()}
            context: dict[str, Any] = {
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
