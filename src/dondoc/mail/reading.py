"""Reading one message that came in, in bounded time and memory, whatever it is (scenarios 3, 15, 16).

The standard parser reads it with its lenient policy, which raises less than `email.policy.default` does; headers
are cut as they are parsed, and parts and depth are counted while it parses, so that hostile mail stops it early.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from email._policybase import Compat32
from email.message import Message
from email.parser import BytesFeedParser
from enum import StrEnum
from typing import Any

from dondoc.mail.attachments import Attachment, attachment
from dondoc.mail.automatic import Automatic, kind_of
from dondoc.mail.bounces import Bounce, read_bounce
from dondoc.mail.reading_headers import (
    Authentication,
    authentication_in,
    date_in,
    headers_of,
    ids_in,
    recipients_in,
    sender_in,
)
from dondoc.mail.reading_text import decode, header_text, html_text

__all__ = ["Authentication", "Automatic", "Held", "Incoming", "Trouble", "read"]

LARGEST = 25 * 1024 * 1024
MOST_LINES, MOST_HEADER_LINES = 400_000, 20_000
MOST_PARTS, DEEPEST = 200, 8
LONGEST_TEXT, LONGEST_HTML = 300_000, 2_000_000
_LONGEST_HEADER, _LONGEST_MIME_HEADER = 64 * 1024, 2000
_STEP = 8 * 1024


class Trouble(StrEnum):
    """Why a message could not be read."""

    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Held:
    """It was not read: a person must look at it. `detail` is for the log."""

    reason: Trouble
    detail: str


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as far as its sender's words, its thread and its way here matter."""

    sender: str | None
    """None: no address in From, or several."""
    recipients: tuple[str, ...]
    """Those that may carry our plus-address, the ones from the delivery first."""
    message_id: str | None
    thread: tuple[str, ...]
    """The ids in In-Reply-To, then in References."""
    subject: str
    date: datetime | None
    text: str
    """The whole decoded text, quotes included; what was HTML only as plain text."""
    attachments: tuple[Attachment, ...]
    automatic: Automatic | None
    authentication: Authentication
    bounce: Bounce | None
    """What a delivery report says; None for any other mail."""
    auto_response_wanted: bool
    """False: whoever sent it must not get an automatic answer (RFC 3834, 2)."""


def read(content: bytes, *, own: Collection[str] = (), authserv_id: str | None = None) -> Incoming | Held:
    """Read a raw message. `own` are the addresses that we send from; `authserv_id` is the name under which our own
    mail server writes Authentication-Results, None when it writes none that can be trusted.
    """
    if len(content) > LARGEST:
        return Held(Trouble.TOO_LARGE, f"{len(content)} bytes")
    if (lines := _lines(content)) > MOST_LINES:
        return Held(Trouble.TOO_MANY_LINES, f"{lines} lines")
    if (lines := _lines(re.split(rb"\n\r?\n", content, maxsplit=1)[0])) > MOST_HEADER_LINES:
        return Held(Trouble.TOO_MANY_LINES, f"{lines} lines of headers")
    try:
        return _read(_parsed(content), len(content), frozenset(each.lower() for each in own), authserv_id)
    except _TooMuch as limit:
        return Held(limit.reason, str(limit))
    except Exception as error:  # noqa: BLE001 - broken mail finds errors that nobody listed; the next one must be read
        return Held(Trouble.BROKEN, f"{type(error).__name__}: {error}"[:500])


def _lines(content: bytes) -> int:
    return content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


class _TooMuch(Exception):
    def __init__(self, reason: Trouble, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class _Cut(Compat32):
    """Keeps only the beginning of a header: the parameters of a long one take the square of its length to parse."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        longest = _LONGEST_MIME_HEADER if name.lower().startswith("content-") else _LONGEST_HEADER
        return name, value[:longest]


_POLICY = _Cut()


def _parsed(content: bytes) -> Message[Any, Any]:
    made: list[Message[Any, Any]] = []

    def part(policy: Any = _POLICY) -> Message[Any, Any]:
        if len(made) == MOST_PARTS:
            raise _TooMuch(Trouble.TOO_MANY_PARTS, f"more than {MOST_PARTS} parts")
        made.append(Message(policy))
        return made[-1]

    parser = BytesFeedParser(part, policy=_POLICY)
    for start in range(0, len(content), _STEP):
        parser.feed(content[start : start + _STEP])
        if made and _depth(made[0]) > DEEPEST:
            raise _TooMuch(Trouble.TOO_DEEP, f"parts nested more than {DEEPEST} deep")
    whole = parser.close()
    if _depth(whole) > DEEPEST:
        raise _TooMuch(Trouble.TOO_DEEP, f"parts nested more than {DEEPEST} deep")
    return whole


def _depth(message: Message[Any, Any]) -> int:
    """How deep the parser is: only the last part of each part is still being read."""
    depth = 0
    payload: Any = message.get_payload()
    while isinstance(payload, list) and payload and depth <= DEEPEST:
        depth, payload = depth + 1, payload[-1].get_payload()
    return depth


def _read(message: Message[Any, Any], size: int, own: frozenset[str], authserv_id: str | None) -> Incoming:
    headers = headers_of(message)
    sender = sender_in(headers)
    subject = header_text(headers.get("subject", [""])[0][:5000])[:500]
    kinds = [_kind(part) for part in message.walk()]
    automatic = kind_of(headers, sender=sender, subject=subject, kinds=kinds, own=own)
    ids = ids_in(headers, "message-id")
    texts, files = _contents(message)
    return Incoming(
        sender=sender,
        recipients=recipients_in(headers),
        message_id=ids[0] if ids else None,
        thread=ids_in(headers, "in-reply-to", "references"),
        subject=subject,
        date=date_in(headers),
        text="\n\n".join(filter(None, (text.strip("\n") for text in texts))),
        attachments=tuple(files),
        automatic=automatic,
        authentication=authentication_in(headers, authserv_id, sender),
        bounce=read_bounce(message, size) if automatic is Automatic.REPORT else None,
        auto_response_wanted=automatic is None and "x-auto-response-suppress" not in headers,
    )


def _kind(part: Message[Any, Any]) -> str:
    kind = part.get_content_type()
    name = {"multipart/report": "report-type", "text/calendar": "method"}.get(kind)
    value = part.get_param(name) if name else None
    return f"{kind};{value.lower()}" if isinstance(value, str) else kind


def _contents(message: Message[Any, Any]) -> tuple[list[str], list[Attachment]]:
    """The texts that a reader sees, in their order, and everything else as attachments."""
    texts: list[str] = []
    files: list[Attachment] = []
    for part in _leaves(message):
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not _is_file(part):
            texts.append(_text(part, kind))
            if sum(map(len, texts)) > LONGEST_TEXT:
                raise _TooMuch(Trouble.TOO_LONG, f"more than {LONGEST_TEXT} characters of text")
        else:
            files.append(attachment(part, len(files) + 1, sum(file.size for file in files)))
    return texts, files


def _leaves(message: Message[Any, Any]) -> Iterator[Message[Any, Any]]:
    """The parts that hold something; of alternatives the plain text if it says anything, else the last readable one.

    A message inside the message is one attachment: its words are another's.
    """
    payload: Any = message.get_payload()
    if message.get_content_maintype() != "multipart" or not isinstance(payload, list):
        yield message
    elif message.get_content_type() == "multipart/alternative":
        yield from _chosen([list(_leaves(part)) for part in payload])
    else:
        for part in payload:
            yield from _leaves(part)


def _chosen(alternatives: list[list[Message[Any, Any]]]) -> Iterator[Message[Any, Any]]:
    def says_something(leaves: list[Message[Any, Any]], kind: str) -> bool:
        return any(leaf.get_content_type() == kind and _text(leaf, kind).strip() for leaf in leaves)

    for kind in ("text/plain", "text/html"):
        chosen = next((leaves for leaves in alternatives if says_something(leaves, kind)), None)
        if chosen is not None:
            yield from chosen
            break
    for leaves in alternatives:
        # An image or invitation beside the text is still listed; another form of the same words is not.
        yield from (leaf for leaf in leaves if leaves is not chosen and not _kind(leaf).startswith("text/"))


def _is_file(part: Message[Any, Any]) -> bool:
    return part.get_content_disposition() == "attachment" or part.get_filename() is not None


def _text(part: Message[Any, Any], kind: str) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    if len(content) > LONGEST_HTML:
        raise _TooMuch(Trouble.TOO_LONG, f"{len(content)} bytes of text")
    charset = part.get_param("charset")
    text = decode(content, charset if isinstance(charset, str) else None)
    return html_text(text) if kind == "text/html" else text
