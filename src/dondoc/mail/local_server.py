"""The local mail server: takes letters for its own domains and keeps them in inboxes, so that nothing leaves here.

With it Dondoc runs without any mail account: its letters and the answers to them meet on one machine.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Collection
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from dondoc.mail.inboxes import folder_of, keep

LARGEST = 25 * 1024 * 1024
MOST_RECIPIENTS = 100


class Inboxes:
    """What aiosmtpd asks at each step of a delivery."""

    def __init__(self, root: Path, domains: Collection[str]) -> None:
        self._root = root
        self._domains = frozenset(domain.lower() for domain in domains)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        local, _, domain = address.rpartition("@")
        if domain.lower() not in self._domains:
            return f"550 5.7.1 this server takes letters for {', '.join(sorted(self._domains))} only"
        if not local or len(local) > 64 or len(folder_of(address)) > 255 or not address.isascii():
            return "553 5.1.3 this is no address of a mailbox"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient taken"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        sender = (envelope.mail_from or "").removeprefix("<").removesuffix(">")
        content = envelope.original_content or b""
        try:
            for recipient in envelope.rcpt_tos:
                keep(self._root, sender, recipient, content)
        except OSError as error:
            return f"452 4.3.1 the letter could not be kept: {error.strerror}"
        return "250 2.0.0 kept"


async def serve(
    host: str,
    port: int,
    root: Path,
    domains: Collection[str],
    stop: asyncio.Event,
    listening: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve until `stop` is set; `listening` is told the port, which the system chooses when `port` is 0.

    A letter is kept and answered in one step of the event loop, so stopping never parts the two.
    """
    inboxes = Inboxes(root, domains)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(inboxes, data_size_limit=LARGEST, hostname="localhost", ident="Dondoc", loop=loop), host, port
    )
    listening(server.sockets[0].getsockname()[1])
    async with server:
        await stop.wait()


def run(
    host: str, port: int, root: Path, domains: Collection[str], listening: Callable[[int], None] = lambda _port: None
) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError when the port is taken."""

    async def until_told() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await serve(host, port, root, domains, stop, listening)

    asyncio.run(until_told())
