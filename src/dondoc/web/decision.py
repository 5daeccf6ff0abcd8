"""The page on which the head decides about a consultation (III.1 "chủ trì, điều hành")."""

from __future__ import annotations

from collections.abc import Mapping

from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import DondocError, Unreadable
from dondoc.services.decide import apply, revision_of
from dondoc.services.links import Purpose
from dondoc.services.overview import detail
from dondoc.store.history import Actor
from dondoc.store.tables import LinkRow
from dondoc.web.page import Page, Reply, see

_CHOICES = ("proceed", "revise", "cancel", "reopen")


class DecisionPage(Page):
    """`/quyet-dinh/TOKEN?do=proceed|revise|cancel|reopen`"""

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.DECIDE)
        return self._page(link, token, query.get("do", ""), decided="da-ghi" in query)

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.DECIDE)
        do = form.get("do", "")
        if do not in _CHOICES:
            return self._page(link, token, "", error="choose")
        if not form.get("reason", "").strip():
            return self._page(link, token, do, error="reason", typed=form)
        try:
            revision = revision_of(
                day=form.get("day", ""),
                place=form.get("place", ""),
                each=_dong(form.get("each", "")),
                note=form.get("note", ""),
                material="material" in form,
            )
            by = Actor(link.address, Channel.WEB)
            apply(self.office, link.plan_id, link.subject, do, form["reason"], revision, by)
        except Unreadable:
            return self._page(link, token, do, error="unreadable", typed=form)
        except DondocError:
            return self._page(link, token, do, error="refused", typed=form)
        return see(f"/quyet-dinh/{token}?da-ghi=1")

    def _page(
        self,
        link: LinkRow,
        token: str,
        do: str,
        *,
        decided: bool = False,
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        found = detail(self.office, link.plan_id, link.subject)
        context = {
            "token": token,
            "do": do if do in _CHOICES else "",
            "line": found.line,
            "units": found.units,
            "is_consulting": found.line.state is OccurrenceState.CONSULTING,
            "may_reopen": found.line.closed_at is not None
            and found.line.state in (OccurrenceState.CONSULTING, OccurrenceState.AGREED),
            "may_cancel": found.line.state
            in (OccurrenceState.CONSULTING, OccurrenceState.AGREED, OccurrenceState.LAUNCHED),
            "decided": decided,
            "error": error,
            "typed": dict(typed or {}),
        }
        return Reply("decision", context, status=422 if error else 200)


def _dong(written: str) -> int:
    """`2.000.000` or `2000000 đồng` as 2000000; empty is 0. Raises Unreadable for anything else."""
    digits = written.replace(".", "").replace(",", "").replace(" ", "").removesuffix("đồng").removesuffix("đ")
    if not digits:
        return 0
    if not digits.isascii() or not digits.isdigit():
        raise Unreadable(f"{written!r} is not an amount in đồng")
    return int(digits)
