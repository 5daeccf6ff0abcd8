"""Somebody at a page: what it is about, in what capacity they came, and what they may do there."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from dondoc.domain.authority import Capacity
from dondoc.web.rights import Act, may


@dataclass(frozen=True, slots=True)
class Visit:
    plan_id: str
    subject: str
    """What the page is about: a request's key, an occurrence's, a problem's; `board`, `money`."""
    address: str
    """The mailbox of whoever came: it stands in the record for what they do."""
    capacities: frozenset[Capacity]
    here: str
    """The path of the page, by which its forms come back to it."""
    token: str = ""
    """That of the link that was followed; empty for who signed in."""
    link: int = 0
    """The number of that link."""
    seal: str = ""
    """What every form of a session carries, so that no other site can send one; empty for who followed a link."""

    plans: tuple[str, ...] = ()
    """The ids of all plans in which who signed in has a part."""

    @property
    def is_signed_in(self) -> bool:
        return bool(self.seal)

    def may(self, act: str) -> bool:
        """Whether the table of rights lets them do it; raises ValueError for what is no act."""
        return may(self.capacities, Act(act))

    def sent(self, form: Mapping[str, str]) -> bool:
        """Whether a form comes from a page that we showed in this session; a link is its own proof."""
        return not self.seal or hmac.compare_digest(form.get("seal", "").encode(), self.seal.encode())
