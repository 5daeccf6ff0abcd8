"""The head's page about the work of an occurrence: who does what, what came of it, how it went, who is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dondoc.domain.states import Channel
from dondoc.errors import DondocError, Refused, Unreadable
from dondoc.services.bulletins import MAX_TEXT, publish
from dondoc.services.links import Purpose
from dondoc.services.results import results, work_file
from dondoc.services.working import evaluate, hand_over
from dondoc.store.history import Actor
from dondoc.web.page import FORM, Download, Gone, Page, Reply, Upload, see, words
from dondoc.web.uploads import ENDINGS
from dondoc.web.visit import Visit


class _Missing(DondocError):
    """What keeps a form from being taken, as the page says it."""


class ResultsPage(Page):
    """`/ket-qua/TOKEN`"""

    path: ClassVar = "ket-qua"
    purpose: ClassVar = Purpose.RESULTS
    takes_fields: ClassVar = 60
    largest: ClassVar = 2 * FORM

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        if (number := query.get("tep", "")).isascii() and number.isdigit():
            return self._file(visit, int(number[:15]))
        return self._page(visit, done=query.get("da-ghi", ""))

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        do = form.get("do", "")
        try:
            self._decide(visit, do, form)
        except _Missing as missing:
            return self._page(visit, error=str(missing), typed=form)
        except (Refused, Unreadable):
            gone = (
                "Việc này không thực hiện được: tình hình đã thay đổi, hoặc thiếu nội dung. Đề nghị xem lại bên dưới."
            )
            return self._page(visit, error=gone, typed=form)
        return see(f"{visit.here}?da-ghi={do}")

    def take_with(self, visit: Visit, form: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        return self.take(visit, form)

    def _file(self, visit: Visit, number: int) -> Reply:
        """A file that a unit sent with its progress. Raises Gone for one of another occurrence."""
        found = work_file(self.office, visit.plan_id, visit.subject, number)
        if found is None:
            raise Gone("unknown")
        kind, content = found
        return Reply("", download=Download(f"minh-chung-{number}.{ENDINGS[kind]}", kind, content))

    def _decide(self, visit: Visit, do: str, form: Mapping[str, str]) -> None:
        by, plan, occurrence = Actor(visit.address, Channel.WEB), visit.plan_id, visit.subject
        reason = words(form, "reason")[:2000]
        match do:
            case "assign":
                if not form.get("unit"):
                    raise _Missing("Đề nghị chọn đơn vị.")
                hand_over(self.office, plan, occurrence, form.get("task", ""), form["unit"], reason, by)
            case "waive":
                if not reason:
                    raise _Missing("Không thực hiện nội dung này thì cần ghi lý do.")
                hand_over(self.office, plan, occurrence, form.get("task", ""), None, reason, by)
            case "evaluate":
                text = words(form, "text")[:MAX_TEXT]
                if not text:
                    raise _Missing("Đề nghị ghi nội dung đánh giá.")
                evaluate(self.office, plan, occurrence, form.get("unit") or None, text, by)
            case "publish":
                self._publish(visit, form, by)
            case _:
                raise _Missing("Đề nghị chọn việc cần làm.")

    def _publish(self, visit: Visit, form: Mapping[str, str], by: Actor) -> None:
        title, text = words(form, "title")[:300], words(form, "text")
        to = [name.removeprefix("to:") for name in form if name.startswith("to:")]
        if not title or not text or len(text) > MAX_TEXT:
            raise _Missing("Bản tin cần tiêu đề và nội dung.")
        if not to:
            raise _Missing("Đề nghị chọn nơi nhận bản tin.")
        publish(self.office, visit.plan_id, visit.subject, title, text, words(form, "links").split(), to, by)

    def _page(self, visit: Visit, *, done: str = "", error: str = "", typed: Mapping[str, str] | None = None) -> Reply:
        context = {
            "found": results(self.office, visit.plan_id, visit.subject),
            "done": done,
            "error": error,
            "typed": dict(typed or {}),
        }
        return Reply("results", context, status=422 if error else 200)
