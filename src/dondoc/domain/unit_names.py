"""Units' names in what a bank or a payer wrote: without diacritics, often without spaces (assumption A8)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Final

from dondoc.domain.ids import UnitId
from dondoc.domain.payment_code import bare

_SHORTEST_RUN: Final = 5
"""Letters from which a name is also found where a bank swallowed the spaces."""


def units_named(text: str, spellings: Mapping[UnitId, Collection[str]]) -> frozenset[UnitId]:
    """The units whose name stands in the text, with or without diacritics, spaces and dashes (A8).

    A name that is only a part of another one that stands there does not count: "Sở Y" in "Sở Y tế".
    """
    words, run = f" {words_of(text)} ", words_of(text).replace(" ", "")
    found: dict[UnitId, str] = {}
    for unit, ways in spellings.items():
        plain = sorted({words_of(way) for way in ways} - {""}, key=len, reverse=True)
        for way in plain:
            squeezed = way.replace(" ", "")
            if f" {way} " in words or (len(squeezed) >= _SHORTEST_RUN and squeezed in run):
                found[unit] = way
                break
    return frozenset(
        unit for unit, way in found.items() if not any(way != other and way in other for other in found.values())
    )


def words_of(text: str) -> str:
    """Capitals and digits, a space between words: what two spellings of a name have in common."""
    return re.sub(r"[^A-Z0-9]+", " ", bare(text)).strip()
