"""Files that people asked for: written whole, or not at all."""

from __future__ import annotations

import secrets
from pathlib import Path

from dondoc.errors import Unreadable


def write_whole(path: Path, content: bytes) -> None:
    """Put `content` into `path`; when that fails, what was there before is there still.

    Raises Unreadable, naming the file and what is wrong with it.
    """
    path = path.resolve()
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Unreadable(f"{path} cannot be written: {error.strerror}") from None
