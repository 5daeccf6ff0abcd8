"""From a table to a statement: the header is found below the titles, each row is taken or rejected with its reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Final

from dondoc.bank.cells import Cell, day, money, text_of
from dondoc.bank.grids import Grid, Row
from dondoc.bank.layouts import NEEDED, Column, Layout, folded
from dondoc.bank.lines import Line, NotAStatement, Reason, Rejected, Statement, Why, statement
from dondoc.domain.ids import Dong

_TITLES: Final = 200
"""Rows in which the header must come."""
_RAW: Final = 500

Places = Mapping[Column, int]
"""Where each column stands; what is missing has no entry."""


@dataclass(frozen=True, slots=True)
class _Table:
    titles: list[Row]
    places: Places
    rows: list[Row]
    broken_at: int | None


def read_tables(grids: Iterable[Grid], layout: Layout) -> Statement:
    """The statement in the first of the grids that has the header; with more columns, in a later one.

    Raises NotAStatement, saying which headings were looked for.
    """
    tables = [table for grid in grids if (table := _table_in(grid, layout)) is not None]
    if not tables:
        wanted = "; ".join(f"{column.value}: {', '.join(layout.headings.of(column)[:3])} …" for column in NEEDED)
        raise NotAStatement(
            Why.NO_HEADER, f"no row has the headings of a statement of {layout.bank} (looked for {wanted})"
        )
    table = max(tables, key=lambda table: len(table.places))
    if table.broken_at is not None:
        raise NotAStatement(
            Why.BROKEN, f"line {table.broken_at} has a quotation mark that is not closed: download the file as XLSX"
        )
    rows: list[Line] = []
    rejected: list[Rejected] = []
    is_open = False
    """Whether the row above is a line, which a row with nothing but a remark goes on with."""
    for number, cells in table.rows:
        match _read(number, cells, table.places, layout):
            case Line() as line:
                rows.append(line)
                is_open = True
                continue
            case Rejected() as refused:
                rejected.append(refused)
            case str(more) if is_open:
                rows[-1] = replace(rows[-1], remark=f"{rows[-1].remark} {more}")
                continue
        is_open = False
    return statement(rows, rejected, account_in(table.titles, layout), period_in(table.titles))


def _table_in(grid: Grid, layout: Layout) -> _Table | None:
    for place, (_, cells) in enumerate(grid.rows[:_TITLES]):
        if places := _header(cells, layout):
            return _Table(grid.rows[:place], places, grid.rows[place + 1 :], grid.broken_at)
    return None


def _header(cells: Sequence[Cell], layout: Layout) -> Places | None:
    """Where the columns stand, if this row names all that are needed."""
    named = [_names(cell) for cell in cells]
    wanted = _wanted(layout)
    # "Nợ/Có" heads a column that says which of both an amount is, not one that has amounts.
    both = {n for n, names in enumerate(named) if all(names & {*wanted[c]} for c in (Column.DEBIT, Column.CREDIT))}
    places: dict[Column, int] = {}
    for column in Column:
        free = [n for n in range(len(named)) if n not in both and n not in places.values()]
        found = next((n for name in wanted[column] for n in free if name in named[n]), None)
        if found is not None:
            places[column] = found
    return places if all(column in places for column in NEEDED) else None


@cache
def _wanted(layout: Layout) -> Mapping[Column, tuple[str, ...]]:
    return {column: tuple(map(folded, layout.headings.of(column))) for column in Column}


def _names(cell: Cell) -> frozenset[str]:
    """What a heading says: the whole, and each of two languages."""
    if not isinstance(cell, str):
        return frozenset()
    return frozenset(map(folded, (cell, *re.split(r"[/\n|()]", cell)))) - {""}


def _read(number: int, cells: Sequence[Cell], places: Places, layout: Layout) -> Line | Rejected | str | None:
    """A line, a rejected row, more of the remark above, or None for what is no transaction."""
    if not cells:
        return None

    def cell(column: Column) -> Cell:
        place = places.get(column)
        return cells[place] if place is not None and place < len(cells) else None

    booked, credit, debit, balance = (
        day(cell(Column.BOOKED_ON)),
        money(cell(Column.CREDIT)),
        money(cell(Column.DEBIT)),
        money(cell(Column.BALANCE)),
    )
    has_money = any(amount not in (None, 0) for amount in (credit, debit))
    if not isinstance(booked, tuple) or not has_money:
        if _is_aside(cells, layout) or _header(cells, layout):
            return None
        if booked is None and not has_money:
            remark = text_of(cell(Column.REMARK))
            is_alone = [text for each in cells if (text := text_of(each))] == [remark]
            return remark if is_alone else None
        if booked is Reason.BAD_DATE and not has_money:
            return None  # words and numbers around the table
    reason = _why_not(booked, credit, debit, balance, has_document=Column.DOCUMENT in places)
    if reason is not None or not isinstance(booked, tuple):
        return Rejected(number, reason or Reason.NO_DATE, _raw(cells))
    booked_on, behind = booked
    assert not isinstance(credit, Reason) and not isinstance(debit, Reason)  # noqa: S101, PT018 - for the type checker
    return Line(
        line_number=number,
        booked_on=booked_on,
        credit=Dong(credit or 0),
        debit=Dong(debit or 0),
        remark=text_of(cell(Column.REMARK)),
        document=text_of(cell(Column.DOCUMENT)) or behind or None,
        balance=balance if isinstance(balance, int) else None,
        payer=text_of(cell(Column.PAYER)) or None,
    )


def _why_not(
    booked: tuple[date, str] | Reason | None,
    credit: int | Reason | None,
    debit: int | Reason | None,
    balance: int | Reason | None,
    *,
    has_document: bool,
) -> Reason | None:
    for read in (booked, credit, debit):
        if isinstance(read, Reason):
            return read
    if booked is None:
        return Reason.NO_DATE
    if isinstance(booked, tuple) and booked[1] and has_document:
        return Reason.BAD_DATE
    if credit and debit:
        return Reason.TWO_AMOUNTS
    if not credit and not debit:
        return Reason.NO_AMOUNT
    # An overdrawn account has a balance with a sign; a formula in its place says that somebody worked on the file.
    return Reason.FORMULA if balance is Reason.FORMULA else None


def _is_aside(cells: Sequence[Cell], layout: Layout) -> bool:
    """Totals and balances, and a row that only numbers the columns: (1), (2) …"""
    if all(re.fullmatch(r"(\(?\d{1,2}\)?)?", text_of(cell)) for cell in cells):
        return True
    begins = tuple(f"{folded(word)} " for word in layout.asides)
    return any(isinstance(cell, str) and f"{folded(cell)} ".startswith(begins) for cell in cells)


def _raw(cells: Sequence[Cell]) -> str:
    return " | ".join(map(text_of, cells))[:_RAW]


def account_in(titles: list[Row], layout: Layout) -> str | None:
    """The number of the account, from the rows above the table."""
    words = sorted(map(folded, layout.account), key=len, reverse=True)
    for _, cells in titles:
        said = [text_of(cell) for cell in cells if text_of(cell)]
        for place, text in enumerate(said):
            if not any(f" {word} " in f" {folded(text)} " for word in words):
                continue
            rest = " ".join([text.partition(":")[2] or text, *said[place + 1 :]])
            if number := re.search(r"(?<![\w/.,])\d(?:[\d .-]?\d){5,18}(?![\w/,])", rest):
                return re.sub(r"\D", "", number[0])
    return None


def period_in(titles: list[Row]) -> tuple[date, date] | None:
    """From when to when, where a title names two days."""
    for _, cells in titles:
        found = list(_days_in(" ".join(map(text_of, cells))))
        if len(found) == 2 and found[0] <= found[1]:
            return found[0], found[1]
    return None


def _days_in(text: str) -> Iterator[date]:
    for written in re.findall(r"(?<![\d/])\d{1,2}/\d{1,2}/\d{4}(?![\d/])", text):
        if isinstance(found := day(written), tuple):
            yield found[0]
