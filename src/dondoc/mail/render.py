"""Turning a letter into its subject, its text and its HTML: three templates, one folder a kind."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from dondoc.domain import wording
from dondoc.errors import Unreadable
from dondoc.mail.letters import Letter

WIDTH: Final = 76

_BULLET = re.compile(r" *(?:[-+*] |\d+\. )?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that no letter needs and that would break lines, or turn the direction of writing."""
_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter as people read it; all three are NFC, and the subject is one line."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Templates:
    subject: Template
    text: Template
    html: Template


class Renderer:
    """Renders letters from a folder of templates, each compiled once."""

    def __init__(self, template_dir: Path) -> None:
        """`template_dir` holds a folder a kind of letter. Raises Unreadable when it is not there."""
        if not template_dir.is_dir():
            raise Unreadable(f"{template_dir}: no such folder of letter templates")
        self._environment = Environment(
            loader=FileSystemLoader(template_dir),
            autoescape=select_autoescape(("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.filters.update(_FILTERS)
        self._templates: dict[str, _Templates] = {}

    def render(self, letter: Letter) -> Rendered:
        context: dict[str, Any] = {name: getattr(letter, name) for name in letter.__dataclass_fields__}
        context["letter"] = letter
        templates = self._templates.get(letter.kind) or self._load(letter.kind)
        subject = _one_line(templates.subject.render(context))
        context["subject"] = subject
        text = wrap(_clean(templates.text.render(context)))
        html = _clean(templates.html.render(context))
        return Rendered(subject, text, html)

    def _load(self, kind: str) -> _Templates:
        parts = (self._environment.get_template(f"{kind}/{name}") for name in ("subject.txt", "body.txt", "body.html"))
        return self._templates.setdefault(kind, _Templates(*parts))


_FILTERS: Final = {
    **{
        write.__name__: write
        for write in (
            wording.dong,
            wording.bang_chu,
            wording.ngay,
            wording.ngay_chu,
            wording.thu,
            wording.han,
            wording.han_gon,
            wording.luc,
            wording.danh_sach,
            wording.viet_hoa,
            wording.rut_gon,
        )
    },
    "y_kien": wording.VERDICTS.__getitem__,
    "hinh_thuc": wording.CHANNELS.__getitem__,
    "quyet_dinh": wording.DECISIONS.__getitem__,
    "khia_canh": wording.ASPECTS.__getitem__,
    "muc_do": wording.SEVERITIES.__getitem__,
}


def wrap(text: str) -> str:
    """Break lines at WIDTH columns, never inside a URL; a list item hangs under its own text."""
    lines = [part for line in text.strip("\n").split("\n") for part in _wrapped(line.rstrip())]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)) + "\n"


def _wrapped(line: str) -> Iterator[str]:
    if len(line) <= WIDTH:
        yield line
        return
    start = _BULLET.match(line)
    lead = start[0] if start else ""
    hanging = " " * len(lead)
    current, is_empty = lead, True
    for word in _words(line[len(lead) :], WIDTH - len(lead)):
        if not is_empty and len(current) + 1 + len(word) > WIDTH:
            yield current
            current, is_empty = hanging, True
        current += word if is_empty else f" {word}"
        is_empty = False
    yield current


def _words(line: str, longest: int) -> Iterator[str]:
    """The words of a line; one that fits on no line is cut, unless it is a URL."""
    for word in line.split():
        if len(word) <= longest or "://" in word or "mailto:" in word:
            yield word
        else:
            yield from (word[i : i + longest] for i in range(0, len(word), longest))


def _one_line(text: str) -> str:
    return _clean(" ".join(text.split()))


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", _CONTROL.sub("", text))
