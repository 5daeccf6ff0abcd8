"""A line to a server that breaks in the middle of what the server says."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread


@contextmanager
def dropping_after(port: int, most: int) -> Iterator[int]:
    """A way to the server, for one connection, that breaks after so many bytes of answers."""
    listener = socket.create_server(("127.0.0.1", 0))

    def pump(source: socket.socket, sink: socket.socket, most: int | None) -> None:
        passed = 0
        with suppress(OSError):
            while chunk := source.recv(4096):
                passed += len(chunk)
                if most is not None and passed > most:
                    break
                sink.sendall(chunk)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def serve() -> None:
        with suppress(OSError):
            near = listener.accept()[0]
            with near, socket.create_connection(("127.0.0.1", port)) as far:
                back = Thread(target=pump, args=(near, far, None), daemon=True)
                back.start()
                pump(far, near, most)
                back.join(5)

    thread = Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # whoever still waits for a connection stops waiting
        listener.close()
        thread.join(5)
