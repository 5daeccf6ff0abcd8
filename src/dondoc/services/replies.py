"""What a unit's reply says to a request other than a consultation, by the kind of request.

A reader records what is clear, and leaves everything else for the head to read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dondoc.mail.reading import Incoming
from dondoc.services.office import Office
from dondoc.store.tables import RequestRow


@dataclass(frozen=True, slots=True)
class Reply:
    """A unit's own words, without what it quotes, and the message that they stand in."""

    text: str
    by: str
    """The address it came from."""
    source: str
    """What makes it one of a kind: recording the same source again records nothing."""
    message: Incoming
    confirm: bool
    """Whether a confirmation may be written: not to who asks for none, nor again within the hour."""


Reader = Callable[[Office, Session, RequestRow, Reply], bool]
"""Records what the reply says; False leaves it to the head."""
