"""What a page is: something that turns a link and a form into a reply. Knows nothing of HTTP's wire."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from starlette.exceptions import HTTPException

from dondoc.services.links import Purpose, Unusable
from dondoc.services.office import Office
from dondoc.store.tables import LinkRow


class Gone(HTTPException):
    """A link that opens nothing any more: `unknown` (404), `expired` or `revoked` (410)."""

    def __init__(self, reason: str) -> None:
        super().__init__(404 if reason == "unknown" else 410)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Reply:
    """A template with its context, or another address to look at."""

    template: str
    context: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    location: str | None = None


def see(location: str) -> Reply:
    """Look there: after a form was taken, so that reloading does not send it again."""
    return Reply("", location=location)


class Page(ABC):
    """One page; `show` only looks, `take` records what a form says."""

    takes_posts: ClassVar = True

    def __init__(self, office: Office) -> None:
        self.office = office

    def reply(self, method: str, token: str, query: Mapping[str, str], form: Mapping[str, str]) -> Reply:
        return self.take(token, form) if method == "POST" else self.show(token, query)

    @abstractmethod
    def show(self, token: str, query: Mapping[str, str]) -> Reply: ...

    def take(self, token: str, form: Mapping[str, str]) -> Reply:
        raise HTTPException(405)

    def link(self, token: str, purpose: Purpose) -> LinkRow:
        """The link behind a token. Raises Gone, saying why, when it opens nothing."""
        with self.office.sessions.reading() as session:
            link = self.office.links.read(session, token, purpose, self.office.clock.now())
        if isinstance(link, Unusable):
            raise Gone(link.reason)
        return link
