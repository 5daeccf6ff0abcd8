"""Names in what people write: in the text of a letter, or in a file that came with it (II.1–II.3).

A letter has words around its list, and a signature below it; a name in there must not become somebody who takes part.
"""

from __future__ import annotations

import re
from typing import Final

from dondoc.documents.names import Kind, Names, Reason, Rejected, read_names
from dondoc.documents.sheets import MAX_CELL
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person

LISTS: Final = ("xlsx", "xlsm", "xls", "csv", "txt")
"""Endings of files in which a list can stand."""

_MARKED = re.compile(r"\s*(?:[(\[]?\d{1,3}\s*[.)\]:/-]|\d{1,3}\t|[-+*•●▪–])\s*\S")
_SIGN_OFF = re.compile(
    r"\s*(?:trân trọng|kính thư|thân ái|thân mến|kính chào|xin (?:chân thành )?cảm ơn|em cảm ơn|cảm ơn|--|__)",
    re.IGNORECASE,
)
_BELOW_SIGN_OFF = 8
"""Lines that a signature takes at most."""
_LAST = 40
"""Lines at the end of a letter among which one looks for it."""


def ending_of(name: str) -> str:
    return name.rpartition(".")[2].lower()


def names_in_file(name: str, content: bytes, unit: UnitId) -> Names:
    """The people in a file, whatever its name says it is. Raises NotAList."""
    is_text = ending_of(name) in ("csv", "txt") and not content.startswith((b"PK", b"\xd0\xcf\x11\xe0"))
    return read_names(content, Kind.CSV if is_text else Kind.XLSX, unit)


def names_in_letter(text: str, unit: UnitId) -> Names:
    """The people whom a letter's own words name. Raises NotAList for an empty or an endless one.

    Where its lines have no numbers, only what is written like a name is one: "Đồng ý" is not.
    """
    lines = text.splitlines()
    kept = lines[: _end_of_list(lines)]
    found = read_names("\n".join(kept).encode("utf-8", "replace"), Kind.TEXT, unit)
    below = [
        Rejected(n, line.strip()[:MAX_CELL], Reason.AROUND)
        for n, line in enumerate(lines[len(kept) :], start=len(kept) + 1)
        if line.strip()
    ]
    if any(_MARKED.match(line) for line in kept) or "\t" in text:
        return Names(found.people, (*found.rejected, *below))
    people = tuple(person for person in found.people if _is_written_as_a_name(person))
    others = [
        Rejected(_line_of(kept, person), person.name, Reason.AROUND) for person in found.people if person not in people
    ]
    return Names(people, (*found.rejected, *others, *below))


def _end_of_list(lines: list[str]) -> int:
    """Where the signature begins; the number of lines when there is none."""
    for n, line in enumerate(lines[-_LAST:], start=max(0, len(lines) - _LAST)):
        rest = [below for below in lines[n:] if below.strip()]
        if _SIGN_OFF.match(line) and len(rest) <= _BELOW_SIGN_OFF and not any(_MARKED.match(each) for each in rest[1:]):
            return n
    return len(lines)


def _is_written_as_a_name(person: Person) -> bool:
    return all(word[0].isupper() for word in person.name.split())


def _line_of(lines: list[str], person: Person) -> int:
    return next((n for n, line in enumerate(lines, start=1) if person.name in line), 1)
