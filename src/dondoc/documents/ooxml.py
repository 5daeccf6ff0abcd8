"""What python-docx has no word for, in the elements of Office Open XML (ECMA-376, part 1, 17)."""

from __future__ import annotations

from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Pt
from docx.table import Table, _Cell, _Row
from docx.text.paragraph import Paragraph


def number_pages(paragraph: Paragraph) -> None:
    """In the middle of the upper margin, from the second page on (Nghị định 30/2020/NĐ-CP, I.I.7)."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def draw_rule(paragraph: Paragraph, cell: _Cell, percent: int) -> None:
    """A line under an empty paragraph of two points that is as much shorter on both sides."""
    margin = Length(int((cell.width or 0) * (100 - percent) / 200))
    shape = paragraph.paragraph_format
    shape.left_indent = shape.right_indent = margin
    shape.line_spacing, shape.space_after = Pt(3), Pt(4)
    borders, bottom = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "6"), ("space", "0"), ("color", "000000")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    paragraph._p.get_or_add_pPr().insert_element_before(borders, "w:spacing", "w:ind", "w:jc")


def mark_row(row: _Row, name: str) -> None:
    """Set one of a row's switches, such as `w:tblHeader`."""
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def without_cell_margins(table: Table) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), "0")
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    table._tbl.tblPr.insert_element_before(margins, "w:tblLook")
