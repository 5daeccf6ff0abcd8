"""The head's page about an occurrence's people: lists, preparation, who came, what was given (R17, R18, II.3)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from dondoc.documents.workbook import XLSX
from dondoc.domain.gathering import Preparation
from dondoc.domain.participants import Presence
from dondoc.domain.states import Channel
from dondoc.errors import Refused
from dondoc.services.attending import MAX_TEXT, Marked, mark, prepare, report
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.services.people_overview import Gathering, gathering
from dondoc.services.people_watch import PREPARATIONS
from dondoc.services.receipts import DOCX
from dondoc.services.roll_calls import PRESENCES, STANDINGS, roll_call, roll_call_sheet
from dondoc.store.history import Actor
from dondoc.web.page import FORM, Download, Page, Reply, see, words
from dondoc.web.visit import Visit

_MOST_PEOPLE = 500


class PeoplePage(Page):
    """`/to-chuc/TOKEN`; with `?tai=docx` or `?tai=xlsx` the roll-call"""

    path: ClassVar = "to-chuc"
    purpose: ClassVar = Purpose.PEOPLE
    takes_fields: ClassVar = _MOST_PEOPLE * 2 + 20
    largest: ClassVar = 4 * FORM

    def __init__(self, office: Office, templates: Path) -> None:
        super().__init__(office)
        self._templates = templates

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        if "tai" in query:
            return self._download(visit, query["tai"])
        return self._page(visit, done=query.get("da-ghi", ""))

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        by, do = Actor(visit.address, Channel.WEB), form.get("do", "")
        try:
            match do:
                case "attendance":
                    unit = form.get("unit", "")
                    marks = _marks(gathering(self.office, visit.plan_id, visit.subject), unit, form)
                    mark(self.office, visit.plan_id, visit.subject, unit, marks, by)
                case "prepare":
                    said = {what: words(form, what.value) for what in Preparation}
                    prepare(self.office, visit.plan_id, visit.subject, said, by)
                case "report":
                    report(self.office, visit.plan_id, visit.subject, words(form, "given"), words(form, "report"), by)
                case _:
                    return self._page(visit, error="choose")
        except _Nobody:
            return self._page(visit, error="nobody", typed=form)
        except _NoName as missing:
            return self._page(visit, error="substitute", about=str(missing), typed=form)
        except Refused:
            return self._page(visit, error="refused", typed=form)
        return see(f"{visit.here}?da-ghi={do}#{form.get('unit', do)}")

    def _download(self, visit: Visit, kind: str) -> Reply:
        found = gathering(self.office, visit.plan_id, visit.subject)
        try:
            if kind == "docx":
                file = Download(f"diem-danh-{found.occurrence}.docx", DOCX, roll_call(self.office, found))
            else:
                sheet = roll_call_sheet(self.office, found, self._templates)
                file = Download(f"diem-danh-{found.occurrence}.xlsx", XLSX, sheet)
        except Refused:
            return self._page(visit, error="nobody_named")
        return Reply("", download=file)

    def _page(
        self,
        visit: Visit,
        *,
        done: str = "",
        error: str | None = None,
        about: str = "",
        typed: Mapping[str, str] | None = None,
    ) -> Reply:
        context = {
            "found": gathering(self.office, visit.plan_id, visit.subject),
            "preparations": PREPARATIONS,
            "presences": PRESENCES,
            "standings": STANDINGS,
            "done": done,
            "error": error,
            "about": about,
            "typed": dict(typed or {}),
            "max_text": MAX_TEXT,
        }
        return Reply("people", context, status=422 if error else 200)


class _Nobody(Refused):
    """A form that marks nobody."""


class _NoName(Refused):
    """Somebody came instead, and the form does not say who."""


def _marks(found: Gathering, unit: str, form: Mapping[str, str]) -> list[Marked]:
    """What the form says of each person of a unit. Raises _Nobody and _NoName."""
    lines = next((each.people for each in found.units if each.unit == unit), ())
    every = Presence(form["all"]) if form.get("all") == Presence.PRESENT.value else None
    marks = []
    for n, line in enumerate(lines, start=1):
        said = form.get(f"presence_{n}", "")
        presence = Presence(said) if said in list(Presence) else None
        if presence is None and every is not None and line.standing == "taken":
            presence = every
        if presence is None:
            continue
        substitute = " ".join(words(form, f"substitute_{n}").split())[:200]
        if presence is Presence.SUBSTITUTE and not substitute:
            raise _NoName(line.person.name)
        marks.append(Marked(line.person, presence, substitute if presence is Presence.SUBSTITUTE else None))
    if not marks:
        raise _Nobody(f"{found.occurrence}: the form marks nobody of {unit}")
    return marks
