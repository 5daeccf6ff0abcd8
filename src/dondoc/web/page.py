"""What a page is: something that turns a link and a form into a reply. Knows nothing of HTTP's wire."""

from __future__ import annotations

import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar

from starlette.exceptions import HTTPException

from dondoc.domain.states import RequestKind
from dondoc.mail.letters import HeadView
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Whom:
    """To whom one writes when a link opens nothing any more."""

    head: HeadView
    address: str


class Gone(HTTPException):
    """A link that opens nothing any more: `unknown` (404), `expired`, `revoked` or `used` (410)."""

    def __init__(self, reason: str, whom: Whom | None = None) -> None:
        super().__init__(404 if reason == "unknown" else 410)
        self.reason = reason
        self.whom = whom
        """None for whoever never had a link: strangers learn no names."""


@dataclass(frozen=True, slots=True)
class Download:
    """A file that a page hands out; `name` is ASCII."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A template with its context, a file, or another address to look at."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str | None = None
    download: Download | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes


def see(location: str) -> Reply:
    """Look there: after a form was taken, so that reloading does not send it again."""
    return Reply("", location=location)


def words(form: Mapping[str, str], name: str) -> str:
    """What was typed, as it is kept: composed letters, plain line ends, no control characters, no blanks around.

    Browsers send every line break as two characters, and some keyboards every Vietnamese letter as two or three.
    """
    text = unicodedata.normalize("NFC", form.get(name, "").replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")).strip()


FORM = 64 * 1024
"""Bytes of a form without files: a comment of 5.000 characters takes 45 KB at most, once it is encoded."""


class Page(ABC):
    """One page; `show` only looks, `take` records what a form says. Whoever comes to it was let in already."""

    path: ClassVar[str]
    """The first part of its address; its row in the table of rights."""
    purpose: ClassVar[Purpose] = Purpose.ANSWER
    """What the links that lead to it are for."""
    kind: ClassVar[RequestKind | None] = None
    """What the unit is asked that answers there; None: any kind, or the page is not a unit's."""
    takes_files: ClassVar = 0
    """How many files its form may bring."""
    takes_fields: ClassVar = 20
    """How many fields its form may have."""
    largest: ClassVar = FORM
    """Bytes of the largest form that is read."""

    def __init__(self, office: Office) -> None:
        self.office = office

    def reply(
        self,
        method: str,
        visit: Visit,
        query: Mapping[str, str],
        form: Mapping[str, str],
        files: Mapping[str, Upload] = MappingProxyType({}),
    ) -> Reply:
        if method != "POST":
            return self.show(visit, query)
        return self.take_with(visit, form, files) if self.takes_files else self.take(visit, form)

    @abstractmethod
    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply: ...

    def take(self, visit: Visit, form: Mapping[str, str]) -> Reply:
        raise HTTPException(405)

    def take_with(self, visit: Visit, form: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        """As `take`, with the files that were chosen."""
        raise HTTPException(405)
