"""Occurrences that were agreed, and lists of names; the names are invented."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path

import openpyxl

from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person, UnitSelection
from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel
from dondoc.services.decide import change
from dondoc.services.naming import Given, name
from dondoc.store.history import Actor
from tests.integration.office import HEAD, PLAN, UNITS, Desk

SEMINAR = "seminar-2024"
VISIT = "visit-2024-q2"
MEMBERS = ("khoi-dcd", *UNITS)
_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Võ", "Đặng")
_GIVEN = ("Văn An", "Thị Bình", "Minh Châu", "Quốc Dũng", "Thu Hà", "Hải Long", "Ngọc Mai", "Đức Phú", "Thanh Sơn")


def people(unit: str, count: int, *, first: int = 0) -> tuple[Person, ...]:
    """So many different people; each unit's own are known by their birth years."""
    year = 1985 + MEMBERS.index(unit)
    every = [f"{family} {given}" for family, given in product(_FAMILIES, _GIVEN)]
    return tuple(Person(each, UnitId(unit), birth_year=year) for each in every[first : first + count])


def gives(desk: Desk, unit: str, *named: Person, occurrence: str = SEMINAR, source: str = "") -> UnitSelection | None:
    by = Actor(f"{unit}@example.org", Channel.WEB)
    request = f"participants/{occurrence}/{unit}"
    return name(desk.office, PLAN, request, Given(named, by, source or f"test/{unit}/{desk.clock.at.isoformat()}"))


def agreed_visit(desk: Desk) -> None:
    """The visit of 14/06/2024 is agreed on the second of April, and its people are asked for."""
    desk.at("2024-04-01 08:15").run()
    desk.at("2024-04-02 09:00").everyone_answers()
    desk.at("2024-04-02 17:05").run()


def agreed_seminar(desk: Desk, day: str = "2024-08-15") -> None:
    """The seminar is agreed for a day, and its people are asked for."""
    desk.at("2024-07-01 08:15").run()
    desk.at("2024-07-01 10:00")
    change(desk.office, PLAN, SEMINAR, Revision(day=date.fromisoformat(day)), "Hội trường trống ngày này", HEAD)
    for unit in UNITS:
        desk.at("2024-07-02 09:00").answer(unit, occurrence=SEMINAR, source=f"seminar/{unit}")
    desk.at("2024-07-02 17:05").run()


def workbook_of(path: Path, rows: list[tuple[object, ...]]) -> bytes:
    """An XLSX with these rows, as an office would write it."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    book.save(path)
    return path.read_bytes()
