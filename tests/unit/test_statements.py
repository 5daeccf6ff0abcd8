"""Statements as banks write them, and files that are none."""

from __future__ import annotations

import csv
import io
import unicodedata
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.bank import grids
from dondoc.bank.cells import money
from dondoc.bank.layouts import read_banks
from dondoc.bank.lines import Line, NotAStatement, Reason, Statement, Why
from dondoc.bank.statements import read_statement, read_statement_file
from dondoc.domain.ids import Dong
from dondoc.domain.payment_code import find_codes
from dondoc.errors import Unreadable
from tests.work import calls_in

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "tests" / "statements"
BANKS = read_banks(ROOT / "config")
VCB = BANKS.layout_of("970436")
ACCOUNT = "0071000123456"
HEADER = ("Ngày GD", "Số CT", "Ghi nợ", "Ghi có", "Số dư", "Nội dung")


def sample(name: str, bank_bin: str = "970436") -> Statement:
    return read_statement_file(SAMPLES / name, BANKS.layout_of(bank_bin), ACCOUNT)


def csv_of(*rows: Sequence[Any], delimiter: str = ";", encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def xlsx_of(*rows: Sequence[Any], sheets: int = 1) -> bytes:
    book = openpyxl.Workbook()
    for _ in range(sheets - 1):
        book.create_sheet(index=0)
    sheet = book.worksheets[-1]
    for row in rows:
        sheet.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def row(day: Any = "03/06/2024", document: Any = "1", debit: Any = "", credit: Any = "7.000.000", balance: Any = "",
        remark: Any = "nộp kinh phí") -> tuple[Any, ...]:  # fmt: skip
    return (day, document, debit, credit, balance, remark)


def read(*rows: Sequence[Any]) -> Statement:
    return read_statement(csv_of(HEADER, *rows), VCB)


def test_a_statement_of_vietcombank_is_read_with_its_rejected_rows() -> None:
    found = sample("vietcombank.csv")

    assert (found.account, found.period) == (ACCOUNT, (date(2024, 6, 3), date(2024, 6, 7)))
    assert [(line.line_number, line.booked_on.day, line.credit, line.debit) for line in found.rows] == [
        (9, 3, 7_000_000, 0),
        (11, 3, 7_000_000, 0),
        (12, 4, 0, 1_250_000),
        (13, 4, 1_000_000, 0),
        (14, 4, 1_000_000, 0),
    ]
    assert [(row.line_number, row.reason) for row in found.rejected] == [
        (15, Reason.NO_SUCH_DAY),
        (16, Reason.SIGN),
        (17, Reason.DECIMALS),
    ]
    assert "31/06/2024 | 5260.00001" in found.rejected[0].raw
    assert found.rows[0].document == "5243.65937"
    assert found.rows[1].remark == "Đoàn Sở Giao thông Vận tải nộp kinh phí; Kỳ Nghỉ Hồng"
    assert found.breaks == ()


def test_a_remark_that_the_bank_wrapped_into_the_next_row_is_one() -> None:
    assert find_codes(sample("vietcombank.csv").rows[0].remark) == ("HCSN24KNHSYT7F3K",)


def test_windows_1258_with_tabs_and_the_newest_row_first() -> None:
    found = sample("techcombank-1258.csv", "970407")

    assert [(line.booked_on, line.credit, line.remark, line.payer) for line in found.rows] == [
        (date(2024, 6, 4), 7_000_000, "Đoàn Sở Y tế nộp", "DOAN SO Y TE"),
        (date(2024, 6, 3), 1_500_000, "Nộp kinh phí", "DOAN KHOI BO TNMT"),
    ]
    assert found.breaks == ()
    assert found.period == (date(2024, 6, 3), date(2024, 6, 4))


def test_mt940_is_read() -> None:
    found = sample("statement.sta")

    assert [(line.booked_on.day, line.credit, line.debit, line.document) for line in found.rows] == [
        (3, 7_000_000, 0, "FT24155123"),
        (4, 0, 7_000_000, "FT24156124"),
    ]
    assert find_codes(found.rows[0].remark) == ("HCSN24KNHSYT7F3K",)
    assert [row.reason for row in found.rejected] == [Reason.DECIMALS]
    assert (found.account, found.period) == (ACCOUNT, (date(2024, 6, 3), date(2024, 6, 4)))


def test_ofx_is_read() -> None:
    found = sample("statement.ofx")

    assert [(line.booked_on.day, line.credit, line.debit, line.remark) for line in found.rows] == [
        (3, 7_000_000, 0, "HCSN24KNHSYT7F3K Đoàn Sở Y tế DOAN SO Y TE"),
        (3, 0, 1_250_000, "CHI TIEN THUE XE"),
    ]
    assert found.account == ACCOUNT


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("Ngày giao dịch\nTransaction Date", "Số bút toán", "Phát sinh nợ", "Nội dung"), id="no credit"),
        pytest.param(("Ngày", "Số tiền", "Nợ/Có", "Số dư", "Nội dung"), id="one amount with a mark"),
        pytest.param(("Fecha", "Importe", "Concepto"), id="another language"),
    ],
)  # fmt: skip
def test_another_shape_is_refused_and_says_what_was_looked_for(header: Sequence[str]) -> None:
    with pytest.raises(NotAStatement, match=r"Vietcombank .*Ghi có.*Nội dung") as refusal:
        read_statement(csv_of(header, row()), VCB)

    assert refusal.value.why is Why.NO_HEADER


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(HEADER, id="as in the requirements"),
        pytest.param(("NGÀY GD", "SỐ CT", "GHI NỢ", "GHI CÓ", "SỐ DƯ", "NỘI DUNG"), id="capitals"),
        pytest.param(("Date", "Doc No.", "Debit", "Credit", "Balance", "Description"), id="English"),
        pytest.param(("Ngày giao dịch\nTransaction Date", "Số bút toán\nTransaction No", "Phát sinh nợ\nDebit",
                      "Phát sinh có\nCredit", "Số dư\nBalance", "Nội dung\nDetails"), id="two lines"),
        pytest.param(("Ngày GD/ TNX Date", "Số CT/ Doc No", "Số tiền ghi nợ/ Debit", "Số tiền ghi có/ Credit",
                      "Số dư/ Balance", "Nội dung chi tiết/ Transactions in detail"), id="both languages"),
        pytest.param(("Ngay GD", "So CT", "Ghi no (VND)", "Ghi co (VND)", "So du", "Noi dung"), id="no diacritics"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("write", [csv_of, xlsx_of])
def test_headings_are_known_in_many_spellings(header: Sequence[str], write: Any) -> None:
    found = read_statement(write(("SAO KÊ",), (), header, row(debit=0, balance="9.000.000")), VCB)

    (line,) = found.rows
    assert replace(line, line_number=0) == Line(
        0, date(2024, 6, 3), Dong(7_000_000), Dong(0), "nộp kinh phí", "1", 9_000_000
    )


def test_a_document_number_under_the_day_is_read() -> None:
    header = ("Ngày1/\nTNX Date/ Số CT/ Doc No", "Ngày hiệu lực2/\nEffective date", "Ghi nợ", "Ghi có", "Nội dung")

    found = read_statement(csv_of(header, ("03/06/2024\n5243.65937", "04/06/2024", "", "7,000,000", "nộp")), VCB)

    assert (found.rows[0].booked_on, found.rows[0].document) == (date(2024, 6, 3), "5243.65937")


def test_a_header_that_comes_again_on_each_page_is_no_row() -> None:
    found = read(row(document="1"), HEADER, row(document="2"))

    assert ([line.document for line in found.rows], found.rejected) == (["1", "2"], ())


def test_the_statement_may_stand_on_a_later_sheet() -> None:
    assert len(read_statement(xlsx_of(HEADER, row(), sheets=3), VCB).rows) == 1


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("7.000.000", 7_000_000),
        ("7,000,000", 7_000_000),
        ("7 000 000", 7_000_000),
        ("7\u00a0000\u00a0000 VND", 7_000_000),
        ("7000000đ", 7_000_000),
        (7_000_000, 7_000_000),
        (7_000_000.0, 7_000_000),
        ("0", 0),
        ("", None),
        ("-", None),
        ("-7.000.000", Reason.SIGN),
        ("+7.000.000", Reason.SIGN),
        ("7.000.000-", Reason.SIGN),
        ("(7.000.000)", Reason.SIGN),
        (-7_000_000, Reason.SIGN),
        ("7.000.000,00", Reason.DECIMALS),
        ("7,000.000", Reason.DECIMALS),
        ("7000.5", Reason.DECIMALS),
        ("7.0000", Reason.DECIMALS),
        ("70.00.000", Reason.DECIMALS),
        (7_000_000.5, Reason.DECIMALS),
        ("7 triệu", Reason.NOT_AN_AMOUNT),
        ("=7000000", Reason.NOT_AN_AMOUNT),
        (True, Reason.NOT_AN_AMOUNT),
        (date(2024, 6, 3), Reason.NOT_AN_AMOUNT),
        (float("1e300"), Reason.NOT_AN_AMOUNT),
        ("9" * 5_000, Reason.NOT_AN_AMOUNT),
        ("٧٠٠٠", Reason.NOT_AN_AMOUNT),
    ],
)
def test_an_amount_is_whole_or_it_is_none(written: Any, expected: Any) -> None:
    assert money(written) == expected


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(day="31/06/2024"), Reason.NO_SUCH_DAY),
        (row(day="06/31/2024"), Reason.NO_SUCH_DAY),
        (row(day="29/02/2023"), Reason.NO_SUCH_DAY),
        (row(day="03/06/0024"), Reason.NO_SUCH_DAY),
        (row(day="03/06/24"), Reason.BAD_DATE),
        (row(day="hôm nay"), Reason.BAD_DATE),
        (row(day="03/06/2024 thứ Hai"), Reason.BAD_DATE),
        (row(day=""), Reason.NO_DATE),
        (row(credit="", debit=""), Reason.NO_AMOUNT),
        (row(credit="5", debit="5"), Reason.TWO_AMOUNTS),
        (row(credit="7.000.000,5"), Reason.DECIMALS),
        (row(debit="abc"), Reason.NOT_AN_AMOUNT),
    ],
)
def test_a_bad_row_is_told_with_its_line_and_leaves_the_others(bad: tuple[Any, ...], reason: Reason) -> None:
    found = read(row(document="1"), bad, row(document="3"))

    assert [line.document for line in found.rows] == ["1", "3"]
    assert [(row.line_number, row.reason) for row in found.rejected] == [(3, reason)]


@pytest.mark.parametrize("place", range(5))
def test_a_formula_is_not_the_banks_word(place: int) -> None:
    cells = list(row(balance="9.000.000"))
    cells[place] = "=1000*7000"
    found = read_statement(xlsx_of(HEADER, cells), VCB)

    is_document = place == 1
    assert len(found.rows) == is_document
    assert [row.reason for row in found.rejected] == [Reason.FORMULA] * (not is_document)


@pytest.mark.parametrize(
    "day", ["03/06/2024", "3/6/2024", "03-06-2024", "03.06.2024", "2024-06-03", "03/06/2024 10:33:12"]
)
def test_the_day_comes_first(day: str) -> None:
    assert read(row(day=day)).rows[0].booked_on == date(2024, 6, 3)


def test_the_same_statement_again_and_one_that_overlaps_bring_nothing_new() -> None:
    monday, tuesday = (
        [row(document=str(n)) for n in range(3)],
        [row(day="04/06/2024", document=str(n)) for n in range(3)],
    )
    first = {line.fingerprint for line in read(*monday).rows}

    again = {line.fingerprint for line in read_statement(xlsx_of(HEADER, *monday), VCB).rows}
    longer = {line.fingerprint for line in read(*tuesday, *monday).rows}

    assert again == first
    assert len(longer) == 6
    assert first < longer


def test_two_equal_transfers_on_one_day_stay_two() -> None:
    with_numbers = read(row(document="1"), row(document="2"))
    without = read(row(document=""), row(document=""))

    assert (
        len({line.fingerprint for line in with_numbers.rows}) == len({line.fingerprint for line in without.rows}) == 2
    )
    assert {line.fingerprint for line in read(row(document="")).rows} < {line.fingerprint for line in without.rows}


def test_formats_differ_in_spaces_and_case_and_the_line_is_still_the_same() -> None:
    one, other = read(row(remark="CT  den HCSN24 KNH")), read(row(remark="ct đến HCSN24KNH"))

    assert one.rows[0].fingerprint == other.rows[0].fingerprint


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_balance_that_does_not_follow_is_told(newest_first: bool) -> None:
    rows = [row(document=str(n), balance=f"{n}.000.000", credit="1.000.000") for n in range(1, 7)]
    whole, cut = list(rows), rows[:2] + rows[3:]
    if newest_first:
        whole.reverse()
        cut.reverse()

    assert read(*whole).breaks == ()
    assert len(read(*cut).breaks) == 1


def test_a_rejected_row_between_two_lines_is_no_break_of_its_own() -> None:
    assert read(row(balance="7.000.000"), row(credit="x"), row(balance="99.000.000")).breaks == ()


def test_a_statement_of_another_account_is_refused() -> None:
    content = csv_of(("Số tài khoản: 0071000999999",), HEADER, row())

    with pytest.raises(NotAStatement, match="0071000999999") as refusal:
        read_statement(content, VCB, ACCOUNT)

    assert refusal.value.why is Why.OTHER_ACCOUNT


@pytest.mark.parametrize("told", [("Số tài khoản", 71000123456), ("Account No: 0071 000 123 456 - VND",), ("TK:", "x")])
def test_the_account_is_known_however_it_is_written(told: tuple[Any, ...]) -> None:
    found = read_statement(xlsx_of(told, HEADER, row()), VCB, ACCOUNT)

    assert found.account in (None, ACCOUNT, "71000123456")
    assert (found.account is None) == (told[0] == "TK:")


def package(packing: int = zipfile.ZIP_DEFLATED, /, **parts: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", packing) as made:
        for name, part in ({"[Content_Types].xml": b"<x/>", "xl/workbook.xml": b"<x/>"} | parts).items():
            made.writestr(name, part)
    return content.getvalue()


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(b"", Why.EMPTY, id="nothing"),
        pytest.param(b"\xef\xbb\xbf\r\n \r\n", Why.NO_HEADER, id="only spaces"),
        pytest.param(xlsx_of(), Why.NO_HEADER, id="an empty workbook"),
        pytest.param(xlsx_of(HEADER, row())[:-300], Why.BROKEN, id="a truncated workbook"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(500), Why.NOT_A_STATEMENT, id="a picture named .xlsx"),
        pytest.param(b"%PDF-1.7\n\x00\x01", Why.NOT_A_STATEMENT, id="a PDF"),
        pytest.param(b"\xd0\xcf\x11\xe0" + bytes(500), Why.OLD_XLS, id="the old format"),
        pytest.param(package(bomb=bytes(200_000_000)), Why.TOO_LARGE, id="a zip bomb"),
        pytest.param(package(**{str(n): b"" for n in range(600)}), Why.TOO_LARGE, id="very many parts"),
        pytest.param(package(), Why.BROKEN, id="parts with nothing in them"),
        pytest.param(package(zipfile.ZIP_LZMA), Why.NOT_A_STATEMENT, id="packed as no office program does"),
        pytest.param(package(**{"xl/sharedStrings.xml": ENTITIES}), Why.NOT_A_STATEMENT, id="entities"),
        pytest.param(bytes(200_000_000), Why.TOO_LARGE, id="200 MB"),
        pytest.param(csv_of(HEADER, *[row()] * 50_001), Why.TOO_LONG, id="very many rows"),
        pytest.param(csv_of(HEADER, row()) + b'03/06/2024;1;;7;;"open', Why.BROKEN, id="a quotation mark left open"),
        pytest.param(b"<html><table><tr><td>Ng\xc3\xa0y</td></tr></table></html>", Why.NO_HEADER, id="a web page"),
        pytest.param(b":20:x\n:60F:C2406\n:61:garbage\n", Why.BROKEN, id="MT940 with nonsense"),
        pytest.param(b":20:x\n:60F:C240603USD1,\n:61:240603C1,NTRF\n", Why.OTHER_CURRENCY, id="MT940 in dollars"),
        pytest.param(b"OFXHEADER:100\n<OFX>", Why.BROKEN, id="OFX cut off"),
        pytest.param(b"OFXHEADER:100\nDATA:OFXSGML\n" + ENTITIES, Why.BROKEN, id="OFX with entities"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_sentence(content: bytes, why: Why) -> None:
    with pytest.raises(NotAStatement) as refusal:
        read_statement(content, VCB)

    assert refusal.value.why is why
    assert "\n" not in str(refusal.value)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(200_000_000)

    with pytest.raises(NotAStatement, match=r"large\.csv.* 20 MB"):
        read_statement_file(path, VCB)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"none\.csv"):
        read_statement_file(tmp_path / "none.csv", VCB)


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=400) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "ignore")))
def test_no_bytes_bring_anything_but_a_statement_or_a_refusal(content: bytes) -> None:
    try:
        read_statement(csv_of(HEADER) + content, VCB)
        read_statement(content, VCB)
    except NotAStatement:
        pass


def test_the_banks_that_the_office_may_have_are_there() -> None:
    names = {bank.name for bank in BANKS.banks}

    assert {"Vietcombank", "BIDV", "VietinBank", "Agribank", "MB", "Techcombank"} <= names
    assert BANKS.layout_of("999999").headings == BANKS.usual
    assert 1_650 in BANKS.fees


WORDS = ("Đoàn", "Sở", "Y", "tế", "nộp", "kinh", "phí,", "Nghỉ", "Hồng;", "HCSN24", '"năm"', "2024", "x'y", "=1+1")
words = st.sampled_from(WORDS)
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    amount, is_credit = draw(st.integers(1, 10**12)), draw(st.booleans())
    return Line(
        line_number=0,
        booked_on=draw(days),
        credit=Dong(amount * is_credit),
        debit=Dong(amount * (not is_credit)),
        remark=" ".join(draw(st.lists(words, max_size=6))),
        document=draw(st.none() | st.from_regex(r"[A-Z]{2}[0-9]{6}", fullmatch=True)),
        balance=draw(st.none() | st.integers(0, 10**13)),
    )


def cp1258(text: str) -> bytes:
    """As an older Vietnamese Excel writes: tones are letters of their own."""
    coded = b""
    for char in text:
        decomposed = unicodedata.normalize("NFD", char)
        base, marks = decomposed[0], decomposed[1:]
        shape = unicodedata.normalize("NFC", base + "".join(m for m in marks if m in "\u0302\u0306\u031b"))
        coded += (shape + "".join(m for m in marks if m not in "\u0302\u0306\u031b")).encode("cp1258")
    return coded


def written(line: Line, thousands: str) -> tuple[str, ...]:
    def amount(value: int | None) -> str:
        return f"{value:,}".replace(",", thousands) if value is not None else ""

    return (
        f"{line.booked_on:%d/%m/%Y}",
        line.document or "",
        amount(line.debit or None),
        amount(line.credit or None),
        amount(line.balance),
        line.remark,
    )


@settings(deadline=None)
@given(
    st.lists(lines(), max_size=8),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from([".", ",", ""]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1258"]),
)
def test_rows_written_as_csv_are_read_as_they_were(
    given_lines: list[Line], delimiter: str, thousands: str, encoding: str
) -> None:
    rows = [written(line, thousands) for line in given_lines]
    content = csv_of(("SAO KÊ",), HEADER, *rows, delimiter=delimiter, encoding="utf-8")
    coded = cp1258(content.decode()) if encoding == "cp1258" else content.decode().encode(encoding)

    assert_same(read_statement(coded, VCB), given_lines)


@settings(deadline=None, max_examples=40)
@given(st.lists(lines(), max_size=8))
def test_rows_written_as_xlsx_are_read_as_they_were(given_lines: list[Line]) -> None:
    rows = [
        (line.booked_on, line.document, line.debit or None, line.credit or None, line.balance, f"nộp {line.remark}")
        for line in given_lines
    ]

    assert_same(
        read_statement(xlsx_of(("SAO KÊ",), HEADER, *rows), VCB),
        [replace(line, remark=f"nộp {line.remark}".strip()) for line in given_lines],
    )


def assert_same(found: Statement, expected: list[Line]) -> None:
    assert found.rejected == ()
    assert [replace(line, line_number=0, repeat=1) for line in found.rows] == expected
    assert [line.line_number for line in found.rows] == list(range(3, 3 + len(expected)))
    assert len({line.fingerprint for line in found.rows}) == len(expected)


def test_a_large_statement_is_read_whole_and_twice_the_lines_are_twice_the_work() -> None:
    content = csv_of(HEADER, *[row(document=str(n), balance=f"{n}") for n in range(20_000)])
    assert len(content) < grids.MAX_BYTES

    found = read_statement(content, VCB)

    assert len(found.rows) == 20_000
    assert len({line.fingerprint for line in found.rows}) == 20_000
    few, many = (
        calls_in(partial(read_statement, csv_of(HEADER, *[row(document=str(n)) for n in range(lines)]), VCB))
        for lines in (1_000, 2_000)
    )
    assert many < 2.2 * few
