"""The local mail server on a free port, for as long as a test needs it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

from dondoc.mail.local_server import serve


@contextmanager
def local_mail(root: Path, domains: Collection[str]) -> Iterator[int]:
    """Yields the port on which it listens."""
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()
    ports: SimpleQueue[int] = SimpleQueue()
    thread = Thread(target=lambda: loop.run_until_complete(serve("127.0.0.1", 0, root, domains, stop, ports.put)))
    thread.start()
    try:
        yield ports.get(timeout=5)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(5)
        loop.close()
