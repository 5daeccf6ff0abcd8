"""The code by which a transfer says what it pays (Plan 2024, III.1 "đầu mối tiếp nhận kinh phí").

    HCSN 24 KNH SYT 7F3 K      cluster, year, activity, unit, number, check: always 16 characters

It survives what banks do to a remark: capitals or not, with or without diacritics, broken anywhere. There is no
I, L, O or U in it (Crockford's alphabet), so that whoever writes O for 0 is understood all the same.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final, NewType

from dondoc.errors import Unreadable

PaymentCode = NewType("PaymentCode", str)

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS: Final = ALPHABET[10:]
_CLUSTER, _ACTIVITY, _UNIT = 4, 3, 3
LARGEST_NUMBER: Final = 10 * len(_LETTERS) * 10 - 1

_MEANT: Final = str.maketrans("OIL", "011")
_CODE: Final = re.compile(rf"(?=([{_LETTERS}]{{4}}\d\d[{_LETTERS}]{{6}}\d[{_LETTERS}]\d[{ALPHABET}]))")
"""A digit, a letter and a digit behind twelve characters of this shape: no Vietnamese sentence runs like that."""

_POLYNOMIAL: Final = 0b100101
_MULTIPLIER: Final = 20
"""Any element of GF(32) but 0 and 1 has the order 31; this one makes the code in the requirements a valid one."""


def make(cluster: str, year: int, activity: str, unit: str, number: int) -> PaymentCode:
    """The code of a due. The words are for the eye; `number` alone makes it unique within a cluster's year.

    `cluster`, `activity` and `unit` are names or slugs, of which the initials are taken.
    Raises Unreadable when `number` is not one of 0 … LARGEST_NUMBER.
    """
    if not 0 <= number <= LARGEST_NUMBER:
        raise Unreadable(f"no payment code has the number {number}: only 0 to {LARGEST_NUMBER} fit")
    hundreds, ones = divmod(number, 10)
    tens, letter = divmod(hundreds, len(_LETTERS))
    words = f"{initials(cluster, _CLUSTER)}{year % 100:02}{initials(activity, _ACTIVITY)}{initials(unit, _UNIT)}"
    body = f"{words}{tens}{_LETTERS[letter]}{ones}"
    return PaymentCode(body + _check_of(body))


def find_codes(remark: str) -> tuple[PaymentCode, ...]:
    """Every valid code anywhere in a bank's remark, each once, in order; whether it was ever issued is not known."""
    text = re.sub(r"[^A-Z0-9]", "", bare(remark)).translate(_MEANT)
    found: list[PaymentCode] = []
    end = 0
    for match in _CODE.finditer(text):
        code = match[1]
        if match.start() >= end and _check_of(code[:-1]) == code[-1]:
            found.append(PaymentCode(code))
            end = match.start() + len(code)
    return tuple(dict.fromkeys(found))


def initials(name: str, size: int) -> str:
    """`size` letters that remind of the name: initials, filled up from the last word (so-gtvt: SGT; seminar: SEM)."""
    words = [word for part in re.split(r"[^A-Z]+", bare(name)) if (word := re.sub(r"[ILOU]", "", part))]
    first = "".join(word[0] for word in words)
    rest = words[-1][1:] if words else ""
    return (first + rest + "Z" * size)[:size]


def bare(text: str) -> str:
    """Capitals without diacritics."""
    decomposed = unicodedata.normalize("NFKD", text.upper().replace("Đ", "D"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _check_of(body: str) -> str:
    """The last character: Σ cᵢ·mⁿ⁻ⁱ over GF(32), which no wrong character and no swapped neighbours leave as it is."""
    total = 0
    for char in body:
        total = _times(total) ^ ALPHABET.index(char)
    return ALPHABET[_times(total)]


def _times(value: int) -> int:
    """`value` times the multiplier in GF(32)."""
    product, factor = 0, _MULTIPLIER
    while factor:
        if factor & 1:
            product ^= value
        value <<= 1
        if value & 0b100000:
            value ^= _POLYNOMIAL
        factor >>= 1
    return product
