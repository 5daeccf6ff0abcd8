"""What the letter says that lets somebody in who asked for it: the head, the treasurer, an observer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dondoc.mail.letters import Letter, PersonView


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn(Letter):
    """Brings a one-time link to whoever asked to sign in."""

    kind = "sign_in"

    person: PersonView
    sign_in_url: str
    valid_until: datetime
    ask_again_url: str
    """Where another link is asked for once this one has ended."""
