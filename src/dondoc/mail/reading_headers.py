"""What the headers of a message say: who wrote, to whom, in which thread, and what our own mail server checked."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from dondoc.domain.zone import local
from dondoc.mail.automatic import Headers

MOST_RECIPIENTS, MOST_IDS = 200, 100
_OURS_MAY_STAND_IN = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to", "cc")

_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\([^()]*\)")
_ADDRESS = r"[^\s<>()\[\],;:\\\"@]{1,64}@[^\s<>()\[\],;:\\\"@]{1,255}"
_ANGLE = re.compile(rf"<\s*({_ADDRESS})\s*>")
_BARE = re.compile(rf"\s*({_ADDRESS})\s*")
_ANYWHERE = re.compile(r"(?<![^\s<,;:])[^\s<>()\[\],;:\\\"@]{1,128}@[^\s<>()\[\],;:\\\"@]{1,255}")
_ID = re.compile(r"<([^<>\s]{1,400})>")


class Authentication(StrEnum):
    """What the configured mail server found out about the sender (RFC 8601)."""

    PASS = "pass"  # noqa: S105 - the word of the standard
    FAIL = "fail"
    NONE = "none"
    """Not checked, or no server is configured whose word counts."""


def headers_of(message: Message[Any, Any]) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        headers.setdefault(name.strip().lower(), []).append(str(value))
    return headers


def sender_in(headers: Headers) -> str | None:
    """The one address in From, in lower case; None when there is none or more than one, for then nobody can tell.

    Stricter than `email.utils.parseaddr`, which can be made to see another address than the mail server checked.
    """
    said = headers.get("from", ())
    if len(said) != 1 or len(said[0]) > 5000:
        return None
    plain = _COMMENT.sub(" ", _QUOTED.sub(" ", said[0]))
    if plain.count("<") > 1 or plain.count(">") > 1:
        return None
    angle = _ANGLE.search(plain)
    if angle is not None:
        return angle[1].lower() if not plain[angle.end() :].strip() and "," not in plain[: angle.start()] else None
    bare = _BARE.fullmatch(plain)
    return bare[1].lower() if bare else None


def recipients_in(headers: Headers) -> tuple[str, ...]:
    """Whom it was delivered to, then whom it was written to, in lower case; at most 200."""
    found: dict[str, None] = {}
    for name in _OURS_MAY_STAND_IN:
        for value in headers.get(name, ())[:20]:
            for address in _ANYWHERE.finditer(value):
                found.setdefault(address[0].lower())
                if len(found) == MOST_RECIPIENTS:
                    return tuple(found)
    return tuple(found)


def ids_in(headers: Headers, *names: str) -> tuple[str, ...]:
    """The message ids `<…>` in these headers, each once, the latest of a thread last."""
    ids = (f"<{found[1]}>" for name in names for value in headers.get(name, ()) for found in _ID.finditer(value))
    return tuple(dict.fromkeys(ids))[-MOST_IDS:]


def date_in(headers: Headers) -> datetime | None:
    try:
        return local(parsedate_to_datetime(headers.get("date", ("",))[0][:200]))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def authentication_in(headers: Headers, authserv_id: str | None, sender: str | None) -> Authentication:
    """What `authserv_id` says in its topmost Authentication-Results; anybody may forge the others.

    DMARC decides where it was checked; else DKIM or SPF do, for a domain that is the sender's own.
    """
    if not authserv_id:
        return Authentication.NONE
    for value in headers.get("authentication-results", ()):
        said = [part.strip() for part in _COMMENT.sub(" ", _QUOTED.sub(" ", value)).split(";")]
        if said[0].lower().split(" ")[0] == authserv_id.lower():
            return _judged([part for part in said[1:] if part], (sender or "").rpartition("@")[2])
    return Authentication.NONE


_RESULT = re.compile(r"(dmarc|dkim|spf)\s*=\s*([a-z]+)", re.IGNORECASE)
_DOMAIN = re.compile(r"(?:header\.d|header\.i|smtp\.mailfrom)\s*=\s*(?:[^\s;@]*@)?([^\s;@]+)", re.IGNORECASE)


def _judged(results: list[str], domain: str) -> Authentication:
    failed = False
    for result in sorted(results, key=lambda each: not each.lower().startswith("dmarc")):
        found = _RESULT.match(result)
        if found is None:
            continue
        method, word = found[1].lower(), found[2].lower()
        if method == "dmarc" and word in ("pass", "fail"):
            return Authentication(word)
        if word == "pass" and any(_is_aligned(each.lower(), domain) for each in _DOMAIN.findall(result)):
            return Authentication.PASS
        failed = failed or word in ("fail", "softfail", "permerror")
    return Authentication.FAIL if failed else Authentication.NONE


def _is_aligned(checked: str, domain: str) -> bool:
    return bool(domain) and (checked == domain or (domain.endswith(f".{checked}") and "." in checked))
