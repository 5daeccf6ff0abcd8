"""Mail in a Maildir, where a mail server or the local one delivers."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from dondoc.errors import Unreachable
from dondoc.mail.inboxes import letters_in
from dondoc.mail.mailbox import LARGEST, LARGEST_HEADERS, Cursor, Fetched

_REMEMBERED = 200


class MaildirMailbox:
    """Reads `new` and `cur` by file name, which begins with the time of delivery.

    A name may come a little late: two deliveries that begin one after the other can end the other way round. So the
    cursor remembers the last 200 names besides the mark before which everything was read.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch(self, cursor: Cursor | None, limit: int) -> Iterator[Fetched]:
        mark, read = _parse(cursor)
        try:
            paths = {_name(entry.name): Path(entry.path) for entry in letters_in(self._folder)}
        except OSError as error:
            raise Unreachable(f"mailbox {self._folder}: {error.strerror}; check the folder") from None
        waiting = (name for name in sorted(paths.keys() - set(read)) if name > mark)
        fetched = 0
        for name in waiting:
            if fetched == limit:
                return
            try:
                content, is_whole, at = self._read(name, paths[name])
            except FileNotFoundError:
                continue  # it was deleted meanwhile
            except OSError as error:
                raise Unreachable(f"mailbox {self._folder}: {name} cannot be read: {error.strerror}") from None
            fetched += 1
            read = sorted((*read, name))
            if len(read) > _REMEMBERED:
                mark, *read = read
            source = f"maildir/{self._folder.name}/{name}"
            yield Fetched(source, Cursor(json.dumps([mark, read])), content, at, is_whole)

    def _read(self, name: str, path: Path) -> tuple[bytes, bool, datetime]:
        """The file, also when a mail program has moved it to `cur` or changed the flags behind its ":"."""
        with suppress(FileNotFoundError):
            return _read_file(path)
        for entry in letters_in(self._folder):
            if _name(entry.name) == name:
                return _read_file(Path(entry.path))
        raise FileNotFoundError(name)


def _read_file(path: Path) -> tuple[bytes, bool, datetime]:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
        at = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    is_whole = len(content) <= LARGEST
    return content if is_whole else _headers(content), is_whole, at


def _name(file_name: str) -> str:
    return file_name.partition(":")[0]


def _parse(cursor: Cursor | None) -> tuple[str, list[str]]:
    if cursor is None:
        return "", []
    mark, read = json.loads(cursor.position)
    return mark, list(read)


def _headers(content: bytes) -> bytes:
    ends = [end for mark in (b"\r\n\r\n", b"\n\n") if (end := content.find(mark)) >= 0]
    return content[: min([*ends, LARGEST_HEADERS])] + b"\r\n\r\n"
