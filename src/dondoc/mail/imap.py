"""Mail on an IMAP server (RFC 3501), read without a trace: EXAMINE, BODY.PEEK, no flag is ever set."""

from __future__ import annotations

import imaplib
import ipaddress
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from dondoc.errors import Unreachable, Unreadable
from dondoc.mail.mailbox import LARGEST, LARGEST_HEADERS, Cursor, Fetched


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """The account into which answers come."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    security: Literal["ssl", "starttls", "none"] = "ssl"
    folder: str = "INBOX"
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    """Trusts other certificates than the system does; None: the system's."""
    timeout: float = 60
    """Seconds for each step."""

    def __post_init__(self) -> None:
        if self.security == "none" and not _is_loopback(self.host):
            raise Unreadable(f"mailbox {self.host}: a password needs 'ssl' or 'starttls'")


class ImapMailbox:
    """One folder of an account. Each look makes its own connection: between two of them lie minutes."""

    def __init__(self, settings: ImapSettings) -> None:
        self._settings = settings

    def fetch(self, cursor: Cursor | None, limit: int) -> Iterator[Fetched]:
        settings = self._settings
        with connection(settings) as client:
            validity = int(client.select_folder(settings.folder, readonly=True)[b"UIDVALIDITY"])
            last = _last(cursor, validity)
            # The server answers "7:*" with its last message even when that is 3, so smaller numbers are dropped.
            uids = sorted(uid for uid in client.search(["UID", f"{last + 1}:*"]) if uid > last)[:limit]
            facts = client.fetch(uids, ["RFC822.SIZE", "INTERNALDATE"]) if uids else {}
            for uid in uids:
                is_whole = facts[uid][b"RFC822.SIZE"] <= LARGEST if uid in facts else False
                content = _content(client, uid, is_whole=is_whole) if uid in facts else None
                if content is None:
                    continue  # it was deleted meanwhile
                at = facts[uid].get(b"INTERNALDATE")
                source = f"imap/{settings.user}@{settings.host}/{settings.folder}/{validity}/{uid}"
                received_at = at if isinstance(at, datetime) else None
                yield Fetched(source, Cursor(f"{validity}/{uid}"), content, received_at, is_whole)


def _last(cursor: Cursor | None, validity: int) -> int:
    """The last number that was read; 0 when the server has numbered the folder anew."""
    known, _, uid = (cursor.position if cursor else "0/0").partition("/")
    return int(uid) if int(known) == validity else 0


def _content(client: IMAPClient, uid: int, *, is_whole: bool) -> bytes | None:
    part, key = (
        ("BODY.PEEK[]", b"BODY[]") if is_whole else (f"BODY.PEEK[HEADER]<0.{LARGEST_HEADERS}>", b"BODY[HEADER]<0>")
    )
    content: Any = client.fetch([uid], [part]).get(uid, {}).get(key)
    return content if isinstance(content, bytes) else None


@contextmanager
def connection(settings: ImapSettings) -> Iterator[IMAPClient]:
    """A connection that is logged in; whatever goes wrong with it becomes one sentence without the password."""
    client = None
    where = f"mailbox {settings.user} at {settings.host}:{settings.port}"
    try:
        context = None if settings.security == "none" else settings.tls or ssl.create_default_context()
        client = _connect(settings, context)
        if settings.security == "starttls":
            client.starttls(context)
        client.login(settings.user, settings.password)
        yield client
    except (IMAPClientError, imaplib.IMAP4.error, OSError, EOFError) as error:
        # A line that breaks during the login comes as a LoginError, too.
        if isinstance(error, LoginError) and not isinstance(error.__context__, imaplib.IMAP4.abort):
            raise Unreachable(f"{where}: the server refused user and password; check both in the settings") from None
        said = " ".join(str(error).replace(settings.password or "\0", "•••").split())[:200]
        raise Unreachable(f"{where}: {said or type(error).__name__}; it is tried again with the next look") from None
    finally:
        if client is not None:
            with suppress(IMAPClientError, imaplib.IMAP4.error, OSError, EOFError):
                client.logout()
            with suppress(OSError):
                client.shutdown()  # a logout that failed leaves the socket open


def _connect(settings: ImapSettings, context: ssl.SSLContext | None) -> IMAPClient:
    client = IMAPClient(
        settings.host,
        settings.port,
        ssl=settings.security == "ssl",
        ssl_context=context if settings.security == "ssl" else None,
        timeout=settings.timeout,
    )
    client.normalise_times = False  # keeps the zone of INTERNALDATE
    return client


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
