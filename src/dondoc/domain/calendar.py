"""Working days in Việt Nam: weekends, public holidays, Tết, make-up Saturdays, and local exceptions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import count

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Year:
    """What the law says about one year's days; `tet` is the first and the last day off at the lunar new year."""

    off: frozenset[date]
    made_up: frozenset[date]
    tet: tuple[date, date]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are worked; `overrides` says True or False for a day and wins over everything else."""

    year: Callable[[int], Year] = field(repr=False)
    overrides: Mapping[date, bool]

    def is_working(self, day: date) -> bool:
        if (said := self.overrides.get(day)) is not None:
            return said
        year = self.year(day.year)
        return day in year.made_up or (day.weekday() < _SATURDAY and day not in year.off)

    def shift(self, day: date, n: int) -> date:
        """The n-th working day after `day` (before it, if n is negative); for 0 as `on_or_after`."""
        if n == 0:
            return self.on_or_after(day)
        step = _DAY if n > 0 else -_DAY
        for _ in range(abs(n)):
            day += step
            while not self.is_working(day):
                day += step
        return day

    def on_or_after(self, day: date) -> date:
        while not self.is_working(day):
            day += _DAY
        return day

    def on_or_before(self, day: date) -> date:
        while not self.is_working(day):
            day -= _DAY
        return day

    def nearest(self, day: date, within: tuple[date, date] = (date.min, date.max)) -> date:
        """The working day closest to `day`, the later of two equally close ones.

        `within` is the first and the last day that will do; it must contain a working day, and `day`.
        """
        first, last = within
        for distance in count():
            # Ordinals, because near the bounds a date may not exist.
            for ordinal in (day.toordinal() + distance, day.toordinal() - distance):
                if first.toordinal() <= ordinal <= last.toordinal() and self.is_working(date.fromordinal(ordinal)):
                    return date.fromordinal(ordinal)
            if day.toordinal() + distance > last.toordinal() and day.toordinal() - distance < first.toordinal():
                raise ValueError(f"no working day from {first} to {last}")
        raise AssertionError("count() does not end")

    def first_of_month(self, year: int, month: int) -> date:
        return self.on_or_after(date(year, month, 1))

    def first_of_quarter(self, year: int, quarter: int) -> date:
        """The first working day of quarter 1, 2, 3 or 4."""
        return self.first_of_month(year, quarter * 3 - 2)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start` up to and including `end`; negative when `end` comes first.

        So `shift(start, n)` is `end` for that n, when both are working days.
        """
        if end < start:
            return -sum(self.is_working(end + _DAY * n) for n in range((start - end).days))
        return sum(self.is_working(end - _DAY * n) for n in range((end - start).days))

    def tet(self, year: int) -> tuple[date, date]:
        """The first and the last day of Tết in that year."""
        return self.year(year).tet

    def is_tet(self, day: date) -> bool:
        first, last = self.tet(day.year)
        return first <= day <= last


def vietnam(overrides: Mapping[date, bool] | None = None) -> WorkingCalendar:
    """The calendar of Việt Nam as the `holidays` library knows it, with local exceptions on top."""
    return WorkingCalendar(_vietnamese_year, dict(overrides or {}))


@cache
def _vietnamese_year(year: int) -> Year:
    # A tenth of a second to import: who only asks for help does not wait for it.
    from holidays import country_holidays

    known = country_holidays("VN", years=year, language="en_US")
    tet = [day for day, name in known.items() if "Lunar New Year" in name]
    # The library adds a year's make-up days when it fills that year; some of other years beside them do no harm.
    made_up = frozenset(known.weekend_workdays)
    return Year(frozenset(known), made_up, (min(tet), max(tet)))
