"""An SMTP server that takes every letter and keeps none: as light as Python can be, so that it does not hold us up.

    python -m benchmarks.sink MILLISECONDS [CERTIFICATE]

listens on a free port of this machine, with a certificate for TLS, prints it, and ends with its standard input. It
offers PIPELINING, SIZE and 8BITMIME like the servers that offices use, accepts any login, and takes whatever its client
sends before it answers, which it does after so many milliseconds.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from tests.integration.certificates import certified

_ANSWERS = {
    b"EHLO": b"250-sink\r\n250-PIPELINING\r\n250-SIZE 50000000\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n",
    b"AUTH": b"235 2.7.0 ok\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 2.0.0 bye\r\n",
}
_OK = b"250 2.0.0 ok\r\n"
_END = b"\r\n.\r\n"


def _talk(client: socket.socket, tls: ssl.SSLContext | None, seconds: float) -> None:
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection = tls.wrap_socket(client, server_side=True) if tls else client
    waiting, in_letter = bytearray(), False
    connection.sendall(b"220 sink ESMTP\r\n")
    while data := connection.recv(1 << 16):
        waiting += data
        answers = []
        while (end := waiting.find(_END if in_letter else b"\r\n")) >= 0:
            if in_letter:
                del waiting[: end + len(_END)]
                in_letter = False
                answers.append(_OK)
                continue
            verb = bytes(waiting[:4]).upper()
            del waiting[: end + 2]
            in_letter = verb == b"DATA"
            answers.append(_ANSWERS.get(verb, _OK))
        if answers:
            time.sleep(seconds)
            connection.sendall(b"".join(answers))


def _serve(milliseconds: str, *certificate: str) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
    if tls is not None:
        tls.load_cert_chain(*certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    Thread(target=_accept, args=(listener, tls, int(milliseconds) / 1000), daemon=True).start()
    print(listener.getsockname()[1], flush=True)
    sys.stdin.read()


def _accept(listener: socket.socket, tls: ssl.SSLContext | None, seconds: float) -> None:
    while True:
        client, _ = listener.accept()
        Thread(target=_serve_one, args=(client, tls, seconds), daemon=True).start()


def _serve_one(client: socket.socket, tls: ssl.SSLContext | None, seconds: float) -> None:
    with client, suppress(OSError):  # a client that just leaves
        _talk(client, tls, seconds)


@dataclass(frozen=True, slots=True)
class Sink:
    """Where it listens, and how its certificate is trusted."""

    port: int
    trusting: ssl.SSLContext


@contextmanager
def sink(milliseconds: int = 0, *, tls: bool = True) -> Iterator[Sink]:
    """A sink on localhost, in a process of its own."""
    with TemporaryDirectory(prefix="dondoc-bench-") as folder:
        _, trusting = certified("localhost", Path(folder))
        certificate = (f"{folder}/tls.pem",) if tls else ()
        process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.sink", str(milliseconds), *certificate],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            yield Sink(int(process.stdout.readline()), trusting)
        finally:
            process.stdin.close()
            process.wait()
            process.stdout.close()


if __name__ == "__main__":
    _serve(*sys.argv[1:])
