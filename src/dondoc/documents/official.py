"""Formal documents: the words come from a template, the letterhead from one switch, the layout from `layout`.

The Youth Union has its own form; state agencies follow Nghị định 30/2020/NĐ-CP.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar, Final, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dondoc.documents.layout import MARKS, SHIELD, laid_out
from dondoc.domain import wording
from dondoc.errors import Unreadable

_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)


class Form(StrEnum):
    """Whose rules the letterhead follows; the value names its template."""

    YOUTH_UNION = "youth_union"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues a document, where and when. A name too long for one line has its line break."""

    form: Form
    superior: str
    """The body that the issuer belongs to."""
    issuer: str
    place: str
    """The city, as it stands before the date."""
    day: date
    number: str | None = None
    """None leaves room for the registry to write it by hand; without a series either, no number is shown."""
    series: str = ""
    """What stands behind the number, with what joins it: "-CV/ĐTN", "/SYT-VP"."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: `authority` line by line ("TM. BAN THƯỜNG VỤ", "BÍ THƯ"), and the person's name."""

    authority: tuple[str, ...]
    name: str


class Paper(Protocol):
    """A document as data: a frozen dataclass whose fields are what its template may use."""

    kind: ClassVar[str]
    """The template's name."""

    @property
    def letterhead(self) -> Letterhead: ...
    @property
    def title(self) -> str:
        """What file managers show, and what a file may be called."""
        ...


class Press:
    """Makes DOCX files out of papers, from a folder of templates."""

    def __init__(self, template_dir: Path) -> None:
        """Raises Unreadable when the folder is not there."""
        if not template_dir.is_dir():
            raise Unreadable(f"{template_dir}: no such folder of document templates")
        self._environment = Environment(  # noqa: S701 - a document is not HTML; `_shielded` keeps values from being marks
            loader=FileSystemLoader(template_dir),
            undefined=StrictUndefined,
            finalize=_shielded,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.filters.update(_FILTERS)

    def docx(self, paper: Paper) -> bytes:
        """The document. The same paper gives the same bytes."""
        template = self._environment.get_template(f"{paper.kind}.txt")
        text = template.render({"paper": paper, "letterhead": paper.letterhead})
        return laid_out(
            text, title=paper.title, author=" ".join(paper.letterhead.issuer.split()), day=paper.letterhead.day
        )


_FILTERS: Final = {
    write.__name__: write
    for write in (
        wording.dong,
        wording.bang_chu,
        wording.ngay,
        wording.ngay_chu,
        wording.gio,
        wording.danh_sach,
        wording.viet_hoa,
    )
} | {"la_ma": lambda number: roman(number)}


def roman(number: int) -> str:
    """I, II, III …, as units are numbered in a list."""
    signs = ((100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
    written = ""
    for value, sign in signs:
        count, number = divmod(number, value)
        written += sign * count
    return written


def _shielded(value: Any) -> Any:
    """A value on one line, in which nothing is taken for a mark of the layout. None is refused as undefined is."""
    if value is None:
        raise Unreadable("a template shows a value that is not given: ask for it with `if` first")
    line = " ".join(_UNPRINTABLE.sub("", unicodedata.normalize("NFC", str(value))).split())
    return line.translate({ord(mark): SHIELD + n for n, mark in enumerate(MARKS)})
