"""The QR code that a Vietnamese banking app scans: account, amount and purpose of a transfer (NAPAS, EMVCo MPM)."""

from __future__ import annotations

import binascii
import io
import re
from typing import Final

import segno

from dondoc.errors import Unreadable

_NAPAS: Final = "A000000727"
_TO_ACCOUNT: Final = "QRIBFTTA"
_DONG: Final = "704"
_LARGEST: Final = 10**13 - 1
"""Field 54 has room for 13 digits."""


def payload(*, bank_bin: str, account: str, amount: int, purpose: str) -> str:
    """The text of the QR code. Raises Unreadable, naming the field that no bank would take."""
    if not re.fullmatch(r"[0-9]{6}", bank_bin):
        raise Unreadable(f"bank BIN {bank_bin!r}: expected 6 digits, such as 970436")
    if not re.fullmatch(r"[0-9A-Za-z]{1,19}", account):
        raise Unreadable(f"bank account {account!r}: expected 1 to 19 digits or letters without spaces")
    if not 0 < amount <= _LARGEST:
        raise Unreadable(f"amount {amount}: expected more than 0 đồng and at most 13 digits")
    if not re.fullmatch(r"[ -~]{1,25}", purpose):
        raise Unreadable(f"purpose {purpose!r}: expected 1 to 25 letters, digits and signs without diacritics")
    beneficiary = _field(0, bank_bin) + _field(1, account)
    fields = (
        (0, "01"),
        (1, "12"),  # made for one payment
        (38, _field(0, _NAPAS) + _field(1, beneficiary) + _field(2, _TO_ACCOUNT)),
        (53, _DONG),
        (54, str(amount)),
        (58, "VN"),
        (62, _field(8, purpose)),
    )
    text = "".join(_field(number, value) for number, value in fields) + "6304"
    # crc_hqx has the polynomial of CRC-16/CCITT; begun with FFFF it is the variant that EMVCo names.
    return text + f"{binascii.crc_hqx(text.encode('ascii'), 0xFFFF):04X}"


def qr_png(text: str, *, scale: int = 8) -> bytes:
    """A picture for letters and pages; the same text gives the same bytes."""
    return _drawn(text, "png", scale)


def qr_svg(text: str, *, scale: int = 8) -> str:
    """The same as an `<svg>` element that can stand in a page."""
    return _drawn(text, "svg", scale).decode("utf-8")


def _drawn(text: str, kind: str, scale: int) -> bytes:
    made = io.BytesIO()
    # A quarter of the code may be covered or badly printed: letters are copied, folded and stamped.
    code = segno.make_qr(text, error="q", boost_error=False)
    extra = {"xmldecl": False, "svgns": True} if kind == "svg" else {}
    code.save(made, kind=kind, scale=scale, border=4, **extra)
    return made.getvalue()


def _field(number: int, value: str) -> str:
    return f"{number:02}{len(value):02}{value}"
