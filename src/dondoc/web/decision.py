"""The page on which the head decides about a consultation (III.1 "chủ trì, điều hành")."""

from __future__ import annotations

from collections.abc import Mapping

from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import DondocError, Refused, Unreadable
from dondoc.services.decide import apply, revision_of
from dondoc.services.links import Purpose
from dondoc.services.overview import detail
from dondoc.services.seen import last_seen, news_since
from dondoc.store.history import Actor
from dondoc.store.tables import LinkRow
from dondoc.web.amounts import NotAnAmount, dong_in
from dondoc.web.page import Page, Reply, see, words

MAX_REASON = 2000
_CHOICES = ("proceed", "revise", "cancel", "reopen")
_YEARS = range(2000, 2100)
"""The calendar knows no holidays beyond."""


class _Mistake(DondocError):
    """What keeps a form from being taken, as the page words it."""


class DecisionPage(Page):
    """`/quyet-dinh/TOKEN?do=proceed|revise|cancel|reopen`"""

    def show(self, token: str, query: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.DECIDE)
        return self._page(link, token, query.get("do", ""), decided=query.get("da-ghi", ""))

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        link = self.link(token, Purpose.DECIDE)
        do = form.get("do", "")
        try:
            reason = _reason(do, form)
            revision = _revision(form) if do == "revise" else Revision()
            self._decide(link, do, reason, revision, form.get("mark", ""))
        except _Mistake as mistake:
            return self._page(link, token, do, error=str(mistake), typed=form)
        return see(f"/quyet-dinh/{token}?da-ghi={do}")

    def _decide(self, link: LinkRow, do: str, reason: str, revision: Revision, mark: str) -> None:
        """Decide, unless this very form already did. Raises _Mistake when something else was said or decided since
        the page was opened, or a rule forbids it.
        """
        by = Actor(link.address, Channel.WEB)
        if mark.isascii() and mark.isdigit():
            news = news_since(self.office, link.plan_id, link.subject, int(mark[:18]))
            if any(each.is_decision(do, reason, by) for each in news):
                return
            if news:
                raise _Mistake("news")
        try:
            apply(self.office, link.plan_id, link.subject, do, reason, revision, by)
        except Refused:
            raise _Mistake("revision" if do == "revise" else "refused") from None

    def _page(
        self,
        link: LinkRow,
        token: str,
        do: str,
        *,
        decided: str = "",
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        mark = last_seen(self.office, link.plan_id, link.subject)  # first: what comes meanwhile is news
        found = detail(self.office, link.plan_id, link.subject)
        state = found.line.state
        may_change = state in (OccurrenceState.CONSULTING, OccurrenceState.AGREED)
        context = {
            "token": token,
            "mark": mark,
            "do": do if do in _CHOICES else "",
            "line": found.line,
            "units": found.units,
            "decisions": found.decisions,
            "is_consulting": state is OccurrenceState.CONSULTING,
            "may_reopen": found.line.closed_at is not None and may_change,
            "may_cancel": may_change or state is OccurrenceState.LAUNCHED,
            "decided": decided if decided in _CHOICES else "",
            "error": error,
            "typed": dict(typed or {}),
            "max_reason": MAX_REASON,
        }
        return Reply("decision", context, status=422 if error else 200)


def _reason(do: str, form: Mapping[str, str]) -> str:
    reason = words(form, "reason")
    if do not in _CHOICES:
        raise _Mistake("choose")
    if not reason:
        raise _Mistake("reason")
    if len(reason) > MAX_REASON:
        raise _Mistake("long")
    return reason


def _revision(form: Mapping[str, str]) -> Revision:
    place, note = words(form, "place")[:200], words(form, "note")[:500]
    try:
        each = dong_in(words(form, "each"))
    except NotAnAmount:
        raise _Mistake("each") from None
    try:
        revision = revision_of(day=words(form, "day"), place=place, each=each, note=note, material="material" in form)
    except Unreadable:
        raise _Mistake("day") from None
    if revision.day is not None and revision.day.year not in _YEARS:
        raise _Mistake("day")
    if not (revision.day or revision.place or revision.each or revision.note):
        raise _Mistake("nothing")
    return revision
