"""How a letter leaves: the envelope, what can become of it, and the two ways that need no network.

Every outcome says what the outbox may do next, because a letter must go out once and not be lost:
only a `Deferred` letter may be tried again without asking anybody.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from dondoc.clock import Clock
from dondoc.domain.ids import LetterKey


@dataclass(frozen=True, slots=True)
class Envelope:
    """One letter on its way to one address."""

    key: LetterKey
    message_id: str
    sender: str
    """The address to which a bounce returns, not the one that the letter shows."""
    recipient: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took the letter over."""

    response: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server certainly does not have the letter; trying later is safe."""

    code: int | None
    """The server's reply code; None when it gave none."""
    reason: str
    channel: bool = False
    """True: the account or the server is the reason, so that no letter gets through for a while."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The server will never take the letter."""

    code: int
    reason: str
    bad_address: bool
    """True: the recipient does not exist, and nothing should be sent there again."""


@dataclass(frozen=True, slots=True)
class Uncertain:
    """The whole letter was handed over, but no answer came: it may have arrived (RFC 1047)."""

    reason: str


Outcome: TypeAlias = Accepted | Deferred | Rejected | Uncertain


class Transport(Protocol):
    """Takes letters and tells of each what became of it, as soon as it is known."""

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ClosedAtExit:
    """A transport that can be used in a `with` statement."""

    def close(self) -> None:
        """Let go of what is held open; sending again takes it up anew."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class MaildirTransport(ClosedAtExit):
    """Keeps each letter as a file in a Maildir; the same letters at the same times give the same names."""

    def __init__(self, root: Path, clock: Clock, first: int = 1) -> None:
        self._new, self._tmp, self._clock, self._next = root / "new", root / "tmp", clock, first
        for folder in (self._new, self._tmp, root / "cur"):
            folder.mkdir(parents=True, exist_ok=True)

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for envelope in envelopes:
            yield envelope, Accepted(f"kept as {self._keep(envelope)}")

    def _keep(self, envelope: Envelope) -> str:
        at = int(self._clock.now().timestamp())
        name = f"{at}.{self._next:06d}.{re.sub(r'[^A-Za-z0-9_-]+', ',', envelope.key)[:150]}"
        self._next += 1
        (self._tmp / name).write_bytes(envelope.content)
        os.utime(self._tmp / name, (at, at))
        (self._tmp / name).rename(self._new / name)
        return name
