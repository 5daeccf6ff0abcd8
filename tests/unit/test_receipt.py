"""Receipts: what stands on them, in figures and in words, under both letterheads."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import docx
import pytest
from docx.table import Table
from hypothesis import given, settings
from hypothesis import strategies as st

from dondoc.documents.official import Form, Letterhead, Press, Signature
from dondoc.documents.receipt import Item, Receipt, Voided, Way
from dondoc.domain.ids import Dong
from dondoc.domain.wording import bang_chu, dong

PRESS = Press(Path(__file__).resolve().parents[2] / "templates" / "documents")
DAY = date(2024, 6, 3)
UNION = Letterhead(
    Form.YOUTH_UNION,
    "Thành Đoàn TP. Hồ Chí Minh",
    "BCH Đoàn Khối\nDân – Chính – Đảng",
    "TP. Hồ Chí Minh",
    DAY,
)
STATE = replace(UNION, form=Form.STATE, superior="Ủy ban nhân dân\nThành phố Hồ Chí Minh", issuer="Sở Y tế")
RECEIPT = Receipt(
    UNION,
    Signature(("CỤM TRƯỞNG",), "Bùi Hữu Hồng Hải"),
    number="PT-2024-017",
    unit="Đoàn Sở Y tế Thành phố",
    items=(Item("Chiến dịch tình nguyện Kỳ Nghỉ Hồng năm 2024", Dong(7_000_000)),),
    received_on=DAY,
    way=Way.TRANSFER,
    receiver="Đoàn Khối Dân – Chính – Đảng Thành phố",
    account="0071000123456 tại Vietcombank",
    document="FT24155123",
)
TWO = replace(RECEIPT, items=(*RECEIPT.items, Item("Sinh hoạt chuyên đề tháng 8/2024", Dong(1_005_000))))


def read(receipt: Receipt) -> str:
    said: list[str] = []
    for block in docx.Document(io.BytesIO(PRESS.docx(receipt))).iter_inner_content():
        cells = [cell.text for row in block.rows for cell in row.cells] if isinstance(block, Table) else [block.text]
        said += cells
    return unicodedata.normalize("NFC", "\n".join(said))


def test_a_receipt_says_who_paid_what_for_what_and_how() -> None:
    said = read(RECEIPT)

    for line in (
        "PHIẾU THU",
        "Số: PT-2024-017",
        "Đơn vị nộp: Đoàn Sở Y tế Thành phố.",
        "Lý do nộp: đóng góp kinh phí Chiến dịch tình nguyện Kỳ Nghỉ Hồng năm 2024.",
        "Số tiền: 7.000.000 đồng.",
        "Bằng chữ: Bảy triệu đồng.",
        "Hình thức: chuyển khoản vào tài khoản 0071000123456 tại Vietcombank, số chứng từ FT24155123.",
        "Ngày nhận: 03/06/2024.",
        "Bùi Hữu Hồng Hải",
    ):
        assert line in said.replace("\u00a0", " ")
    assert "HỦY" not in said


def test_the_letterhead_is_one_switch() -> None:
    union, state = read(RECEIPT), read(replace(RECEIPT, letterhead=STATE))

    assert "ĐOÀN TNCS HỒ CHÍ MINH" in union
    assert "***" in union
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in state
    assert "***" not in state


def test_one_payment_for_two_activities_shows_both_and_their_sum() -> None:
    said = read(TWO)

    assert "7.000.000 đồng" in said
    assert "1.005.000 đồng" in said
    assert "Số tiền: 8.005.000 đồng." in said
    assert "Tám triệu không trăm linh năm nghìn đồng" in said


@pytest.mark.parametrize(("way", "says"), [(Way.CASH, "tiền mặt"), (Way.INTERNAL, "ghi sổ nội bộ")])
def test_money_that_no_bank_moved_says_so(way: Way, says: str) -> None:
    said = read(replace(RECEIPT, way=way, account=None, document=None))

    assert f"Hình thức: {says}" in said
    assert "tài khoản" not in said


def test_a_void_receipt_says_so_on_its_face() -> None:
    said = read(replace(RECEIPT, voided=Voided(date(2024, 6, 5), "ngân hàng thu hồi giao dịch")))

    assert "PHIẾU NÀY ĐÃ HỦY ngày 05 tháng 6 năm 2024. Lý do: ngân hàng thu hồi giao dịch." in said


@pytest.mark.parametrize("receipt", [RECEIPT, TWO], ids=["one", "two"])
def test_the_same_receipt_gives_the_same_bytes(receipt: Receipt) -> None:
    first = PRESS.docx(receipt)

    assert PRESS.docx(receipt) == first
    with zipfile.ZipFile(io.BytesIO(first)) as package:
        assert {part.date_time[0] for part in package.infolist()} == {1980}


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 10**11), min_size=1, max_size=4))
def test_figures_and_words_are_the_sum_of_the_items(amounts: list[int]) -> None:
    receipt = replace(RECEIPT, items=tuple(Item("Kỳ Nghỉ Hồng", Dong(amount)) for amount in amounts))

    said = read(receipt)

    assert f"Số tiền: {dong(sum(amounts))}." in said
    assert f"Bằng chữ: {bang_chu(sum(amounts))}." in said


@pytest.mark.parametrize("unit", ["# Sở | Y tế", "**Sở** __Y tế__", "{{ 1 + 1 }}", "< Sở\n> Y tế"])
def test_a_name_is_never_taken_for_layout(unit: str) -> None:
    assert f"Đơn vị nộp: {' '.join(unit.split())}." in read(replace(RECEIPT, unit=unit))
