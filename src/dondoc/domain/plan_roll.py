"""Next year's plan from this year's: the same activities, on days that suit the new year.

Works on the plan as it was written (nested dicts and lists, dates as text), so that a file can keep its comments.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from typing import Any

from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.plan_activities import quarter_days

Document = dict[str, Any]

# People, names, mailboxes and accounts carry their own dates; the theme is the year's own.
_KEPT = frozenset({"units", "heads", "treasurers", "observers", "account", "recipients", "theme"})


def roll(document: Document, year: int, calendar: WorkingCalendar) -> Document:
    """A valid plan's document for another year; it has the same keys and lists in the same order.

    Proposed days move to the working day nearest to the same date, within the same quarter or month, so never
    into Tết; a consultation that opened on a month's first working day does so again. A window keeps its calendar
    days, because "tháng 6 - 8" is June to August in every year. Every assumption is open again.
    """
    old = int(document["year"])
    rolled = {part: value if part in _KEPT else _renamed(value, old, year) for part, value in document.items()}
    rolled["year"] = year
    rolled["activities"] = [
        activity
        | {"occurrences": [_rolled(before, after, year, calendar) for before, after in _pairs(given, activity)]}
        for given, activity in zip(document["activities"], rolled["activities"], strict=True)
    ]
    if known_by := document["policy"].get("place_known_by"):
        days = [_nearest(day, None, year, calendar) for day in known_by.values()]
        names = rolled["policy"]["place_known_by"]
        rolled["policy"] = rolled["policy"] | {"place_known_by": dict(zip(names, days, strict=True))}
    if assumptions := rolled.get("assumptions"):
        rolled["assumptions"] = [
            {key: None if key in ("confirmed_by", "confirmed_on") else value for key, value in assumption.items()}
            for assumption in assumptions
        ]
    return rolled


def _pairs(given: Document, renamed: Document) -> list[tuple[Document, Document]]:
    return list(zip(given["occurrences"], renamed["occurrences"], strict=True))


def _rolled(given: Document, renamed: Document, year: int, calendar: WorkingCalendar) -> Document:
    """One occurrence: `given` has the old days, `renamed` the new ids and titles."""
    when = dict(given["when"])
    quarter = renamed.get("quarter")
    if "day" in when:
        when["day"] = _nearest(when["day"], quarter, year, calendar)
        if alternatives := when.get("alternatives"):
            when["alternatives"] = [_nearest(day, quarter, year, calendar) for day in alternatives]
        first = when["day"]
    else:
        when["first"] = first = _same_day(date.fromisoformat(when["first"]), year).isoformat()
        when["last"] = _same_day(date.fromisoformat(when["last"]), year).isoformat()
    opened = date.fromisoformat(given["consult_on"])
    if opened == calendar.first_of_month(opened.year, opened.month):
        opens = calendar.first_of_month(year, opened.month).isoformat()
    else:
        opens = _nearest(given["consult_on"], None, year, calendar)
    return renamed | {"when": when, "consult_on": min(opens, first)}


def _nearest(written: str, quarter: str | None, year: int, calendar: WorkingCalendar) -> str:
    """The working day nearest to the same date, within `quarter`, or within its month."""
    day = _same_day(date.fromisoformat(written), year)
    month = (day.replace(day=1), day.replace(day=monthrange(year, day.month)[1]))
    return calendar.nearest(day, quarter_days(quarter) if quarter else month).isoformat()


def _same_day(day: date, year: int) -> date:
    """That day in another year; the last day of February stays the last."""
    length = monthrange(year, day.month)[1]
    was_last = day.day == monthrange(day.year, day.month)[1]
    return date(year, day.month, length if was_last else min(day.day, length))


def _renamed(value: Any, old: int, new: int) -> Any:
    """The value with the year in its keys and texts changed ("năm 2024", "8/2024", "visit-2024-q1")."""
    match value:
        case str():
            return re.sub(rf"(?<!\d){old}(?!\d)", str(new), value)
        case dict():
            return {_renamed(key, old, new): _renamed(item, old, new) for key, item in value.items()}
        case list():
            return [_renamed(item, old, new) for item in value]
        case _:
            return value
