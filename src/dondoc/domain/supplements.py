"""Whether a list that comes by mail takes the place of the one before, or comes on top of it (scenario 29)."""

from __future__ import annotations

import re
from enum import StrEnum

from dondoc.domain.participants import plain_name

_ADDS = re.compile(r"\b(bo sung|them)\b")
_EXCHANGES = re.compile(r"\b(thay|doi|xin rut|rut ten|bo ten|khong tham gia)\b")


class Coming(StrEnum):
    REPLACES = "replaces"
    ADDS = "adds"
    UNCLEAR = "unclear"
    """Who goes and who stays is for a person to read."""


def coming(words: str, count: int, before: int) -> Coming:
    """How a list of `count` people comes when `before` were named already; `words` are those around it.

    A list that is much shorter than the one before would quietly lose people, so it is not guessed about.
    """
    if not before:
        return Coming.REPLACES
    said = plain_name(words)
    if _EXCHANGES.search(said) and count < before:
        return Coming.UNCLEAR
    if _ADDS.search(said):
        return Coming.ADDS
    return Coming.UNCLEAR if count * 2 < before else Coming.REPLACES
