"""Tables for Excel: the roll-call, the resources of the cluster (II.1 "tổng hợp nguồn lực"), the scoreboard (III.1).

Headings, widths and formats stand in `templates/documents/workbooks.yaml`. Text is never a formula, whatever it
begins with: it is stored as text, with the mark that keeps Excel from reading it anew when the cell is edited.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from math import ceil
from pathlib import Path
from typing import Any, Final, Literal

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from pydantic import Field

from dondoc.documents.package import reproducible
from dondoc.domain.ids import Dong
from dondoc.domain.plan import PlanModel, Text
from dondoc.yamlfile import read_model

Kind = Literal["text", "whole", "money", "percent", "day"]

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FONT: Final = "Times New Roman"
LONGEST: Final = 32_767
"""Characters that a cell of Excel may hold."""
TALLEST: Final = 409
"""Points that a row of Excel may be high."""

_FORMATS: Final[dict[Kind, str]] = {
    "text": "@", "whole": "0", "money": "#,##0", "percent": '0"%"', "day": "dd/mm/yyyy"
}  # fmt: skip
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE = Side(style="thin")
_GRID = Border(left=_LINE, right=_LINE, top=_LINE, bottom=_LINE)
_SHADE = PatternFill("solid", start_color="FFE7EEF7")


class Column(PlanModel):
    field: Text = Field(description="The row's attribute.")
    heading: Text
    kind: Kind
    width: int = Field(gt=0, le=100)
    adds: bool = Field(False, description="Whether the last row has the column's sum.")


class Layout(PlanModel):
    sheet: Text = Field(max_length=31)
    title: Text
    total: Text | None = Field(None, description="What the row of sums is called; empty: there is none.")
    columns: tuple[Column, ...] = Field(min_length=1)


class Workbooks(PlanModel):
    """The file of layouts."""

    roll_call: Layout
    resources: Layout
    scoreboard: Layout
    cash_book: Layout


@dataclass(frozen=True, slots=True)
class RollCallRow:
    number: int
    name: str
    unit: str
    role: str | None
    birth_year: int | None
    phone: str | None
    standing: str
    """Expected or in reserve, in the reader's words."""
    presence: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """What one unit brings to an activity."""

    number: int
    unit: str
    assignments: tuple[str, ...]
    accepted: str
    quota: int
    named: int
    due: Dong
    paid: Dong


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One unit's year or quarter; a share is in percent, None where nothing was asked of the unit."""

    number: int
    unit: str
    asked: int
    in_time: int
    paid_in_time: int | None
    quota_met: int | None
    assignments_done: int | None
    attendance: int | None
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CashBookRow:
    """Money that came or went, and what was there afterwards."""

    number: int
    on: date
    document: str | None
    receipt: str | None
    unit: str | None
    about: str
    came: Dong | None
    went: Dong | None
    left: int


def read_layouts(template_dir: Path) -> Workbooks:
    """Raises Unreadable, naming line and key."""
    return read_model(template_dir / "workbooks.yaml", Workbooks)


def workbook(
    layout: Layout,
    rows: Sequence[RollCallRow] | Sequence[ResourceRow] | Sequence[ScoreRow] | Sequence[CashBookRow],
    *,
    about: Sequence[str],
    author: str,
    day: date,
) -> bytes:
    """The table as XLSX; the same input gives the same bytes. `about` are the lines under the title."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet), "a new workbook has one sheet"  # noqa: S101 - for the type checker
    sheet.title = re.sub(r"[\[\]:*?/\\]", " ", layout.sheet)
    header = _write_title(sheet, layout, about)
    for n, row in enumerate(rows, start=header + 1):
        for column, definition in enumerate(layout.columns, start=1):
            _write(sheet.cell(n, column), getattr(row, definition.field), definition.kind)
        sheet.row_dimensions[n].height = _height(row, layout)
    if rows and layout.total:
        _write_totals(sheet, layout, rows, header + 1 + len(rows))
    _set_up(sheet, layout, header)
    book.properties.creator = book.properties.lastModifiedBy = author
    book.properties.title, book.properties.created = layout.title, datetime.combine(day, time())
    saved = io.BytesIO()
    book.save(saved)
    return reproducible(saved.getvalue())


def csv_table(layout: Layout, rows: Iterable[object]) -> bytes:
    """The same table as CSV that Excel opens with the right letters: UTF-8 with its mark, amounts without separators.

    Text that would be read as a formula is marked as text.
    """
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow([column.heading for column in layout.columns])
    for row in rows:
        writer.writerow([_csv_cell(getattr(row, column.field)) for column in layout.columns])
    return made.getvalue().encode("utf-8-sig")


def _csv_cell(value: object) -> object:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, str | tuple):
        text = _UNPRINTABLE.sub("", _as_text(value))
        return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text
    return "" if value is None else value


def _write_title(sheet: Worksheet, layout: Layout, about: Iterable[str]) -> int:
    """Title, the lines under it, the header; returns the header's row."""
    row, width = 0, len(layout.columns)
    for row, line in enumerate((layout.title, *about), start=1):
        cell = sheet.cell(row, 1)
        _write(cell, line, "text", has_grid=False)
        cell.font = Font(FONT, 14 if row == 1 else 12, bold=row == 1)
        cell.alignment = Alignment("center", "center", wrap_text=True)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=width)
    header = row + 2
    for n, column in enumerate(layout.columns, start=1):
        cell = sheet.cell(header, n)
        _write(cell, column.heading, "text")
        cell.font, cell.fill = Font(FONT, 12, bold=True), _SHADE
        cell.alignment = Alignment("center", "center", wrap_text=True)
    sheet.row_dimensions[header].height = 48
    return header


def _write_totals(sheet: Worksheet, layout: Layout, rows: Sequence[Any], last: int) -> None:
    """Added up here: a formula would show nothing where a file is only previewed."""
    for n, column in enumerate(layout.columns, start=1):
        said = sum(getattr(row, column.field) or 0 for row in rows) if column.adds else layout.total if n == 2 else None
        cell = sheet.cell(last, n)
        _write(cell, said, column.kind)
        cell.font = Font(FONT, 12, bold=True)
    sheet.row_dimensions[last].height = 20


def _height(row: object, layout: Layout) -> float:
    """Points for the tallest cell. Only Excel fits rows to wrapped text by itself when it opens a file."""
    lines = 1
    for column in layout.columns:
        text = _as_text(getattr(row, column.field))
        lines = max(lines, sum(max(1, ceil((len(line) + 2) / column.width)) for line in text.split("\n")))
    return min(lines * 16.0 + 4, TALLEST)


def _write(cell: Any, value: object, kind: Kind, *, has_grid: bool = True) -> None:
    cell.font = Font(FONT, 12)
    cell.number_format = _FORMATS[kind]
    cell.border = _GRID if has_grid else Border()
    side = {"text": "left", "money": "right"}.get(kind, "center")
    cell.alignment = Alignment(side, "center", wrap_text=kind == "text", indent=0 if side == "center" else 1)
    if isinstance(value, str | tuple):
        cell.value = _UNPRINTABLE.sub("", _as_text(value))[:LONGEST]
        cell.data_type = "s"
        cell.quotePrefix = True
    else:
        cell.value = value


def _as_text(value: object) -> str:
    return "\n".join(f"- {each}" for each in value) if isinstance(value, tuple) else str(value or "")


def _set_up(sheet: Any, layout: Layout, header: int) -> None:
    """What Excel shows and prints: the header stays and repeats, the page is A4 across, as wide as the table."""
    for n, column in enumerate(layout.columns, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = column.width
    sheet.freeze_panes = f"A{header + 1}"
    sheet.print_title_rows = f"{header}:{header}"
    page = sheet.page_setup
    page.paperSize, page.orientation, page.fitToWidth, page.fitToHeight = 9, "landscape", 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = 0.6
    margins.bottom, margins.footer = 0.75, 0.3
    sheet.oddFooter.center.text = "&P/&N"
