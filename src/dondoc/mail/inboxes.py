"""Inboxes on disk: a Maildir for each address, `root/ADDRESS/{tmp,new,cur}`, in which letters are kept for good.

The part of an address behind the plus says what a letter is about, not whose it is: it stays in `Delivered-To`.
"""

from __future__ import annotations

import mailbox
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote


def folder_of(address: str) -> str:
    """The name of the inbox of `address`: its mailbox, in lower case, with nothing that a path could mistake."""
    local, _, domain = address.lower().rpartition("@")
    return quote(f"{local.partition('+')[0] or local}@{domain}", safe="@")


def keep(root: Path, sender: str, recipient: str, content: bytes) -> None:
    """Put a letter into the inbox of `recipient`; on return it survives a crash of the machine.

    `sender` empty stands for the null address of bounces.
    """
    inbox = root / folder_of(recipient)
    is_new = not inbox.exists()
    root.mkdir(parents=True, exist_ok=True)
    head = f"Return-Path: <{sender}>\r\nDelivered-To: {recipient}\r\n".encode()
    mailbox.Maildir(inbox).add(head + content)
    for folder in (inbox / "new", *((inbox, root) if is_new else ())):
        _sync(folder)


def letters_in(inbox: Path) -> Iterator[os.DirEntry[str]]:
    """The files of an inbox's letters, in no order; a letter moved meanwhile may be missed."""
    for folder in ("new", "cur"):
        with suppress(FileNotFoundError), os.scandir(inbox / folder) as entries:
            yield from (entry for entry in entries if not entry.name.startswith("."))


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
