"""VietQR: byte for byte what others make, and what a scanner reads back."""

from __future__ import annotations

from typing import Any

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from vietnam_qr_pay import QRPay  # type: ignore[import-untyped]  # it ships no types

from dondoc.bank.vietqr import payload, qr_png, qr_svg
from dondoc.errors import Unreadable
from tests.pictures import pixels

SEED = {"bank_bin": "970436", "account": "0071000123456", "amount": 7_000_000, "purpose": "HCSN24KNHSYT7F3K"}
VECTOR = (
    "00020101021238570010A00000072701270006970436011300710001234560208QRIBFTTA"
    "5303704540770000005802VN62200816HCSN24KNHSYT7F3K63044EE8"
)

transfers = st.fixed_dictionaries(
    {
        "bank_bin": st.from_regex(r"[0-9]{6}", fullmatch=True),
        "account": st.from_regex(r"[0-9A-Z]{1,19}", fullmatch=True),
        "amount": st.integers(1, 10**13 - 1),
        "purpose": st.from_regex(r"[A-Z0-9]([A-Z0-9 ]{0,23}[A-Z0-9])?", fullmatch=True),
    }
)


def test_the_payload_is_the_one_that_napas_gives() -> None:
    assert payload(**SEED) == VECTOR  # type: ignore[arg-type]


@given(transfers)
def test_an_independent_library_makes_the_same_payload(transfer: dict[str, Any]) -> None:
    theirs = QRPay.init_viet_qr(
        bank_bin=transfer["bank_bin"],
        bank_number=transfer["account"],
        amount=str(transfer["amount"]),
        purpose=transfer["purpose"],
    )

    assert payload(**transfer) == theirs.build()


@settings(max_examples=15, deadline=None)
@given(transfers)
def test_a_scanner_reads_from_the_picture_what_was_meant(transfer: dict[str, Any]) -> None:
    text = payload(**transfer)

    (read,) = zxingcpp.read_barcodes(pixels(qr_png(text)))

    assert read.text == text


def test_the_same_text_gives_the_same_picture() -> None:
    assert qr_png(VECTOR) == qr_png(VECTOR)
    assert qr_svg(VECTOR) == qr_svg(VECTOR)
    assert qr_svg(VECTOR).startswith("<svg")


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("bank_bin", "97043", "6 digits"),
        ("bank_bin", "９７０４３６", "6 digits"),
        ("account", "", "1 to 19"),
        ("account", "0071 000", "1 to 19"),
        ("account", "1" * 20, "1 to 19"),
        ("amount", 0, "more than 0"),
        ("amount", -7_000_000, "more than 0"),
        ("amount", 10**13, "13 digits"),
        ("purpose", "", "1 to 25"),
        ("purpose", "A" * 26, "1 to 25"),
        ("purpose", "kỳ nghỉ hồng", "diacritics"),
        ("purpose", "A\nB", "1 to 25"),
    ],
)
def test_what_no_bank_would_take_is_refused_by_name(field: str, value: object, says: str) -> None:
    with pytest.raises(Unreadable, match=says):
        payload(**(SEED | {field: value}))  # type: ignore[arg-type]
