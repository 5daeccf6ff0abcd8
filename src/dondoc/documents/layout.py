"""From lines of marked text to a DOCX in the form of Vietnamese official documents (Nghị định 30/2020/NĐ-CP, I).

A line's first characters say what it is; the words, and their order, are the template's:

    # text            the title; ## its subject
    @ text            a line in the middle
    < text  > text    left and right of two columns: letterhead, signature; << flush left; <> begins a new row of both
    |: 6c 40 20r h8   widths of the next table in percent, c in the middle, r to the right, rows at least 8 mm high
    | a | b |         a row; the first is the header, repeated on each page
    |= text           a row over all columns
    text              a paragraph

`**bold**` and `__italic__` work everywhere; a number behind < or > is a size in points ("<11 text"); "--- 40" in a
column is a rule over 40 % of it.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from dondoc.documents.ooxml import draw_rule, mark_row, number_pages, without_cell_margins
from dondoc.documents.package import reproducible

MARKS: Final = "#@<>|=*_-:"
"""What a template's own lines are marked with; a value has each as the character SHIELD + its place here."""
SHIELD: Final = 0xE000

FONT: Final = "Times New Roman"
BODY: Final = Pt(14)
COLUMN: Final = Pt(13)
CELL: Final = Pt(12)
PAGE: Final = (Mm(210), Mm(297))
TOP, BOTTOM, LEFT, RIGHT = Mm(20), Mm(20), Mm(30), Mm(16)
TEXT_WIDTH: Final = Length(PAGE[0] - LEFT - RIGHT)
PAIR: Final = (43, 57)
"""Percent of the two columns: the longer right one holds the country's name on one line."""
LINE: Final = 1.0

_UNSHIELD: Final = {SHIELD + n: mark for n, mark in enumerate(MARKS)}
_LINE = re.compile(r"(?P<mark>##|#|@|<<|<>|<|>|\|:|\|=|\|)?(?P<size>(?<=[<>])\d+)?(?P<text>.*)")
_ALIGN: Final = {
    "": WD_ALIGN_PARAGRAPH.LEFT,
    "c": WD_ALIGN_PARAGRAPH.CENTER,
    "r": WD_ALIGN_PARAGRAPH.RIGHT,
}
_AROUND_CENTRED: Final = {"#": (Pt(14), Pt(0)), "##": (Pt(0), Pt(8)), "@": (Pt(10), Pt(10))}
_CENTER = WD_ALIGN_PARAGRAPH.CENTER


@dataclass(frozen=True, slots=True)
class _Line:
    mark: str
    size: Length | None
    text: str

    @property
    def block(self) -> str:
        """What neighbouring lines of one block have in common."""
        return {"<": "pair", ">": "pair", "|": "table"}.get(self.mark[:1], "text")


def laid_out(text: str, *, title: str, author: str, day: date) -> bytes:
    """The DOCX; the same input gives the same bytes. `title`, `author` and `day` become the file's properties."""
    document = _blank(title, author, day)
    for block, lines in groupby(_lines(text), lambda line: line.block):
        match block:
            case "pair":
                _add_pair(document, list(lines))
            case "table":
                _add_table(document, list(lines))
            case _:
                for line in lines:
                    _add_text(document, line)
    saved = io.BytesIO()
    document.save(saved)
    return reproducible(saved.getvalue())


def _lines(text: str) -> Iterator[_Line]:
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        assert found is not None, "the pattern takes any line"  # noqa: S101 - for the type checker
        yield _Line(found["mark"] or "", Pt(int(found["size"])) if found["size"] else None, found["text"].strip())


def _blank(title: str, author: str, day: date) -> Document:
    document = docx.Document()
    properties = document.core_properties
    properties.title, properties.author, properties.last_modified_by = title[:255], author[:255], author[:255]
    properties.comments, properties.language = "", "vi-VN"
    properties.created = properties.modified = datetime.combine(day, time(), UTC)
    normal: Any = document.styles["Normal"]
    normal.font.name, normal.font.size = FONT, BODY
    fonts = normal.element.rPr.rFonts
    for script in ("w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "vi-VN")
    section = document.sections[0]
    section.page_width, section.page_height = PAGE
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = TOP, BOTTOM, LEFT, RIGHT
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True
    number_pages(section.header.paragraphs[0])
    return document


def _add_text(document: Document, line: _Line) -> None:
    paragraph = document.add_paragraph()
    shape = paragraph.paragraph_format
    shape.space_after, shape.line_spacing = Pt(6), LINE
    is_bold = line.mark in ("#", "##")
    if line.mark:
        paragraph.alignment = _CENTER
        shape.space_before, shape.space_after = _AROUND_CENTRED[line.mark]
        shape.keep_with_next = is_bold
    else:
        paragraph.alignment, shape.first_line_indent = WD_ALIGN_PARAGRAPH.JUSTIFY, Mm(10)
    _write(paragraph, line.text, bold=is_bold)


def _add_pair(document: Document, lines: Sequence[_Line]) -> None:
    if document.paragraphs:
        document.paragraphs[-1].paragraph_format.keep_with_next = True  # a signature is never alone on its page
    rows = [list(row) for new, row in groupby(lines, lambda line: line.mark == "<>") if not new]
    table = _table(document, len(rows), PAIR)
    without_cell_margins(table)
    for row, said in zip(table.rows, rows, strict=True):
        mark_row(row, "w:cantSplit")
        for cell, side in zip(row.cells, "<>", strict=True):
            told = [line for line in said if line.mark[0] == side]
            _fill(cell, told, is_first=said is rows[0], is_last=said is rows[-1])
    _gap(document, 6)


def _fill(cell: _Cell, lines: Sequence[_Line], *, is_first: bool, is_last: bool) -> None:
    for n, line in enumerate(lines):
        paragraph = cell.paragraphs[0] if n == 0 else cell.add_paragraph()
        _tighten(paragraph)
        paragraph.paragraph_format.keep_with_next = not is_last
        if n == 0 and not is_first:
            paragraph.paragraph_format.space_before = Pt(6)
        if rule := re.fullmatch(r"--- (\d+)", line.text):
            draw_rule(paragraph, cell, int(rule[1]))
            continue
        paragraph.alignment = WD_ALIGN_PARAGRAPH.LEFT if line.mark == "<<" else _CENTER
        # A name such as "Dân – Chính – Đảng" goes to the next line as a whole.
        _write(paragraph, line.text.replace(" – ", "\u00a0–\u00a0"), size=line.size or COLUMN)


def _add_table(document: Document, lines: Sequence[_Line]) -> None:
    spec, *rows = lines
    sizes = spec.text.split()
    height = next((Mm(int(size[1:])) for size in sizes if size.startswith("h")), None)
    columns = [(float(size.rstrip("cr")), size.lstrip("0123456789.")) for size in sizes if not size.startswith("h")]
    table = _table(document, len(rows), [width for width, _ in columns])
    table.style = "Table Grid"
    for row, line in zip(table.rows, rows, strict=True):
        mark_row(row, "w:cantSplit")
        if height is not None:
            row.height, row.height_rule = height, WD_ROW_HEIGHT_RULE.AT_LEAST
        is_header = line is rows[0]
        if is_header:
            mark_row(row, "w:tblHeader")
        if line.mark == "|=":
            _write_cell(row.cells[0].merge(row.cells[-1]), line.text, "", is_heading=True)
            continue
        for cell, said, (_, align) in zip(row.cells, line.text.strip("|").split("|"), columns, strict=True):
            _write_cell(cell, said.strip(), "c" if is_header else align, is_heading=is_header)
    _gap(document, 6)


def _write_cell(cell: _Cell, text: str, align: str, *, is_heading: bool) -> None:
    paragraph = cell.paragraphs[0]
    _tighten(paragraph)
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    paragraph.paragraph_format.keep_with_next = is_heading
    paragraph.alignment = _ALIGN[align]
    _write(paragraph, text, size=CELL, bold=is_heading)
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER


def _table(document: Document, rows: int, percents: Sequence[float]) -> Table:
    table: Table = document.add_table(rows, len(percents))
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, percent in zip(table.columns, percents, strict=True):
        column.width = Length(int(TEXT_WIDTH * percent / sum(percents)))
        for cell in column.cells:
            cell.width = column.width
    return table


def _write(paragraph: Paragraph, text: str, *, size: Length | None = None, bold: bool = False) -> None:
    is_bold = is_italic = False
    # No line begins with a dash.
    for part in re.split(r"(\*\*|__)", text.replace(" – ", "\u00a0– ")):
        if part == "**":
            is_bold = not is_bold
        elif part == "__":
            is_italic = not is_italic
        elif part:
            run = paragraph.add_run(part.translate(_UNSHIELD))
            run.bold, run.italic, run.font.size = is_bold or bold or None, is_italic or None, size


def _tighten(paragraph: Paragraph) -> None:
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(0)
    paragraph.paragraph_format.line_spacing = 1.0


def _gap(document: Document, points: int) -> None:
    """Two tables without a paragraph between them would become one."""
    paragraph = document.add_paragraph()
    _tighten(paragraph)
    paragraph.paragraph_format.line_spacing = Pt(points)
