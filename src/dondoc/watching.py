"""Looking after the installation from a process that stays, so that no alarm depends on what has failed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging import ERROR
from typing import Final

from dondoc.errors import DondocError
from dondoc.log import say
from dondoc.runtime import Dondoc

PERIOD: Final = 600.0
"""Seconds between two looks, and before the first: what runs again after a start has run by then."""

_FAREWELL: Final = 5.0
"""Seconds in which a letter that is on its way may still arrive."""


@contextmanager
def watched(dondoc: Dondoc, period: float = PERIOD) -> Iterator[None]:
    """Meanwhile the operator hears what is wrong, even when nothing else runs."""
    over = threading.Event()
    watchman = threading.Thread(target=_watch, args=(dondoc, period, over), name="watch", daemon=True)
    watchman.start()
    try:
        yield
    finally:
        over.set()
        watchman.join(_FAREWELL)


def _watch(dondoc: Dondoc, period: float, over: threading.Event) -> None:
    while not over.wait(period):
        try:
            if dondoc.watch():
                dondoc.deliver(counts=False)
        except DondocError as error:
            say("watch.failed", level=ERROR, reason=str(error))
