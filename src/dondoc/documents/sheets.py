"""The rows of a table that somebody sent: CSV, or the first sheet of an XLSX with anything in it.

What comes by mail may be made to hurt: everything is bounded before it is unpacked, formulas are never computed,
and what is not what it says is refused in one sentence.
"""

from __future__ import annotations

import csv
import io
import unicodedata
import warnings
from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final, TypeAlias

import openpyxl

from dondoc.errors import Unreadable
from dondoc.received import Flaw, flaw_in, text_in

MAX_BYTES: Final = 5_000_000
MAX_UNPACKED: Final = 25_000_000
MAX_ROWS: Final = 2_000
MAX_COLUMNS: Final = 40
MAX_CELL: Final = 500

Row: TypeAlias = tuple[str, ...]
"""The cells of a line as text, NFC, each on one line; a date as 1990-03-15."""


class Why(StrEnum):
    """Why a file is not read; `templates/emails/_base/names.txt` has the sentence for each."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    NOT_XLSX = "not_xlsx"
    OLD_XLS = "old_xls"
    BROKEN = "broken"


_SAID: Final = {
    Why.EMPTY: "the file is empty",
    Why.TOO_LARGE: f"the file is larger than {MAX_BYTES // 1_000_000} MB, packed, or than "
    f"{MAX_UNPACKED // 1_000_000} MB, unpacked: send only the list",
    Why.TOO_LONG: f"the list has more than {MAX_ROWS} lines: send only the people",
    Why.NOT_TEXT: "the file is not text: save it as CSV in UTF-8, or as an Excel workbook (.xlsx)",
    Why.NOT_XLSX: "the file is not an Excel workbook (.xlsx), whatever its name says",
    Why.OLD_XLS: "the file is an old (.xls) or protected workbook: save it as .xlsx without a password",
    Why.BROKEN: "the workbook is damaged: open it in Excel and save it again",
}


class NotAList(Unreadable):
    """The file as a whole cannot be read; `why` is for those who word the answer to the sender."""

    def __init__(self, why: Why) -> None:
        super().__init__(_SAID[why])
        self.why = why


def decoded(content: bytes) -> str:
    """The text of the file. Raises NotAList when it is none."""
    if len(content) > MAX_BYTES:
        raise NotAList(Why.TOO_LARGE)
    if not content.strip():
        raise NotAList(Why.EMPTY)
    text = text_in(content)
    if text is None:
        raise NotAList(Why.NOT_TEXT)
    return text


def csv_rows(content: bytes) -> list[Row]:
    """The rows of a CSV; its delimiter is the one that occurs most (Excel writes ; where , is the decimal sign)."""
    return table(decoded(content))


def table(text: str) -> list[Row]:
    """The rows of text whose cells are parted by tabs, semicolons or commas. Raises NotAList."""
    delimiter = max("\t;,", key=text.count)
    try:
        return _bounded(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise NotAList(Why.NOT_TEXT) from None


def xlsx_rows(content: bytes) -> list[Row]:
    """The rows of the first sheet that is not empty, with the results that Excel stored for formulas.

    Raises NotAList.
    """
    try:
        _check_package(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that openpyxl does not know: only text is read
            return _first_filled(content)
    except NotAList:
        raise
    except Exception:  # noqa: BLE001 - zipfile, zlib and openpyxl each raise what they like on a damaged file
        raise NotAList(Why.BROKEN) from None


def _first_filled(content: bytes) -> list[Row]:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        # Without this, a row is padded to the width that the sheet claims to have.
        sheet.reset_dimensions()
        rows = _bounded(sheet.iter_rows(max_col=MAX_COLUMNS, max_row=MAX_ROWS + 1, values_only=True))
        if rows:
            return rows
    raise NotAList(Why.EMPTY)


def _check_package(content: bytes) -> None:
    """That the bytes are a workbook which is safe to unpack. Raises NotAList, and what zipfile raises."""
    if len(content) > MAX_BYTES:
        raise NotAList(Why.TOO_LARGE)
    if not content:
        raise NotAList(Why.EMPTY)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotAList(Why.OLD_XLS)
    if not content.startswith(b"PK"):
        raise NotAList(Why.NOT_XLSX)
    match flaw_in(content, MAX_UNPACKED):
        case Flaw.TOO_LARGE:
            raise NotAList(Why.TOO_LARGE)
        case Flaw.NO_WORKBOOK:
            raise NotAList(Why.NOT_XLSX)


def _bounded(rows: Iterable[Sequence[object]]) -> list[Row]:
    found: list[Row] = []
    for row in rows:
        found.append(tuple(map(_text, row[:MAX_COLUMNS])))
        if len(found) > MAX_ROWS:
            if any(any(cells) for cells in found[MAX_ROWS:]):
                raise NotAList(Why.TOO_LONG)
            break
    last = max((n for n, row in enumerate(found) if any(row)), default=-1)
    return found[: last + 1]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, date):
        cell = f"{cell:%Y-%m-%d}"
    return " ".join(unicodedata.normalize("NFC", str(cell)[: MAX_CELL + 1]).split())
