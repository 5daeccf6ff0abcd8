"""Looking for our own letters among the mail that left: in the account's folder of sent mail, or in the local inboxes.

A letter's Message-ID follows from its key, so a letter that is found there has left, whatever the record says.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path
from typing import Any, Protocol

from dondoc.mail.imap import ImapSettings, connection
from dondoc.mail.inboxes import letters_in

_FIELDS = "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE TO SUBJECT AUTO-SUBMITTED)]"
_ANSWER = b"BODY[HEADER.FIELDS (MESSAGE-ID DATE TO SUBJECT AUTO-SUBMITTED)]"
_AT_ONCE = 500
_HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class Left:
    """A letter of ours that left."""

    message_id: str
    sent_at: datetime
    address: str
    subject: str


class SentMail(Protocol):
    """Where mail that left is kept; `place` says where that is."""

    @property
    def place(self) -> str: ...

    def since(self, day: date) -> Iterator[Left]:
        """Our letters from that day on; possibly older ones, too. Raises Unreachable."""
        ...


@dataclass(frozen=True, slots=True)
class ImapSent:
    """The folder of an account in which its server keeps what was sent."""

    account: ImapSettings
    domain: str
    """Of our Message-IDs."""

    @property
    def place(self) -> str:
        return f"{self.account.folder} of {self.account.user}"

    def since(self, day: date) -> Iterator[Left]:
        with connection(self.account) as client:
            client.select_folder(self.account.folder, readonly=True)
            numbers = client.search(["SINCE", day])
            for start in range(0, len(numbers), _AT_ONCE):
                found: dict[int, Any] = client.fetch(numbers[start : start + _AT_ONCE], [_FIELDS, "INTERNALDATE"])
                for facts in found.values():
                    at = facts.get(b"INTERNALDATE")
                    yield from _ours(facts.get(_ANSWER, b""), at if isinstance(at, datetime) else None, self.domain)


@dataclass(frozen=True, slots=True)
class LocalSent:
    """The inboxes of the local mail server: whatever it took is there."""

    root: Path
    domain: str

    @property
    def place(self) -> str:
        return str(self.root)

    def since(self, day: date) -> Iterator[Left]:
        for inbox in sorted(self.root.iterdir()):
            for entry in letters_in(inbox):
                at = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
                if at.date() >= day:
                    with Path(entry.path).open("rb") as file:
                        yield from _ours(file.read(_HEAD), at, self.domain)


def _ours(head: bytes, at: datetime | None, domain: str) -> Iterator[Left]:
    """The letter, if it is one that we wrote and not an answer to one."""
    headers = message_from_bytes(head, policy=policy.compat32)
    message_id = str(headers["Message-ID"] or "").strip()
    if not message_id.endswith(f"@{domain}>") or headers["Auto-Submitted"] != "auto-generated":
        return
    sent_at = at or parsedate_to_datetime(str(headers["Date"]))
    subject = str(make_header(decode_header(" ".join(str(headers["Subject"] or "").split()))))
    yield Left(message_id, sent_at, parseaddr(str(headers["To"]))[1], subject)
