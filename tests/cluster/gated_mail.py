"""A mail server with a gate: whoever sends while it is shut is in the middle of sending until somebody opens it."""

from __future__ import annotations

import asyncio
import email
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from aiosmtpd.smtp import SMTP, Envelope, Session

from dondoc.mail.local_server import Inboxes
from tests.integration.ports import free_port


class GatedInboxes(Inboxes):
    """Keeps a letter and does not say so until the gate opens."""

    def __init__(self, root: Path) -> None:
        super().__init__(root, ("example.org", "doan.example.org"))
        self.gate = asyncio.Event()

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        said = await super().handle_DATA(server, session, envelope)
        await self.gate.wait()
        return said


@dataclass(frozen=True)
class Mail:
    """The mail server, whose gate is shut at first."""

    port: int
    open: Callable[[], object]
    shut: Callable[[], object]


@contextmanager
def gated_mail(root: Path) -> Iterator[Mail]:
    loop, port, inboxes = asyncio.new_event_loop(), free_port(), GatedInboxes(root)
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(inboxes, hostname="localhost", loop=loop), "127.0.0.1", port)
    )
    thread = Thread(target=loop.run_forever)
    thread.start()

    def turn(gate: Callable[[], object]) -> Callable[[], object]:
        return lambda: loop.call_soon_threadsafe(gate)

    try:
        yield Mail(port, turn(inboxes.gate.set), turn(inboxes.gate.clear))
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        for task in asyncio.all_tasks(loop):
            task.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()


def arrived(root: Path) -> Counter[str]:
    """How often each letter arrived, by Message-ID."""
    return Counter(str(email.message_from_bytes(file.read_bytes())["Message-ID"]) for file in root.glob("*/new/*"))
