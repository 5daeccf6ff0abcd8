"""Offices that live in a folder, with a mail server of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from imaplib import Time2Internaldate
from pathlib import Path

from dondoc.clock import SetClock
from dondoc.config import Settings
from dondoc.domain.states import Channel
from dondoc.runtime import build_office
from dondoc.services.plans import load_plan
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from tests.crash.life import REPLIES, Life, Mailing, Sent
from tests.crash.post_office import PostOffice, open_for_letters
from tests.crash.reaper import Forge, Reaper
from tests.integration.databases import a_database
from tests.integration.imap_server import PASSWORD, Dovecot
from tests.integration.office import Desk, plan_2024

_SECRET = "a-key-that-both-twins-sign-with-so-that-their-letters-are-alike"
_ELSEWHERE = "127.1"
"""This machine, by a name that Dondoc does not take for its own local mail server."""
_DOMAINS = ("example.org", "doan.example.org")


@contextmanager
def an_office_that_lives(forge: Forge, folder: Path, began: datetime, mailing: Mailing) -> Iterator[Life]:
    """The plan of 2024 was loaded at that moment."""
    data, left = folder / "data", folder / "left"
    left.mkdir(parents=True)
    with ExitStack() as stack:
        url = stack.enter_context(a_database(data))
        data.mkdir(exist_ok=True)
        post = PostOffice(data / "mail" if mailing.sent is Sent.LOCAL else left, _DOMAINS, began)
        post.root.mkdir(exist_ok=True)  # it has had letters before: where none were ever kept, nobody looks for them
        port = stack.enter_context(open_for_letters(post))
        environment = {
            "DONDOC_DATA": str(data),
            "DONDOC_DATABASE_URL": url,
            "DONDOC_SECRETS": _SECRET,
            "DONDOC_SMTP_HOST": "127.0.0.1" if mailing.sent is Sent.LOCAL else _ELSEWHERE,
            "DONDOC_SMTP_PORT": str(port),
            "DONDOC_SMTP_CONNECTIONS": str(mailing.connections),
            "DONDOC_REPLY_ADDRESS": REPLIES,
        }
        settings = Settings(data=data, database_url=url, secrets=[_SECRET], _env_file=None)
        engine = open_engine(url)
        stack.callback(engine.dispose)
        clock = SetClock(began)
        office = build_office(settings, Sessions(engine), clock)
        load_plan(office, plan_2024(), Actor("test", Channel.COMMAND))
        if (imap := mailing.imap) is not None:
            environment |= _account(imap)
            post.keeps_copy = lambda content, at: _keep_copy(imap, content, at)
        reaper = Reaper(forge, folder, post, environment)
        yield Life(folder, Desk(office, clock, settings), post, reaper, mailing)


def _account(imap: Dovecot) -> dict[str, str]:
    return {
        "DONDOC_IMAP_HOST": "127.0.0.1",
        "DONDOC_IMAP_PORT": str(imap.port),
        "DONDOC_IMAP_SECURITY": "none",
        "DONDOC_IMAP_USER": "traloi",
        "DONDOC_IMAP_PASSWORD": PASSWORD,
        "DONDOC_SENT_FOLDER": "Sent",
    }


def _keep_copy(imap: Dovecot, content: bytes, at: datetime) -> None:
    with imap.client() as client:
        assert client.append("Sent", "", Time2Internaldate(at), content)[0] == "OK"
