"""What is wrong with data from outside, in one sentence each: the key, what was expected, what was found."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

At = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake: where it is, and what was expected and found there."""

    at: At
    says: str
    line: int | None = None


def findings_of(error: ValidationError, model: type[BaseModel]) -> Iterator[Finding]:
    """What pydantic found wrong with a value of `model`."""
    known, errors = _keys_of(model), error.errors()
    places = [one["loc"] for one in errors]
    for one in errors:
        # pydantic adds that a list is too short once it has dropped the item that it found wrong.
        if one["type"] != "too_short" or not _has_parts(one["loc"], places):
            yield from _in_our_words(one, known)


def _has_parts(place: At, places: list[At]) -> bool:
    return any(len(other) > len(place) and other[: len(place)] == place for other in places)


_PATTERNS = {"@": "an e-mail address", "Q[1-4]": "a quarter such as 2024-Q1", "a-z0-9": "an id such as so-y-te"}


def _in_our_words(error: ErrorDetails, known: set[str]) -> Iterator[Finding]:
    """One pydantic error in our words; a check of the whole names its own places."""
    cause = error.get("ctx", {}).get("error")
    if faults := getattr(cause, "faults", None):
        yield from (Finding(fault.at, fault.says) for fault in faults)
        return
    at, found = tuple(step for step in error["loc"] if step != "[key]"), _shown(error["input"])
    match error["type"]:
        case "missing":
            yield Finding(at, f"expected the key '{at[-1]}', found nothing")
        case "extra_forbidden":
            close = difflib.get_close_matches(str(at[-1]), known, n=1)
            yield Finding(at, "expected no such key" + (f", did you mean '{close[0]}'?" if close else ""))
        case "value_error":
            yield Finding(at, str(cause))
        case "string_pattern_mismatch":
            pattern = str(error["ctx"]["pattern"])
            expected = next((words for sign, words in _PATTERNS.items() if sign in pattern), f"text like {pattern}")
            yield Finding(at, f"expected {expected}, found {found}")
        case _:
            expected = re.sub(r"^\w+ should (be|have|match)\s", "", error["msg"])
            yield Finding(at, f"expected {expected}, found {found}")


def _shown(value: object) -> str:
    if isinstance(value, dict | list):
        return "keys and values" if isinstance(value, dict) else f"a list of {len(value)}"
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return "nothing" if value is None else shown if len(shown) <= 60 else shown[:57] + "…"


def _keys_of(model: type[BaseModel]) -> set[str]:
    """Every key that the model and its parts know, to guess which one was meant."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return {key for part in parts for key in part.get("properties", {})}
