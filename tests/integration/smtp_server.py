# ruff: noqa: N802 - aiosmtpd names its hooks after SMTP commands
"""A real SMTP server on a free port, whose answers a test may replace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from aiosmtpd.smtp import SMTP

from dondoc.mail.smtp import SmtpSettings


@dataclass
class Server:
    """Takes every letter; a test's own server replaces one answer.

    An answer may be None: then the connection is cut instead of answering.
    """

    taken: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    commands: list[str] = field(default_factory=list)
    answer: Callable[[Server, str, str], str | None] = lambda _server, _step, _address: "250 OK"
    delay: float = 0
    pipelining: bool = False
    """Whether it says that it takes several commands at once; it does so anyway."""

    async def handle_EHLO(self, server: SMTP, session: Any, _envelope: Any, name: str, lines: list[str]) -> list[str]:
        session.host_name = name
        self.connections += 1
        return [*lines[:-1], "250-PIPELINING", lines[-1]] if self.pipelining else lines

    async def handle_MAIL(self, server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        envelope.mail_from = address
        return await self._say(server, "MAIL", address)

    async def handle_RCPT(self, server: SMTP, _session: Any, envelope: Any, address: str, options: list[str]) -> str:
        said = await self._say(server, "RCPT", address)
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, _session: Any, envelope: Any) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        said = await self._say(server, "DOT", envelope.rcpt_tos[0])
        if said.startswith("250"):
            self.taken.append((envelope.rcpt_tos[0], envelope.original_content))
        return said

    async def handle_RSET(self, *_: Any) -> str:
        self.commands.append("RSET")
        return "250 OK"

    async def handle_NOOP(self, *_: Any) -> str:
        self.commands.append("NOOP")
        return "250 OK"

    async def _say(self, server: SMTP, step: str, address: str) -> str:
        self.commands.append(step)
        said = self.answer(self, step, address)
        if said is None:
            server.transport.abort()  # type: ignore[union-attr]
            await asyncio.sleep(3600)
        return said or ""


@contextmanager
def listening(server: Server, kind: type[SMTP] = SMTP, **options: Any) -> Iterator[SmtpSettings]:
    loop = asyncio.new_event_loop()
    tls = options.pop("implicit_tls", None)

    def protocol() -> SMTP:
        return kind(server, hostname="localhost", loop=loop, **options)

    listener = loop.run_until_complete(loop.create_server(protocol, "127.0.0.1", 0, ssl=tls))
    thread = Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        port = listener.sockets[0].getsockname()[1]
        yield SmtpSettings("127.0.0.1", port, "none", connect_timeout=5, command_timeout=5, answer_timeout=5)
    finally:
        asyncio.run_coroutine_threadsafe(_end(listener), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


async def _end(listener: asyncio.Server) -> None:
    listener.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
