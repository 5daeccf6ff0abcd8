"""A letter's final bytes (RFC 5322, MIME): the same input gives the same bytes, so that a repeat is the same letter.

mixed(alternative(plain, related(html, images), calendar), attachments), only as deep as needed. All of it is 7 bit.
"""

from __future__ import annotations

import binascii
import hashlib
import re
import unicodedata
from base64 import b32encode, b64encode, encodebytes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Any, TypeAlias

from dondoc.domain.ids import LetterKey
from dondoc.errors import Unreadable

Mailbox: TypeAlias = tuple[str | None, str]
"""A display name, or None, and an address."""


@dataclass(frozen=True, slots=True)
class InlineImage:
    """A picture that the HTML shows as `<img src="cid:…">`."""

    cid: str
    content: bytes
    subtype: str = "png"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the letter; `kind` is its media type."""

    name: str
    content: bytes
    kind: str = "application/octet-stream"


class LetterPolicy(EmailPolicy):
    """Takes headers that are already in their final words, and only guards and folds them.

    The standard policy parses every header anew, which is most of the time that a letter takes, and writes a
    `List-Unsubscribe` or `In-Reply-To` beyond 78 characters as an encoded word, which breaks both.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, str]:
        if not re.fullmatch(r"[ -~]*", value):
            raise ValueError(f"{name} must be printable ASCII on one line")
        if max(map(len, value.split(" "))) > 900:
            raise ValueError(f"{name} is too long for a line")
        return name, value

    def header_fetch_parse(self, name: str, value: Any) -> Any:
        return value

    def fold(self, name: str, value: Any) -> str:
        lines = [f"{name}:"]
        for number, word in enumerate(value.split(" ")):
            if number > 0 and len(lines[-1]) + len(word) >= 78:
                lines.append("")
            lines[-1] += f" {word}"
        return "".join(f"{line}\r\n" for line in lines)

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


LETTER = LetterPolicy(linesep="\r\n")


def message_id_of(plan_id: str, key: LetterKey | str, domain: str) -> str:
    """The Message-ID of a plan's letter: the same key gives the same id, another key another one."""
    return f"<{_digest(f'{plan_id}/{key}')}@{domain}>"


def compose(
    subject: str,
    text: str,
    html: str,
    *,
    message_id: str,
    date: datetime,
    sender: Mailbox,
    to: Mailbox,
    reply_to: str | None = None,
    in_reply_to: str | None = None,
    references: Sequence[str] = (),
    list_unsubscribe: str | None = None,
    inline_images: Sequence[InlineImage] = (),
    calendar: bytes | None = None,
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """The letter, ready to be sent: CRLF, every line at most 998 bytes, nothing in it that depends on the clock.

    `list_unsubscribe` is an https URL that unsubscribes by POST (RFC 8058). `calendar` is an iCalendar object; it
    is an alternative and, for programs that ignore that one, an attachment. Raises Unreadable for a value that
    does not fit into its header: a line break, an address that is not one.
    """
    try:
        letter = _body(text, html, inline_images, calendar, attachments, _digest(message_id))
        letter["MIME-Version"] = "1.0"
        letter["Subject"] = _encoded(_one_line(subject))
        letter["From"] = _mailbox(sender)
        letter["To"] = _mailbox(to)
        if reply_to:
            letter["Reply-To"] = _mailbox((None, reply_to))
        letter["Date"] = format_datetime(date)
        letter["Message-ID"] = message_id
        if in_reply_to:
            letter["In-Reply-To"] = in_reply_to
        if references:
            letter["References"] = " ".join(references)
        letter["Auto-Submitted"] = "auto-generated"
        letter["X-Auto-Response-Suppress"] = "DR, RN, NRN"
        if list_unsubscribe:
            letter["List-Unsubscribe"] = f"<{list_unsubscribe}>"
            letter["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    except ValueError as error:
        raise Unreadable(f"letter {message_id!r} cannot be written: {error}") from error
    return letter.as_bytes()


def _body(
    text: str,
    html: str,
    images: Sequence[InlineImage],
    calendar: bytes | None,
    attachments: Sequence[Attachment],
    seed: str,
) -> EmailMessage:
    shown = _text(html, "html")
    if images:
        shown = _multipart("related", seed, [shown, *(_image(each) for each in images)])
    alternatives = [_text(text, "plain"), shown]
    files = list(attachments)
    if calendar is not None:
        found = re.search(rb"^METHOD:([A-Z]+)\s*$", calendar, re.MULTILINE)
        method = found[1].decode() if found else "PUBLISH"
        alternatives.append(_part(calendar, f'text/calendar; charset="utf-8"; method={method}'))
        files.append(Attachment("invite.ics", calendar, "text/calendar"))
    body = _multipart("alternative", seed, alternatives)
    return _multipart("mixed", seed, [body, *(_file(each) for each in files)]) if files else body


def _multipart(kind: str, seed: str, parts: Sequence[EmailMessage]) -> EmailMessage:
    whole = EmailMessage(LETTER)
    # Neither quoted-printable nor base64 can contain "=_", so the boundary never occurs in a part.
    whole["Content-Type"] = f'multipart/{kind}; boundary="=_{kind}_{seed}"'
    for part in parts:
        whole.attach(part)
    return whole


def _text(text: str, subtype: str) -> EmailMessage:
    """Quoted-printable or base64, whichever is shorter: Vietnamese prose is about as long in both."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return _part(lines.replace("\n", "\r\n").encode(), f'text/{subtype}; charset="utf-8"', is_prose=True)


def _image(image: InlineImage) -> EmailMessage:
    part = _part(image.content, f"image/{_token(image.subtype)}")
    part["Content-ID"] = f"<{image.cid}>"
    part["Content-Disposition"] = "inline"
    return part


def _file(attachment: Attachment) -> EmailMessage:
    kind = "/".join(_token(each) for each in attachment.kind.split("/", 1))
    part = _part(attachment.content, kind)
    part.add_header("Content-Disposition", "attachment", filename=_one_line(attachment.name))
    return part


def _part(content: bytes, kind: str, *, is_prose: bool = False) -> EmailMessage:
    part = EmailMessage(LETTER)
    part["Content-Type"] = kind
    encoding, payload = "base64", encodebytes(content)
    if is_prose and len(quoted := binascii.b2a_qp(content)) <= len(payload):
        encoding, payload = "quoted-printable", quoted
    part["Content-Transfer-Encoding"] = encoding
    part.set_payload(payload.decode("ascii"))
    return part


def _mailbox(mailbox: Mailbox) -> str:
    name, address = mailbox
    if not re.fullmatch(r"[A-Za-z0-9._%+'=-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", address):
        raise ValueError(f"{address!r} is not an address")
    shown = _one_line(name or "")
    if not shown:
        return address
    if _is_plain(shown):
        quoted = re.sub(r'(["\\\\])', r"\\\1", shown)
        return f'"{quoted}" <{address}>'
    return f"{_encoded(shown)} <{address}>"


def _one_line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text and len(text) <= 70


def _encoded(text: str) -> str:
    """`text` as a header may carry it: itself, or encoded words of whole characters (RFC 2047)."""
    if _is_plain(text):
        return text
    words, word = [], b""
    for letter in text:
        if len(word) + len(letter.encode()) > 42:
            words.append(word)
            word = b""
        word += letter.encode()
    return " ".join(f"=?utf-8?b?{b64encode(each).decode()}?=" for each in (*words, word))


def _token(word: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9!#$&^_.+-]+", word):
        raise ValueError(f"{word!r} is not a media type")
    return word


def _digest(text: str) -> str:
    return b32encode(hashlib.sha256(text.encode()).digest()[:15]).decode().lower()
