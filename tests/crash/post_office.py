"""The mail server of a world: it keeps what it acknowledged, knows who got what how often, and may kill who sends."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from dondoc.mail.local_server import Inboxes
from tests.integration.smtp_server import listening

AT_LETTER: Final = ("begun", "arrived", "kept", "answered")
"""When the n-th letter takes its sender along: at its DATA; the server has it all and has kept nothing; has kept it and
not answered; has just answered 250.
"""


@dataclass
class PostOffice(Inboxes):
    """Dondoc's own local mail server, watched."""

    root: Path
    domains: Collection[str]
    now: datetime
    """By its clock."""
    keeps_copy: Callable[[bytes, datetime], None] = lambda _content, _at: None
    """Where a copy of what left goes, too: the account's folder of sent mail."""
    got: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often who got which letter: an address and a Message-ID."""
    letters: dict[str, bytes] = field(default_factory=dict)
    victim: int = 0
    _doom: tuple[int, str] | None = None
    _begun: int = 0
    _taken: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.root, self.domains)

    @property
    def taken(self) -> int:
        return self._taken

    def begin(self, doom: tuple[int, str] | None) -> int:
        """A process begins that is to die so; returns how many letters were taken before."""
        self.victim, self._doom, self._begun = 0, doom, 0
        return self._taken

    def begins(self) -> int:
        """Somebody begins a letter; returns which one of its process it is."""
        self._begun += 1
        return self._begun

    async def strike(self, letter: int, moment: str) -> None:
        if self._doom == (letter, moment):
            while not self.victim:
                await asyncio.sleep(0.001)
            with suppress(ProcessLookupError):
                os.kill(self.victim, signal.SIGKILL)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(server, Watched)
        await self.strike(server.letter, "arrived")
        said = await super().handle_DATA(server, session, envelope)
        content = envelope.original_content or b""
        message_id = str(message_from_bytes(content, policy=policy.compat32)["Message-ID"])
        for address in envelope.rcpt_tos:
            self.got[address, message_id] += 1
        self.letters[message_id] = content
        self.keeps_copy(content, self.now)
        self._taken += 1
        await self.strike(server.letter, "kept")
        return said


class Watched(SMTP):
    """A connection that tells the post office of the moments that a handler does not see."""

    letter = 0
    """Which one of its process is on its way here."""

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        office: PostOffice = self.event_handler
        self.letter = office.begins()
        await office.strike(self.letter, "begun")
        await super().smtp_DATA(arg)
        await office.strike(self.letter, "answered")


@contextmanager
def open_for_letters(office: PostOffice) -> Iterator[int]:
    """Yields the port on which it listens."""
    options: dict[str, Any] = {"data_size_limit": 0}
    with listening(office, Watched, **options) as settings:  # type: ignore[arg-type]
        yield settings.port
