"""Addresses that say what they are about: `traloi+12.k3v9x2ab@…` takes the answer to request 12.

The mark behind the number is a truncated HMAC-SHA256, so that nobody can answer for another request by counting,
and 40 bits are plenty against guessing by mail. It is lower-case base32, because mail programs change case.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode
from dataclasses import dataclass, field
from typing import ClassVar, Self

from dondoc.errors import Unreadable

_LOCAL = re.compile(r"[a-z0-9][a-z0-9._-]{0,29}")
_DOMAIN = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A mailbox that takes `local+NUMBER.MARK@domain`. The first secret signs, all of them verify."""

    purpose: ClassVar[str]

    local: str
    domain: str
    secrets: tuple[str, ...] = field(repr=False)

    def __post_init__(self) -> None:
        if not _LOCAL.fullmatch(self.local) or not _DOMAIN.fullmatch(self.domain):
            raise Unreadable(f"{self.plain}: not a lower-case mailbox that numbers can be added to")
        if not self.secrets or not all(self.secrets):
            raise Unreadable(f"{self.plain}: a secret is needed to sign its addresses")

    @classmethod
    def at(cls, mailbox: str, secrets: tuple[str, ...]) -> Self:
        """Addresses made from the mailbox `local@domain`."""
        local, _, domain = mailbox.lower().rpartition("@")
        return cls(local, domain, secrets)

    @property
    def plain(self) -> str:
        """The mailbox itself."""
        return f"{self.local}@{self.domain}"

    def number_in(self, address: str) -> int | None:
        """The number that `address` was made for; None when it is another address, or not one of ours."""
        pattern = rf"{re.escape(self.local)}\+([1-9][0-9]{{0,18}})\.([a-z2-7]{{8}})@{re.escape(self.domain)}"
        found = re.fullmatch(pattern, address.lower()) if address.isascii() else None
        if found is None:
            return None
        number, mark = int(found[1]), found[2]
        return number if any(hmac.compare_digest(mark, self._mark(number, one)) for one in self.secrets) else None

    def _for(self, number: int) -> str:
        if not 0 < number < 10**19:
            raise Unreadable(f"{self.plain}: {number} is not a number that an address can carry")
        return f"{self.local}+{number}.{self._mark(number, self.secrets[0])}@{self.domain}"

    def _mark(self, number: int, secret: str) -> str:
        # The purpose is signed too: a bounce address must not pass as a reply address of the same number.
        signed = f"{self.purpose}/{number}".encode()
        return b32encode(hmac.digest(secret.encode(), signed, hashlib.sha256)[:5]).decode().lower()


@dataclass(frozen=True, slots=True)
class ReplyAddresses(_Numbered):
    """Where the answer to a request goes."""

    purpose = "request"

    def for_request(self, number: int) -> str:
        return self._for(number)

    @property
    def for_problems(self) -> str:
        """Where a unit writes of a problem, whatever it was asked: the same mailbox, another tag."""
        return f"{self.local}+vande@{self.domain}"


@dataclass(frozen=True, slots=True)
class BounceAddresses(_Numbered):
    """Where a letter's bounce goes (VERP), so that a bounce without the original still names its letter."""

    purpose = "letter"

    def for_letter(self, number: int) -> str:
        return self._for(number)
