"""Who works on a data folder: many at a time, or one alone who puts another record in its place."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dondoc.errors import Refused, Unreachable

_LOCK = "in-use"


@contextmanager
def present(data: Path) -> Iterator[None]:
    """Work on the folder beside others. Raises Refused while somebody restores it."""
    with _locked(data, fcntl.LOCK_SH, f"{data} is being restored: wait until `dondoc restore` has ended"):
        yield


@contextmanager
def alone(data: Path) -> Iterator[None]:
    """Keep everybody else out. Raises Refused while Dondoc runs on this machine."""
    with _locked(data, fcntl.LOCK_EX, f"Dondoc is running on {data}: stop it first (Ctrl-C, or systemctl stop)"):
        yield


@contextmanager
def _locked(data: Path, kind: int, otherwise: str) -> Iterator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True)
        file = (data / _LOCK).open("a")
    except OSError as error:
        raise Unreachable(f"the data folder {data} cannot be used: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(otherwise) from None
        yield
