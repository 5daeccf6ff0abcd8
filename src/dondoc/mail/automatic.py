"""Mail that no person wrote for us: it is never an answer, and is never answered (RFC 3834; scenario 16)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeAlias

Headers: TypeAlias = Mapping[str, Sequence[str]]
"""Every header by its name in lower case: its values as text, in their order."""


class Automatic(StrEnum):
    """What kind of automatic mail it is."""

    OWN = "own"
    """A letter of our own that came back: a forwarding rule, a copy, a loop."""
    REPORT = "report"
    """What became of a letter: a bounce, a delay, a receipt."""
    OUT_OF_OFFICE = "out_of_office"
    CALENDAR = "calendar"
    """A calendar program accepted or declined an invitation."""
    LIST = "list"
    """It came through a mailing list or a bulk sender."""
    OTHER = "other"


_AWAY = re.compile(
    r"^\W*((trả lời|tra loi|phản hồi|hồi âm) tự động\b|tra loi tu dong\b|thư trả lời tự động"
    r"|automatic reply\b|auto[- ]?reply\b|auto(matic)?[- ]?response\b|out of (the )?office\b"
    r"|vắng mặt\b|vang mat\b|đang (đi )?(vắng|công tác|nghỉ phép)\b"
    r"|nghỉ phép\b|on (annual )?leave\b|away from)",
    re.IGNORECASE,
)
_RECEIPT = re.compile(r"^\W*(read|đã đọc|not read|delivered|đã chuyển)\s*:", re.IGNORECASE)
_REPORT = re.compile(
    r"^\W*(undeliver|mail delivery|delivery (status|failure|notification|has failed|delayed|incomplete)|returned mail"
    r"|failure notice|mail system error|warning: (message|could not send)|không (gửi|chuyển|thể gửi|thể chuyển))",
    re.IGNORECASE,
)
_MACHINE = re.compile(
    r"(mailer-daemon|postmaster|mail\.?daemon|no-?reply|do-?not-?reply|bounces?)([+=-].*)?", re.IGNORECASE
)
_OWN_ID = re.compile(r"<[a-z2-7]{24}@([^<>@\s]+)>")
_LIST_HEADERS = ("list-id", "list-unsubscribe", "list-post", "mailing-list", "x-mailing-list", "feedback-id")


def is_machine(address: str | None) -> bool:
    """Whether nobody reads what is sent to `address`."""
    return address is None or _MACHINE.fullmatch(address.partition("@")[0]) is not None


def kind_of(
    headers: Headers, *, sender: str | None, subject: str, kinds: Sequence[str], own: frozenset[str]
) -> Automatic | None:
    """What kind of automatic mail it is; None when a person seems to have written it.

    `kinds` are the media types of the whole and of its parts, with a report's type or a calendar's method behind a
    semicolon; `own` are our own addresses. `X-Auto-Response-Suppress` alone says nothing: persons' mail bears it too.
    """
    submitted = _first_word(headers, "auto-submitted")
    if _is_own(headers, sender, submitted, own):
        return Automatic.OWN
    if any(kind.startswith(("multipart/report", "message/delivery-status")) for kind in kinds) or (
        is_machine(sender) and (_says(headers, "return-path", "<>") or _REPORT.match(subject))
    ):
        return Automatic.REPORT
    if "text/calendar;reply" in kinds or "text/calendar;counter" in kinds:
        return Automatic.CALENDAR
    precedence = _first_word(headers, "precedence")
    away = _AWAY.match(subject) is not None
    if away or precedence == "auto_reply" or _is_responder(headers) or submitted == "auto-replied":
        return Automatic.OUT_OF_OFFICE
    if any(name in headers for name in _LIST_HEADERS) or precedence in ("bulk", "junk", "list"):
        return Automatic.LIST
    if submitted not in ("", "no") or _says(headers, "return-path", "<>") or is_machine(sender):
        return Automatic.OTHER
    return Automatic.REPORT if _RECEIPT.match(subject) else None


def _is_own(headers: Headers, sender: str | None, submitted: str, own: frozenset[str]) -> bool:
    domains = {address.rpartition("@")[2] for address in own}
    ids = _OWN_ID.match(" ".join(headers.get("message-id", ())).strip())
    return (ids is not None and ids[1].lower() in domains) or (submitted == "auto-generated" and sender in own)


def _is_responder(headers: Headers) -> bool:
    return (
        "x-autorespond" in headers
        or "x-auto-reply" in headers
        or any(value.strip().lower() not in ("", "no") for value in headers.get("x-autoreply", ()))
        or "x-autoreply-from" in headers
    )


def _first_word(headers: Headers, name: str) -> str:
    return re.split(r"[\s;(]", " ".join(headers.get(name, ())).strip().lower(), maxsplit=1)[0]


def _says(headers: Headers, name: str, value: str) -> bool:
    return any(said.strip() == value for said in headers.get(name, ()))
