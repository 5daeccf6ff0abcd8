"""An SMTP server that takes every letter and keeps none: as light as Python can be, so that it does not hold us up.

    python -m benchmarks.sink

listens on a free port of this machine, prints it, and ends with its standard input. It offers PIPELINING, SIZE and
8BITMIME like the servers that offices use, accepts any login, and takes whatever its client sends before it answers.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
    b"AUTH": b"235 2.7.0 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_OK = b"250 2.0.0 ok\r\n"
_END = b"\r\n.\r\n"


class _Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP server's always is
        self._transport, self._waiting, self._in_letter = transport, bytearray(), False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        waiting, answers = self._waiting, []
        waiting += data
        while True:
            end = waiting.find(_END if self._in_letter else b"\r\n")
            if end < 0:
                break
            if self._in_letter:
                del waiting[: end + len(_END)]
                self._in_letter = False
                answers.append(_OK)
                continue
            verb = bytes(waiting[:4]).upper()
            del waiting[: end + 2]
            self._in_letter = verb == b"DATA"
            answers.append(_ANSWERS.get(verb, _OK))
        if answers:
            self._transport.write(b"".join(answers))


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


@contextmanager
def sink() -> Iterator[int]:
    """A sink in a process of its own; its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_serve())
