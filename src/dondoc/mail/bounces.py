"""What a mail server says about a letter that it did not deliver: RFC 3464, and the many that do not follow it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum
from typing import Any

from flufl.bounce import all_failures

from dondoc.mail.smtp_replies import words


class Failure(StrEnum):
    PERMANENT = "permanent"
    """Hard: no letter should go there again."""
    TEMPORARY = "temporary"
    """Given up for a reason that may pass, such as a full mailbox."""
    DELAYED = "delayed"
    """The server is still trying."""


@dataclass(frozen=True, slots=True)
class FailedAddress:
    address: str
    failure: Failure
    status: str | None = None
    """The enhanced code, such as 5.1.1 (RFC 3463); None when nobody gave one."""
    diagnostic: str = ""


@dataclass(frozen=True, slots=True)
class Bounce:
    """`message_id` is that of our letter, where the report holds it; no address: it names none, or all went well."""

    failed: tuple[FailedAddress, ...]
    message_id: str | None = None


_MOST_PARTS, _MOST_ADDRESSES = 60, 50
_LONGEST_SCAN = 300_000
_ID = re.compile(r"^message-id:\s*(<[^<>\s]{1,400}>)", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>\"';:,@]{1,100}@[^\s<>\"';:,@]{1,200}")
_FULL = re.compile(r"[45]\.2\.2|mailbox (is )?full|over quota|quota exceeded|hộp thư (đã )?đầy", re.IGNORECASE)


def read_bounce(message: Message[Any, Any], size: int) -> Bounce:
    """What a report (of `size` bytes) says. The standard form goes first, flufl.bounce knows dozens of others."""
    parts = [part for part, _ in zip(message.walk(), range(_MOST_PARTS), strict=False)]
    failed = tuple(_standard(parts))[:_MOST_ADDRESSES]
    if not failed and not any(part.get_content_type() == "message/delivery-status" for part in parts):
        failed = tuple(_others(message, parts)) if size <= _LONGEST_SCAN else ()
    return Bounce(failed, _original_id(parts))


def _standard(parts: list[Message[Any, Any]]) -> Iterator[FailedAddress]:
    for part in parts:
        payload = part.get_payload()
        if part.get_content_type() != "message/delivery-status" or not isinstance(payload, list):
            continue
        for group in payload[: _MOST_ADDRESSES + 1]:
            found = _recipient(group)
            if found is not None:
                yield found


def _recipient(group: Any) -> FailedAddress | None:
    named = _ADDRESS.search(_field(group, "Original-Recipient") or _field(group, "Final-Recipient"))
    named = named or _ADDRESS.search(_field(group, "Final-Recipient"))
    action = _field(group, "Action").strip().lower()
    status = _STATUS.search(_field(group, "Status"))
    if named is None or action not in ("failed", "delayed"):
        return None
    diagnostic = words(_field(group, "Diagnostic-Code").partition(";")[2] or _field(group, "Diagnostic-Code"))
    precise = _STATUS.search(diagnostic)
    code = status[1] if status else None
    if precise is not None and (code is None or code.endswith(".0.0")):
        code = precise[1]  # Exim and others write 5.0.0 and leave the real code to the diagnosis
    failure = Failure.DELAYED if action == "delayed" else _permanence(code, diagnostic)
    return FailedAddress(named[0].lower(), failure, code, diagnostic)


def _permanence(status: str | None, diagnostic: str) -> Failure:
    if (status or "").startswith("4") or _FULL.search(f"{status} {diagnostic}"):
        return Failure.TEMPORARY
    return Failure.PERMANENT


def _others(message: Message[Any, Any], parts: list[Message[Any, Any]]) -> Iterator[FailedAddress]:
    text = _text(parts)
    if len(text.splitlines()) > 3000:
        return
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - its detectors meet whatever servers write; a report they cannot read names nobody
        return
    status = _STATUS.search(text)
    code = status[1] if status else None
    for failure, found in ((Failure.PERMANENT, permanent), (Failure.TEMPORARY, temporary)):
        for raw in sorted(found)[:_MOST_ADDRESSES]:
            address = (raw.decode("ascii", "replace") if isinstance(raw, bytes) else str(raw)).strip("<> ").lower()
            line = next((line for line in text.splitlines() if address in line.lower()), "")
            hard = failure is Failure.PERMANENT and _permanence(code, text[:2000])
            yield FailedAddress(address, hard or failure, code, words(line))


def _original_id(parts: list[Message[Any, Any]]) -> str | None:
    """The Message-ID of the letter, from its copy or its headers inside the report, never the report's own."""
    for part in parts[1:]:
        own = part.get("Message-ID")
        if own is not None and (found := _ID.match(f"Message-ID: {str(own).strip()}")):
            return found[1]
    found = _ID.search(_text(parts))
    return found[1] if found else None


def _text(parts: list[Message[Any, Any]]) -> str:
    pieces: list[str] = []
    for part in parts:
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            pieces.append((payload if isinstance(payload, bytes) else b"")[:100_000].decode("utf-8", "replace"))
    return "\n".join(pieces)[:_LONGEST_SCAN]


def _field(group: Any, name: str) -> str:
    return str(group.get(name, ""))[:2000]
