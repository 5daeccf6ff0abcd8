"""Documents for people: what stands in them, in which form, and that nothing else gets in."""

from __future__ import annotations

import io
import os
import unicodedata
import zipfile
from dataclasses import fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.documents.official import Form, Letterhead, Paper, Press, Signature, roman
from dondoc.documents.roll_call import AssignedContent, Assignment, Group, RollCall, groups_of
from dondoc.documents.workbook import ResourceRow, RollCallRow, ScoreRow, read_layouts, workbook
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.participants import Person, take
from dondoc.domain.plan import UnitName
from dondoc.domain.zone import ZONE
from dondoc.errors import Unreadable

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = ROOT / "templates" / "documents"
GOLDEN = ROOT / "tests" / "golden" / "documents"
PRESS = Press(TEMPLATES)
LAYOUTS = read_layouts(TEMPLATES)
DAY = date(2024, 6, 1)
YTE = UnitId("so-y-te")

UNION = Letterhead(
    Form.YOUTH_UNION,
    "Thành Đoàn TP. Hồ Chí Minh",
    "BCH Đoàn Khối\nDân – Chính – Đảng",
    "TP. Hồ Chí Minh",
    DAY,
    series="-CV/ĐTN",
)
STATE = replace(
    UNION,
    form=Form.STATE,
    superior="Ủy ban nhân dân\nThành phố Hồ Chí Minh",
    issuer="Sở Y tế",
    number="125",
    series="/SYT-VP",
)
ASSIGNMENT = Assignment(
    UNION,
    Signature(("TM. BAN THƯỜNG VỤ", "BÍ THƯ"), "Bùi Hữu Hồng Hải"),
    sender="Đoàn Khối Dân – Chính – Đảng Thành phố (Cụm trưởng)",
    unit="Đoàn Sở Lao động, Thương binh và Xã hội Thành phố",
    basis="Kế hoạch tổ chức hoạt động năm 2024 của Cụm Hành chính – Sự nghiệp",
    activity="Chiến dịch tình nguyện Kỳ Nghỉ Hồng năm 2024",
    when="từ tháng 6 đến tháng 8 năm 2024 (ngày cụ thể theo phân công của Ban Thường vụ Thành Đoàn)",
    place="theo phân công của Ban Thường vụ Thành Đoàn",
    contents=(
        AssignedContent("tổ chức sân chơi thiếu nhi", partners=("Đoàn Lực lượng Thanh niên xung phong",)),
        AssignedContent("tập huấn kỹ năng phòng tránh xâm hại tình dục cho trẻ em"),
    ),
    accept_by=datetime(2024, 6, 6, 17, tzinfo=ZONE),
    report_by=date(2024, 9, 13),
    people=5,
    amount=Dong(7_000_000),
    recipients=("Như trên", "Lưu: VP ĐKDCĐ"),
)
ROLL_CALL = RollCall(
    replace(UNION, series=""),
    activity="Sinh hoạt chuyên đề tháng 8/2024",
    when="08 giờ 00, thứ Sáu, ngày 16/08/2024",
    place="Hội trường 272 (Số 272, đường Võ Thị Sáu, phường Võ Thị Sáu, Quận 3)",
    groups=(
        Group(
            "Đoàn Sở Y tế Thành phố",
            "Đoàn Sở Y tế",
            (Person("Đoàn viên 01", YTE, role="Ủy viên"), Person("Đoàn viên 02", YTE)),
        ),
        Group("Đoàn Khối Bộ Tài nguyên và Môi trường", "Đoàn Khối Bộ TNMT", (), (Person("Đoàn viên 03", YTE),)),
    ),
    spare_rows=2,
)
PAPERS: dict[str, Paper] = {
    "assignment": ASSIGNMENT,
    "assignment-state": replace(
        ASSIGNMENT,
        letterhead=STATE,
        contents=(AssignedContent("khám, phát thuốc", leads=False, partners=("Đoàn Sở Y tế Thành phố",)),),
        report_by=None,
        people=None,
        amount=None,
        recipients=(),
    ),
    "roll_call": ROLL_CALL,
    "roll_call-state": replace(ROLL_CALL, letterhead=STATE, groups=ROLL_CALL.groups[:1], spare_rows=0),
}
EVERY_PAPER = pytest.mark.parametrize("paper", [pytest.param(paper, id=name) for name, paper in PAPERS.items()])


def opened(paper: Paper) -> Any:
    return docx.Document(io.BytesIO(PRESS.docx(paper)))


def read(paper: Paper) -> str:
    """The document as text: a line a paragraph, a table's cells side by side."""
    said: list[str] = []
    for block in opened(paper).iter_inner_content():
        if not isinstance(block, Table):
            said.append(block.text)
            continue
        for row in block.rows:
            cells = {id(cell._tc): " / ".join(p.text for p in cell.paragraphs if p.text) for cell in row.cells}
            said.append(" | ".join(cells.values()))
    return unicodedata.normalize("NFC", "\n".join(line.rstrip() for line in said if line.strip())) + "\n"


@pytest.mark.parametrize("name", PAPERS)
def test_it_says_what_was_approved(name: str) -> None:
    golden, now = GOLDEN / f"{name}.txt", read(PAPERS[name])
    if os.environ.get("DONDOC_UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(now, "utf-8")

    assert golden.read_text("utf-8") == now, f"{golden.name} differs; read it, then set DONDOC_UPDATE_GOLDEN=1"


@EVERY_PAPER
def test_the_same_paper_gives_the_same_bytes(paper: Paper) -> None:
    first, again = PRESS.docx(paper), Press(TEMPLATES).docx(paper)

    assert first == again
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}
        assert package.testzip() is None


@EVERY_PAPER
def test_the_page_is_the_one_that_the_decree_asks_for(paper: Paper) -> None:
    document = opened(paper)

    (section,) = document.sections
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert Mm(20) <= section.top_margin <= Mm(25)
    assert Mm(20) <= section.bottom_margin <= Mm(25)
    assert Mm(30) <= section.left_margin <= Mm(35)
    assert Mm(15) <= section.right_margin <= Mm(20)
    normal = document.styles["Normal"]
    assert (normal.font.name, normal.font.size.pt) == ("Times New Roman", 14)
    assert normal.element.rPr.rFonts.get(qn("w:eastAsia")) == "Times New Roman"
    assert 'w:instr="PAGE"' in section.header._element.xml
    assert section.different_first_page_header_footer


def test_who_made_it_and_when_is_what_the_letterhead_says() -> None:
    properties = opened(ASSIGNMENT).core_properties

    assert (properties.author, properties.title) == ("BCH Đoàn Khối Dân – Chính – Đảng", ASSIGNMENT.title)
    assert properties.created.date() == properties.modified.date() == DAY


def test_the_header_of_a_list_stands_on_each_page_and_no_row_is_cut() -> None:
    table = opened(ROLL_CALL).tables[1]

    assert [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows] == [True] + [False] * 8
    assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in table.rows)


def test_a_signature_is_never_alone_on_its_page() -> None:
    closing = [p for p in opened(ASSIGNMENT).paragraphs if p.text]

    assert closing[-1].text == "Trân trọng./."
    assert closing[-1].paragraph_format.keep_with_next


anything = st.text(st.characters(exclude_categories=[]), max_size=60)


@settings(deadline=None, max_examples=30)
@given(name=anything, role=anything)
def test_a_name_is_text_whatever_it_looks_like(name: str, role: str) -> None:
    people = (Person(f"x{name}", YTE, role=f"x{role}"), Person(f"# | ** __ |= <{name}", YTE))
    paper = replace(ROLL_CALL, groups=(Group("Đoàn Sở Y tế", "Y tế", people),))

    rows = [[cell.text for cell in row.cells] for row in opened(paper).tables[1].rows]

    assert len(rows) == 1 + 1 + len(people) + 1 + ROLL_CALL.spare_rows
    assert rows[2][0] == "1"
    assert rows[2][1].startswith("x")
    assert rows[3][1].startswith("# | ** __ |= <")


def test_the_list_holds_who_was_taken_and_who_is_in_reserve() -> None:
    selection = take({YTE: [Person(f"Đoàn viên {n:02}", YTE) for n in range(1, 36)]}, quota=30, reserve=4)

    (group,) = groups_of(
        selection, {YTE: UnitName(full="Đoàn Sở Y tế Thành phố", short="Đoàn Sở Y tế", since=None, until=None)}
    )

    assert (len(group.people), len(group.reserve)) == (30, 4)
    assert (group.unit, group.short) == ("Đoàn Sở Y tế Thành phố", "Đoàn Sở Y tế")


def test_a_missing_folder_and_a_value_that_is_not_given_are_refused() -> None:
    with pytest.raises(Unreadable):
        Press(TEMPLATES / "missing")
    with pytest.raises(Unreadable):
        PRESS.docx(replace(ASSIGNMENT, place=None))  # type: ignore[arg-type]  # what a caller may get wrong


@pytest.mark.parametrize(("number", "written"), [(1, "I"), (4, "IV"), (7, "VII"), (9, "IX"), (14, "XIV"), (99, "XCIX")])
def test_units_are_numbered_as_in_a_list(number: int, written: str) -> None:
    assert roman(number) == written


RESOURCES = (
    ResourceRow(1, "Đoàn Sở Y tế Thành phố", ("Khám, phát thuốc",), "đã nhận", 10, 8, Dong(7_000_000), Dong(7_000_000)),
    ResourceRow(2, "Đoàn Khối Bộ Tài nguyên và Môi trường", (), "", 10, 10, Dong(7_000_000), Dong(0)),
)


def sheet_of(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content)).active


def resources(*rows: ResourceRow) -> bytes:
    return workbook(LAYOUTS.resources, rows, about=("Tính đến ngày 01/06/2024",), author="Cụm trưởng", day=DAY)


def test_the_table_of_resources_adds_up_people_and_money() -> None:
    sheet = sheet_of(resources(*RESOURCES))

    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][0] == "BẢNG TỔNG HỢP NGUỒN LỰC"
    assert rows[3][:3] == ("STT", "Đơn vị", "Nội dung phân công")
    assert rows[4] == (1, "Đoàn Sở Y tế Thành phố", "- Khám, phát thuốc", "đã nhận", 10, 8, 7_000_000, 7_000_000)
    assert rows[6] == (None, "Cộng", None, None, 20, 18, 14_000_000, 7_000_000)
    assert sheet["G5"].number_format == "#,##0"


def test_the_header_stays_on_the_screen_and_on_each_page() -> None:
    sheet = sheet_of(resources(*RESOURCES))

    assert sheet.freeze_panes == "A5"
    assert sheet.print_title_rows == "$4:$4"
    assert [sheet.column_dimensions[c.column_letter].width for c in sheet[4]] == [
        column.width for column in LAYOUTS.resources.columns
    ]


@pytest.mark.parametrize("text", ["=1+1", "+84900000001", "-1", "@SUM(A1)", "#N/A", "\t=1", '=HYPERLINK("x")', "{=1}"])
def test_text_is_never_a_formula(text: str) -> None:
    row = RollCallRow(1, text, "Đoàn Sở Y tế", text, 1990, text, text)

    content = workbook(LAYOUTS.roll_call, [row], about=(text,), author=text, day=DAY)

    sheet = sheet_of(content)
    for cell in (sheet["A2"], sheet["B5"], sheet["D5"], sheet["F5"], sheet["G5"]):
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", text, True)


@settings(deadline=None, max_examples=30)
@given(text=anything)
def test_any_text_can_stand_in_a_cell(text: str) -> None:
    sheet = sheet_of(resources(replace(RESOURCES[0], unit=f"x{text}")))

    assert str(sheet["B5"].value).startswith("x")


@pytest.mark.parametrize(
    ("layout", "row"), [("roll_call", RollCallRow), ("resources", ResourceRow), ("scoreboard", ScoreRow)]
)
def test_a_layout_shows_every_field_of_its_row(layout: str, row: type) -> None:
    assert [column.field for column in getattr(LAYOUTS, layout).columns] == [field.name for field in fields(row)]


def test_a_share_that_does_not_apply_is_left_empty() -> None:
    row = ScoreRow(1, "Đoàn Sở Y tế", 6, 5, None, 100, 0, 97, ("https://cum.example.org/minh-chung/1",))

    sheet = sheet_of(workbook(LAYOUTS.scoreboard, [row], about=(), author="Cụm trưởng", day=DAY))

    assert [cell.value for cell in sheet[4]][4:8] == [None, 100, 0, 97]
    assert sheet["F4"].number_format == '0"%"'


def test_the_same_table_gives_the_same_bytes() -> None:
    first = resources(*RESOURCES)
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        properties = package.read("docProps/core.xml")

    assert resources(*RESOURCES) == first
    assert properties.count(b"2024-06-01T00:00:00Z") == 2
