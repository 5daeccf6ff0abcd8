"""Lists of names as units send them: pasted, CSV, workbook; and files that were made to hurt."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.documents import sheets
from dondoc.documents.names import Kind, Names, Reason, read_names
from dondoc.documents.sheets import NotAList, Why
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person

YTE = UnitId("so-y-te")
TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "emails"


def pasted(text: str) -> Names:
    return read_names(text.encode(), Kind.TEXT, YTE)


def workbook(*rows: tuple[Any, ...], merged: str | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merged:
        sheet.merge_cells(merged)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def names(found: Names) -> list[str]:
    return [person.name for person in found.people]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("1. Đoàn viên 01", {}, id="numbered"),
        pytest.param("01/ Đoàn viên 01", {}, id="numbered with a slash"),
        pytest.param("(1) đ/c Đoàn viên 01;", {}, id="a title"),
        pytest.param("- Đồng chí: Đoàn viên 01", {}, id="a bullet and a title"),
        pytest.param("1\tĐoàn viên 01\t0900 000 001", {"phone": "0900 000 001"}, id="tabs"),
        pytest.param(
            "• Đoàn viên 01 - Ủy viên - SĐT: 0900.000.001", {"role": "Ủy viên", "phone": "0900.000.001"}, id="dashes"
        ),
        pytest.param(
            "1) Đoàn viên 01, sinh năm 1995, Ủy viên", {"birth_year": 1995, "role": "Ủy viên"}, id="birth year"
        ),
        pytest.param("Đoàn viên 01 (1995)", {"birth_year": 1995}, id="year in brackets"),
        pytest.param("1. Đoàn viên 01 – 15/03/1995 – Bí thư", {"birth_year": 1995, "role": "Bí thư"}, id="a birthday"),
        pytest.param(
            "1. Đoàn viên 01; email: dv01@donvi.example.org; +84 900 000 001",
            {"email": "dv01@donvi.example.org", "phone": "+84 900 000 001"},
            id="address and number",
        ),
        pytest.param(unicodedata.normalize("NFD", "1. Đoàn viên 01"), {}, id="decomposed letters"),
        pytest.param("Đoàn viên 01, Trưởng phòng, Phòng 2", {"role": "Trưởng phòng, Phòng 2"}, id="two positions"),
    ],
)
def test_a_line_is_read_as_people_write_it(line: str, expected: dict[str, Any]) -> None:
    assert pasted(line) == Names((Person("Đoàn viên 01", YTE, **expected),), ())


def test_only_the_numbered_lines_of_a_letter_are_people() -> None:
    found = pasted(
        "Kính gửi Cụm trưởng,\nĐoàn Sở Y tế xin gửi danh sách như sau:\nHội nghị Chuyên đề\n\n"
        "1. Đoàn viên 01\n2. Đoàn viên 02 - 0900000002\n\nTổng cộng: 02 đồng chí.\n"
        "Người lập danh sách\n3. Đoàn viên 99\n"
    )

    assert names(found) == ["Đoàn viên 01", "Đoàn viên 02"]
    assert [(r.line, r.reason) for r in found.rejected] == [(n, Reason.AROUND) for n in (1, 2, 3, 8, 9, 10)]


def test_a_list_without_numbers_is_a_list_too() -> None:
    found = pasted("Danh sách tham dự\nĐoàn Sở Y tế Thành phố\nĐoàn viên 01\nĐoàn viên 02\nem cảm ơn nhiều\nvâng ạ\n")

    assert names(found) == ["Đoàn viên 01", "Đoàn viên 02"]
    assert [r.reason for r in found.rejected] == [Reason.AROUND] * 2 + [Reason.NOT_A_NAME] * 2


def test_a_table_that_was_copied_out_of_a_workbook_is_read_by_its_header() -> None:
    found = pasted("STT\tHọ tên\tNăm sinh\tSĐT\n1\tĐoàn viên 01\t1995\t0900000001\n2\tĐoàn viên 02\t\t\n")

    assert found.people == (
        Person("Đoàn viên 01", YTE, phone="0900000001", birth_year=1995),
        Person("Đoàn viên 02", YTE),
    )


OFFICIAL = (
    ("ĐOÀN TNCS HỒ CHÍ MINH", None, None, None, None, None),
    ("DANH SÁCH ĐOÀN VIÊN THAM DỰ",),
    ("(Kèm theo Công văn)",),
    (),
    ("STT", "Họ và tên", "Năm sinh", "Chức vụ", "Đơn vị", "Số điện thoại", "Email", "Ghi chú"),
    ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)", "(7)", "(8)"),
    (1, "Đoàn viên 01", 1995, "Bí thư", "Chi đoàn 1", 900000001, "dv01@donvi.example.org", None),
    (2, "đ/c ĐOÀN VIÊN 02", date(1996, 3, 15), None, "Chi đoàn 2", "0900.000.002", None, "=1+1"),
    (3, None, None, None, None, None, None, None),
    ("Danh sách gồm 02 đồng chí",),
    (None, None, None, "NGƯỜI LẬP"),
    (None, "Đoàn viên 99"),
)
READ = (
    Person("Đoàn viên 01", YTE, "0900000001", "dv01@donvi.example.org", 1995, "Bí thư, Chi đoàn 1"),
    Person("ĐOÀN VIÊN 02", YTE, "0900000002", None, 1996, "Chi đoàn 2"),
)


def test_a_workbook_is_read_below_its_title_and_above_its_signature() -> None:
    found = read_names(workbook(*OFFICIAL, merged="A1:C1"), Kind.XLSX, YTE)

    assert found.people == READ
    reasons = {r.line: r.reason for r in found.rejected}
    assert reasons.pop(9) is Reason.NO_NAME
    assert reasons == dict.fromkeys((1, 2, 3, 5, 6, 10, 11, 12), Reason.AROUND)


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("cp1258", ";")],
)
def test_a_csv_is_read_in_whatever_way_excel_wrote_it(encoding: str, delimiter: str) -> None:
    text = "\r\n".join(
        delimiter.join(row)
        for row in (("DANH SÁCH", "", ""), ("TT", "Họ tên", "SĐT"), ("1", "Đoàn viên 01", "0900000001"))
    )
    # cp1258 has tones as letters of their own.
    content = text.encode(encoding) if encoding != "cp1258" else cp1258(text)

    assert read_names(content, Kind.CSV, YTE).people == (Person("Đoàn viên 01", YTE, phone="0900000001"),)


def cp1258(text: str) -> bytes:
    coded = b""
    for char in text:
        base, *tones = list(unicodedata.normalize("NFD", char))
        shape = unicodedata.normalize("NFC", base + "".join(t for t in tones if t in "\u0302\u0306\u031b"))
        coded += (shape + "".join(t for t in tones if t not in "\u0302\u0306\u031b")).encode("cp1258")
    return coded


@pytest.mark.parametrize(
    "header",
    [
        ("STT", "Họ và tên", None),
        ("TT", "HỌ TÊN", None),
        ("STT", "Họ và tên đệm", "Tên"),
        ("STT", "Họ", "Tên"),
    ],
)
def test_family_and_given_name_may_stand_in_two_columns(header: tuple[str | None, ...]) -> None:
    assert names(read_names(workbook(header, (1, "Đoàn viên", "01")), Kind.XLSX, YTE)) == ["Đoàn viên 01"]


def test_the_birth_year_may_stand_under_men_or_under_women() -> None:
    found = read_names(
        workbook(
            ("STT", "Họ và tên", "Năm sinh", None, "Chức vụ"),
            (None, None, "Nam", "Nữ", None),
            (1, "Đoàn viên 01", 1995, None, "Ủy viên"),
            (2, "Đoàn viên 02", None, 1996, None),
        ),
        Kind.XLSX,
        YTE,
    )

    assert [person.birth_year for person in found.people] == [1995, 1996]
    assert [r.reason for r in found.rejected] == [Reason.AROUND] * 2


def test_a_workbook_without_a_header_is_read_line_by_line() -> None:
    found = read_names(workbook((1, "Đoàn viên 01", "0900000001"), (2, "Đoàn viên 02", None)), Kind.XLSX, YTE)

    assert names(found) == ["Đoàn viên 01", "Đoàn viên 02"]
    assert found.people[0].phone == "0900000001"


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("https://example.org","x")', "=cmd|' /C calc'!A1", "@SUM(A1)", "12345", "X"]
)
def test_what_is_not_a_name_is_told_and_not_taken(name: str) -> None:
    content = f'STT;Họ và tên\n1;Đoàn viên 01\n2;"{name.replace(chr(34), chr(34) * 2)}"\n'.encode()

    found = read_names(content, Kind.CSV, YTE)

    assert names(found) == ["Đoàn viên 01"]
    assert [r.reason for r in found.rejected] == [Reason.AROUND, Reason.NOT_A_NAME]


def test_a_formula_is_not_computed() -> None:
    found = read_names(
        workbook(("STT", "Họ và tên"), (1, "Đoàn viên 01"), (2, '=CONCATENATE("A ","B")')), Kind.XLSX, YTE
    )

    assert names(found) == ["Đoàn viên 01"]


def package(packing: int = zipfile.ZIP_DEFLATED, /, **parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as made:
        for name, part in ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"} | parts).items():
            made.writestr(name, part)
    return content.getvalue()


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "kind", "why"),
    [
        pytest.param(b"", Kind.XLSX, Why.EMPTY, id="nothing"),
        pytest.param(b"  \n", Kind.TEXT, Why.EMPTY, id="only spaces"),
        pytest.param(workbook(), Kind.XLSX, Why.EMPTY, id="an empty workbook"),
        pytest.param(b"x" * 50_000_000, Kind.XLSX, Why.TOO_LARGE, id="50 MB"),
        pytest.param(b"x" * 50_000_000, Kind.TEXT, Why.TOO_LARGE, id="50 MB of text"),
        pytest.param(package(bomb=b"0" * 200_000_000), Kind.XLSX, Why.TOO_LARGE, id="a zip bomb"),
        pytest.param(package(**{str(n): b"" for n in range(600)}), Kind.XLSX, Why.TOO_LARGE, id="very many parts"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), Kind.XLSX, Why.NOT_XLSX, id="a picture with another name"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(100), Kind.CSV, Why.NOT_TEXT, id="a picture as CSV"),
        pytest.param(b"STT,H\xe1\xbb\x8d t\xc3\xaan\n", Kind.XLSX, Why.NOT_XLSX, id="a CSV as workbook"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(100), Kind.XLSX, Why.OLD_XLS, id="the old format"),
        pytest.param(package(), Kind.XLSX, Why.BROKEN, id="parts with nothing in them"),
        pytest.param(package(zipfile.ZIP_BZIP2), Kind.XLSX, Why.NOT_XLSX, id="packed as no office program does"),
        pytest.param(workbook(("a",))[:-400], Kind.XLSX, Why.BROKEN, id="cut off"),
        pytest.param(package(**{"xl/sharedStrings.xml": ENTITIES}), Kind.XLSX, Why.NOT_XLSX, id="entities"),
        pytest.param(
            package(**{"xl/sharedStrings.xml": ENTITIES.decode().encode("utf-16")}),
            Kind.XLSX,
            Why.NOT_XLSX,
            id="in UTF-16",
        ),
        pytest.param("\n".join(["Đoàn viên"] * 2001).encode(), Kind.TEXT, Why.TOO_LONG, id="very many lines"),
        pytest.param(workbook(*[("Đoàn viên",)] * 2001), Kind.XLSX, Why.TOO_LONG, id="very many rows"),
        pytest.param(b"a,b\n" * 2001, Kind.CSV, Why.TOO_LONG, id="a long CSV"),
        pytest.param(b'a,"' + b"x" * 200_000, Kind.CSV, Why.NOT_TEXT, id="one endless cell"),
    ],
)
def test_a_file_that_is_not_a_list_is_refused_in_one_sentence(content: bytes, kind: Kind, why: Why) -> None:
    with pytest.raises(NotAList) as refused:
        read_names(content, kind, YTE)

    assert refused.value.why is why
    assert "\n" not in str(refused.value)


def test_a_sheet_that_claims_to_be_huge_is_read_for_what_it_holds() -> None:
    plain = workbook(("STT", "Họ và tên"), (1, "Đoàn viên 01"))
    with zipfile.ZipFile(io.BytesIO(plain)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    claiming = sheet.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')
    assert claiming != sheet
    content = replaced(plain, "xl/worksheets/sheet1.xml", claiming)

    assert names(read_names(content, Kind.XLSX, YTE)) == ["Đoàn viên 01"]


def replaced(content: bytes, name: str, by: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            new.writestr(part, by if part == name else old.read(part))
    return made.getvalue()


def test_what_openpyxl_does_not_know_about_a_workbook_does_not_matter() -> None:
    bare = b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"></styleSheet>'
    content = replaced(workbook(("STT", "Họ và tên"), (1, "Đoàn viên 01")), "xl/styles.xml", bare)

    with pytest.warns(UserWarning, match="no stylesheet"):
        openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    assert names(read_names(content, Kind.XLSX, YTE)) == ["Đoàn viên 01"]


@settings(deadline=None)
@given(damage=st.dictionaries(st.integers(0, 10**6), st.integers(0, 255), max_size=6))
def test_a_damaged_workbook_is_read_or_refused(damage: dict[int, int]) -> None:
    content = bytearray(workbook(*OFFICIAL))
    for position, byte in damage.items():
        content[position % len(content)] = byte

    try:
        found = read_names(bytes(content), Kind.XLSX, YTE)
    except NotAList:
        return

    assert len(found.people) <= len(OFFICIAL)


@settings(deadline=None)
@given(content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)), kind=st.sampled_from(Kind))
def test_whatever_is_sent_is_read_or_refused(content: bytes, kind: Kind) -> None:
    try:
        found = read_names(content, kind, YTE)
    except NotAList:
        return

    assert all(person.name.strip() and "\n" not in person.name for person in found.people)


@given(
    st.lists(st.sampled_from(["Đoàn viên 01", "1. Đoàn viên 02", "STT\tHọ tên", "", "Tổng cộng: 2", "x"]), max_size=8)
)
def test_no_line_vanishes(lines: list[str]) -> None:
    text = "\n".join(lines)
    if not text.strip():
        return

    found = pasted(text)

    assert len(found.people) + len(found.rejected) == sum(1 for line in lines if line)


def test_every_reason_and_refusal_has_its_sentence() -> None:
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True)
    said: Any = environment.get_template("_base/names.txt").module

    assert set(said.reasons) == set(Reason)
    assert set(said.refusals) - {"nobody", "kind"} == set(Why) == set(sheets._SAID)
