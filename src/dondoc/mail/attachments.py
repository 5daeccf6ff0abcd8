"""Files that came with a message: listed always, handed on only when their size and kind allow it."""

from __future__ import annotations

from dataclasses import dataclass, field
from email.message import Message
from enum import StrEnum
from typing import Any

from dondoc.mail.reading_text import header_text
from dondoc.received import plain_name

LARGEST, LARGEST_TOGETHER = 10 * 1024 * 1024, 20 * 1024 * 1024
ACCEPTED = {
    *("pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "ods", "csv", "ppt", "pptx", "odp", "txt", "ics"),
    *("jpg", "jpeg", "png", "gif", "webp", "heic", "tif", "tiff"),
}
"""Endings of files that an office opens."""


class Refusal(StrEnum):
    """Why a file is listed and not opened; it stays in the kept message."""

    TOO_LARGE = "too_large"
    KIND = "kind"
    """An archive, a program, or something of no known kind."""
    MESSAGE = "message"
    """Another message, forwarded as a file."""
    WINMAIL = "winmail"
    """Outlook's own wrapping, winmail.dat: whatever is in it, others cannot see."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file; `content` is empty where it was refused."""

    name: str
    kind: str
    size: int
    content: bytes = field(default=b"", repr=False)
    refused: Refusal | None = None
    is_inline: bool = False
    """A picture that the text shows, such as the logo of a signature: nothing that the sender enclosed."""


def attachment(part: Message[Any, Any], number: int, before: int) -> Attachment:
    """The file in `part`, the `number`th of its message; `before` is the size of those before it."""
    kind = part.get_content_type()
    if kind.startswith("message/") or part.is_multipart():
        return Attachment(f"{number}.eml", kind, _size_inside(part), refused=Refusal.MESSAGE)
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    name = _name(part) or f"{number}.{part.get_content_subtype()[:20]}"
    refused = _refusal(name, kind, len(content), before)
    is_inline = kind.startswith("image/") and "Content-ID" in part and part.get_content_disposition() != "attachment"
    return Attachment(name, kind, len(content), b"" if refused else content, refused, is_inline)


def _refusal(name: str, kind: str, size: int, before: int) -> Refusal | None:
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        return Refusal.WINMAIL
    if name.rpartition(".")[2].lower() not in ACCEPTED:
        return Refusal.KIND
    return Refusal.TOO_LARGE if size > LARGEST or before + size > LARGEST_TOGETHER else None


def _name(part: Message[Any, Any]) -> str:
    return plain_name(header_text((part.get_filename() or "")[:1000]))


def _size_inside(part: Message[Any, Any]) -> int:
    """About how long the texts of a message inside the message are."""
    payloads = (each.get_payload() for each in part.walk())
    return sum(len(payload) for payload in payloads if isinstance(payload, str))
