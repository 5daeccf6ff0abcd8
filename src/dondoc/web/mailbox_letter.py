"""A letter as the page "Hộp thư thử" shows it, and the reply that a mail program would make of it.

Read with the lenient parser of the standard library: whatever came must be shown, however broken it is.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import format_datetime, formataddr, getaddresses, parsedate_to_datetime
from uuid import uuid4

from dondoc.clock import local
from dondoc.mail.compose import Attachment

# Ids longer than a line stay whole in the reply's headers, as in the letters that it answers.
_REPLY = SMTP.clone(max_line_length=900, cte_type="7bit")


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """What a reader sees of a letter; `html` has its pictures inside, `sent_at` is None when it cannot be read."""

    subject: str
    sender: str
    recipient: str
    reply_to: tuple[tuple[str, str], ...]
    """Names and addresses that an answer goes to."""
    sent_at: datetime | None
    message_id: str
    references: str
    text: str | None
    html: str | None
    attachments: tuple[Attachment, ...]
    raw: str


def read_head(content: bytes) -> ShownLetter:
    """What a list shows of the letter that begins with `content`."""
    return read_letter(re.split(rb"\r?\n\r?\n", content, maxsplit=1)[0] + b"\r\n\r\n")


def read_letter(content: bytes) -> ShownLetter:
    message = message_from_bytes(content)
    text: str | None = None
    html: str | None = None
    pictures: dict[str, str] = {}
    files: list[Attachment] = []
    for part in _leaves(message):
        kind, data = part.get_content_type(), _content(part)
        name, cid = part.get_filename(), str(part.get("Content-ID", "")).strip("<> ")
        if name is None and kind == "text/plain" and text is None:
            text = _decoded(data, part.get_content_charset())
        elif name is None and kind == "text/html" and html is None:
            html = _decoded(data, part.get_content_charset())
        elif kind.startswith("image/") and cid:
            pictures[cid] = f"data:{kind};base64,{b64encode(data).decode()}"
        elif name is not None or kind != "text/calendar":
            files.append(Attachment(_words(name) if name else kind.replace("/", "."), data, kind))
    if html is not None:
        html = re.sub(r"cid:([^\"'\s)>]+)", lambda found: pictures.get(found[1], found[0]), html)
    return ShownLetter(
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        recipient=_header(message, "To"),
        reply_to=_addresses(message, "Reply-To") or _addresses(message, "From"),
        sent_at=_date(message),
        message_id=_header(message, "Message-ID"),
        references=_header(message, "References"),
        text=text,
        html=html,
        attachments=tuple(files),
        raw=content.decode("utf-8", "replace"),
    )


def reply_to(
    letter: ShownLetter, *, address: str, text: str, quote: str, attachment: Attachment | None, now: datetime
) -> EmailMessage:
    """The answer of the person at `address`: their words above the quoted letter, as mail programs do."""
    reply = EmailMessage(_REPLY)
    own = [name for name, own in getaddresses([letter.recipient]) if own.lower() == address]
    reply["From"] = formataddr((own[0] if own else "", address), "utf-8")
    reply["To"] = ", ".join(formataddr((name, each), "utf-8") for name, each in letter.reply_to)
    subject = _one_line(letter.subject)
    reply["Subject"] = subject if subject.lower().startswith("re:") else f"Re: {subject}"
    reply["Date"] = format_datetime(now)
    reply["Message-ID"] = f"<{uuid4()}@{address.rpartition('@')[2]}>"
    if letter.message_id:
        reply["In-Reply-To"] = _one_line(letter.message_id)
        reply["References"] = _one_line(f"{letter.references} {letter.message_id}")
    reply.set_content(f"{text.strip()}\n\n{quote}\n")
    if attachment is not None:
        main, _, sub = attachment.kind.partition("/")
        reply.add_attachment(
            attachment.content, maintype=main, subtype=sub or "octet-stream", filename=_one_line(attachment.name)
        )
    return reply


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that are shown or offered; a letter inside a letter is one of them, not opened."""
    children = part.get_payload()
    if isinstance(children, list) and part.get_content_maintype() == "multipart":
        for child in children:
            if isinstance(child, Message):
                yield from _leaves(child)
    else:
        yield part


def _content(part: Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"".join(bytes(each) for each in inner if isinstance(each, Message))
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _decoded(data: bytes, charset: str | None) -> str:
    for name in (charset or "utf-8", "utf-8", "cp1258"):
        with suppress(LookupError, UnicodeDecodeError):
            return data.decode(name).replace("\r\n", "\n")
    return data.decode("latin-1")


def _header(message: Message, name: str) -> str:
    return _one_line(_words(message.get(name, "")))


def _words(value: object) -> str:
    """A header in its own words; one whose encoding cannot be read stays as it is."""
    with suppress(LookupError, ValueError):
        return str(make_header(decode_header(value)))  # type: ignore[arg-type]
    return str(value)


def _addresses(message: Message, name: str) -> tuple[tuple[str, str], ...]:
    pairs = getaddresses([str(each) for each in message.get_all(name, [])])
    return tuple((_one_line(_words(shown)), address) for shown, address in pairs if "@" in address)


def _date(message: Message) -> datetime | None:
    with suppress(ValueError, TypeError, OverflowError):
        return local(parsedate_to_datetime(str(message.get("Date", ""))))
    return None


def _one_line(text: str) -> str:
    return " ".join(text.split())
