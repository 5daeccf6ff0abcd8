"""The tables in a file that somebody downloaded: CSV in whatever way it was written, XLSX.

A file may be made to hurt: everything is bounded before it is unpacked, no formula is computed, and what is not what
it says is refused in one sentence.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, TypeAlias

import openpyxl

from dondoc.bank.cells import Cell, Formula
from dondoc.bank.lines import NotAStatement, Why
from dondoc.received import Flaw, flaw_in, text_in

MAX_BYTES: Final = 20_000_000
MAX_UNPACKED: Final = 60_000_000
MAX_ROWS: Final = 50_000
MAX_COLUMNS: Final = 40
MAX_CELL: Final = 2_000

Row: TypeAlias = tuple[int, tuple[Cell, ...]]
"""The cells, and the line of the file on which they begin."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One table; however many empty rows there are between two, one is kept."""

    rows: list[Row]
    broken_at: int | None = None
    """The line from which nothing could be read any more."""


def decoded(content: bytes) -> str:
    """The text of the file. Raises NotAStatement when it is none."""
    text = text_in(content)
    if text is None:
        raise NotAStatement(
            Why.NOT_A_STATEMENT,
            "the file is neither a workbook (.xlsx) nor text (CSV): download one of these from the bank",
        )
    return text


def csv_grids(text: str) -> Iterator[Grid]:
    """The text as a table for each of the usual delimiters. Raises NotAStatement when it is too long."""
    for delimiter in "\t;,":
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        rows: list[Row] = []
        begins, broken_at = 1, None
        try:
            for row in reader:
                _add(rows, begins, [cell[:MAX_CELL] for cell in row])
                begins = reader.line_num + 1
        except csv.Error:  # a quotation mark that is never closed, or stands in the middle of a cell
            broken_at = begins
        yield Grid(rows, broken_at)


def xlsx_grids(content: bytes) -> Iterator[Grid]:
    """The sheets of the workbook. Raises NotAStatement."""
    try:
        _check_package(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles that openpyxl does not know: only values are read
            book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # the size that the sheet claims would pad every row
                rows: list[Row] = []
                found = sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 1)
                for number, row in enumerate(found, start=1):
                    _add(rows, number, [_value(cell) for cell in row])
                yield Grid(rows)
    except NotAStatement:
        raise
    except Exception:  # noqa: BLE001 - zipfile, zlib and openpyxl each raise what they like on a damaged file
        raise NotAStatement(Why.BROKEN, "the file is damaged: download it again from the bank") from None


def _value(cell: Any) -> Cell:
    value = cell.value
    if value is None or isinstance(value, (int, float, date)):
        return value
    if cell.data_type == "f":
        return Formula(str(value)[:MAX_CELL])
    return unicodedata.normalize("NFC", str(value)[:MAX_CELL])


def _check_package(content: bytes) -> None:
    """That the bytes are a workbook which is safe to unpack. Raises NotAStatement, and what zipfile raises."""
    match flaw_in(content, MAX_UNPACKED):
        case Flaw.TOO_LARGE:
            raise NotAStatement(
                Why.TOO_LARGE, "the workbook unpacks to more than a statement has: export a shorter time"
            )
        case Flaw.NO_WORKBOOK:
            raise NotAStatement(
                Why.NOT_A_STATEMENT, "the file is not an Excel workbook (.xlsx), whatever its name says"
            )


def _add(rows: list[Row], number: int, row: Sequence[Cell]) -> None:
    """Raises NotAStatement when there are too many."""
    cells = tuple(row[:MAX_COLUMNS]) if any(cell not in (None, "") for cell in row[:MAX_COLUMNS]) else ()
    if not cells and (not rows or not rows[-1][1]):
        return
    if len(rows) == MAX_ROWS:
        raise NotAStatement(Why.TOO_LONG, f"the statement has more than {MAX_ROWS} rows: export a shorter time")
    rows.append((number, cells))
