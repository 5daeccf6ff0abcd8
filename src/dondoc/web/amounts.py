"""Amounts as people type them."""

from __future__ import annotations

from dondoc.errors import DondocError

_MOST = 10**12


class NotAnAmount(DondocError):
    """It cannot be read as đồng."""


def dong_in(written: str) -> int:
    """`2.000.000` or `2000000 đồng` as 2000000; empty is 0. Raises NotAnAmount."""
    digits = written.lower().removesuffix("đồng").removesuffix("đ")
    digits = "".join(char for char in digits if char not in "., ")
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(_MOST)) or int(digits) > _MOST:
        raise NotAnAmount(f"{written!r} is not an amount in đồng")
    return int(digits)
