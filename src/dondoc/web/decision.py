"""The page on which the head decides about an occurrence (III.1 "chủ trì, điều hành")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel, OccurrenceState
from dondoc.errors import DondocError, Refused, Unreadable
from dondoc.services.acts import Said, act
from dondoc.services.choices import choices
from dondoc.services.decide import revision_of
from dondoc.services.links import Purpose
from dondoc.services.overview import detail
from dondoc.services.seen import last_seen, news_since
from dondoc.store.history import Actor
from dondoc.web.amounts import NotAnAmount, dong_in
from dondoc.web.page import Page, Reply, see, words
from dondoc.web.visit import Visit

MAX_REASON = 2000
_CHOICES = (
    "proceed", "revise", "reopen", "set-date", "postpone", "skip", "merge", "cancel", "held", "evaluate", "pause",
    "resume",
)  # fmt: skip
_CHANGING = ("revise", "set-date", "postpone", "held")
"""What takes a day, a place or an amount from the form."""
_WITHOUT_REASON = ("set-date", "held", "resume")
_YEARS = range(2000, 2100)
"""The calendar knows no holidays beyond."""


_REFUSED = {"revise": "revision", "set-date": "date", "postpone": "date", "held": "not_yet", "merge": "into"}
"""What the page says when a rule forbids it."""


class _Mistake(DondocError):
    """What keeps a form from being taken, as the page words it."""


class DecisionPage(Page):
    """`/quyet-dinh/TOKEN?do=proceed|revise|postpone|…`"""

    path: ClassVar = "quyet-dinh"
    purpose: ClassVar = Purpose.DECIDE

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, query.get("do", ""), decided=query.get("da-ghi", ""))

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        do = form.get("do", "")
        try:
            reason = _reason(do, form)
            revision = _revision(do, form) if do in _CHANGING else Revision()
            if do == "set-date" and not (reason or revision.decision):
                raise _Mistake("number")
            said = Said(reason, revision, words(form, "into") or None)
            self._decide(visit, do, said, form.get("mark", ""))
        except _Mistake as mistake:
            return self._page(visit, do, error=str(mistake), typed=form)
        return see(f"{visit.here}?da-ghi={do}")

    def _decide(self, visit: Visit, do: str, said: Said, mark: str) -> None:
        """Decide, unless this very form already did. Raises _Mistake when something else was said or decided since
        the page was opened, or a rule forbids it.
        """
        by = Actor(visit.address, Channel.WEB)
        if mark.isascii() and mark.isdigit():
            news = news_since(self.office, visit.plan_id, visit.subject, int(mark[:18]))
            if any(each.is_decision(do, said.reason, by) for each in news):
                return
            if news:
                raise _Mistake("news")
        try:
            act(self.office, visit.plan_id, visit.subject, do, said, by)
        except (Refused, Unreadable):
            raise _Mistake(_REFUSED.get(do, "refused")) from None

    def _page(
        self,
        visit: Visit,
        do: str,
        *,
        decided: str = "",
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        mark = last_seen(self.office, visit.plan_id, visit.subject)  # first: what comes meanwhile is news
        found = detail(self.office, visit.plan_id, visit.subject)
        state = found.line.state
        may = choices(self.office, visit.plan_id, visit.subject)
        context = {
            "mark": mark,
            "do": do if do in _CHOICES else "",
            "line": found.line,
            "units": found.units,
            "decisions": found.decisions,
            "is_consulting": state is OccurrenceState.CONSULTING,
            "choices": may.words,
            "others": may.others,
            "paused_because": may.paused_because,
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
    if not reason and do not in _WITHOUT_REASON:
        raise _Mistake("reason")
    if len(reason) > MAX_REASON:
        raise _Mistake("long")
    return reason


def _revision(do: str, form: Mapping[str, str]) -> Revision:
    place, note = words(form, "place")[:200], words(form, "note")[:500]
    try:
        each = dong_in(words(form, "each"))
    except NotAnAmount:
        raise _Mistake("each") from None
    try:
        revision = revision_of(
            day=words(form, "day"),
            until=words(form, "until"),
            place=place,
            each=each,
            note=note,
            decision=words(form, "decision")[:100],
            material="material" in form,
        )
    except Unreadable:
        raise _Mistake("day") from None
    if any(day is not None and day.year not in _YEARS for day in (revision.day, revision.until)):
        raise _Mistake("day")
    if do == "revise" and not (revision.day or revision.place or revision.each or revision.note):
        raise _Mistake("nothing")
    if do == "set-date" and not (revision.day or revision.place):
        raise _Mistake("when")
    return revision
