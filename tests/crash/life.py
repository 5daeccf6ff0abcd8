"""An office that lives through a world, with real processes: undisturbed, or killed again and again."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from enum import StrEnum
from imaplib import Time2Internaldate
from pathlib import Path
from tempfile import mkdtemp
from typing import assert_never

import httpx
from sqlalchemy import select

from dondoc.clock import SetClock
from dondoc.config import Settings
from dondoc.domain.states import Channel, LetterState
from dondoc.errors import DondocError
from dondoc.mail.inboxes import folder_of
from dondoc.runtime import build_office
from dondoc.services.office import Office
from dondoc.services.plans import load_plan
from dondoc.services.rehearse_mail import as_replied, filled_in
from dondoc.services.script import Reply
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from dondoc.store.tables import LetterRow, RequestRow
from tests.crash import record
from tests.crash.post_office import PostOffice, open_for_letters
from tests.crash.reaper import Doom, Ended, Forge, Reaper
from tests.crash.world import Acts, Happening, Mail, Payments, Run, Visit
from tests.integration.bank import codes_of, statement
from tests.integration.databases import a_database
from tests.integration.imap_server import PASSWORD, Dovecot
from tests.integration.office import PLAN, Desk, plan_2024
from tests.integration.pages import nonce_in

SECRET = "a key that both twins sign with, so that their letters can be compared"
REPLIES = "traloi@doan.example.org"
BY_THEMSELVES = ("follow-up", "collect", "intake", "deliver")
LEASE = timedelta(minutes=16)
"""After which whoever is gone has lost what it had claimed."""
_DOMAINS = ("example.org", "doan.example.org")


class Sent(StrEnum):
    """Who can say which letters left."""

    LOCAL = "local"
    """The local mail server keeps them."""
    FOLDER = "folder"
    """The mail account has a folder of sent mail."""
    NOBODY = "nobody"
    """Whoever was written to is asked, letter by letter."""


Dooms = Callable[[Ended | None], Doom | None]
"""How the next attempt is to end, given how it ends undisturbed if that is known; None: it may live."""


def may_live(_undisturbed: Ended | None) -> None:
    return None


def once(doom: Doom) -> Dooms:
    """The first attempt ends so."""
    waiting = [doom]
    return lambda undisturbed: waiting.pop() if waiting and undisturbed is not None else None


_KEPT = ("data", "left")


@dataclass(frozen=True, slots=True)
class Kept:
    """A moment of a life."""

    copies: Path
    got: Counter[tuple[str, str]]
    letters: dict[str, bytes]
    put: int
    came: dict[str, int]


@dataclass
class Life:
    """One office with its mail server and its mailbox, all of it in a folder."""

    folder: Path
    desk: Desk
    post: PostOffice
    reaper: Reaper
    sent: Sent
    imap: Dovecot | None = None
    killed: list[str] = field(default_factory=list)
    """Where processes died."""
    survived: int = 0
    """How many were done before they could be killed."""
    _put: int = 0
    _came: dict[str, int] = field(default_factory=dict)

    def happen(self, what: Happening, dooms: Dooms = may_live, undisturbed: Sequence[Ended] = ()) -> list[Ended]:
        """Let it happen, as often as it takes, and settle what was left undecided on the way."""
        self.desk.clock.at = self.post.now = what.at
        done = []
        for number, attempt in enumerate(self._attempts(what)):
            expected = undisturbed[number] if undisturbed else None
            while (doom := dooms(expected)) is not None:
                self._count(attempt(doom), doom, what)
            ended = attempt(None)
            assert ended.status in (0, 1, 2), f"{what}\n{ended.said}"
            done.append(ended)
        self._settle(what.at, dooms)
        return done

    def _count(self, ended: Ended, doom: Doom, what: object) -> None:
        if ended.was_killed:
            self.killed.append(f"{doom}: {ended.last}")
        else:
            assert ended.status in (0, 1, 2), f"{what}, {doom}\n{ended.said}"
            self.survived += 1

    def _attempts(self, what: Happening) -> Iterator[Callable[[Doom | None], Ended]]:
        """What it takes, one piece of work after the other, each of which may be tried again and again.

        What people do is followed by the run that looks what follows from it: that it may have to do the rest of what
        a page or a command had begun is no difference between two lives.
        """
        yield self._prepared(what)
        if isinstance(what, Acts) or (isinstance(what, Run) and what.words[0] not in BY_THEMSELVES):
            yield lambda doom: self.reaper.command("follow-up", at=what.at, doom=doom)

    def _prepared(self, what: Happening) -> Callable[[Doom | None], Ended]:
        """What is outside of every process is done once; the rest as often as it is called."""
        match what:
            case Run(words=words):
                return lambda doom: self.reaper.command(*words, at=what.at, doom=doom)
            case Mail():
                self._put_into_mailbox(what)
                return lambda doom: self.reaper.command("intake", at=what.at, doom=doom)
            case Acts(steps=steps):
                plain = [step | {"at": str(step["at"])} for step in steps]
                return lambda doom: self.reaper.acts(plain, PLAN, what.at, doom)
            case Payments():
                file = self._statement(what)
                return lambda doom: self.reaper.command("bank", "import", file, "--yes", at=what.at, doom=doom)
            case Visit():
                visitor = self._visitor(what)
                return lambda doom: self.reaper.pages(visitor, what.at, doom)
            case _:
                assert_never(what)

    def _put_into_mailbox(self, mail: Mail) -> None:
        office, messages = self.desk.office, []
        with office.sessions.reading() as session:
            for reply in mail.replies:
                said = Reply.model_validate(reply)
                request = said.request if said.request.count("/") >= 2 else f"{said.request}/{said.unit}"
                with suppress(DondocError):  # nobody was asked
                    messages.append(as_replied(office, session, PLAN, request, said))
            for other in mail.others:
                with suppress(DondocError):
                    messages.append(filled_in(session, PLAN, other.encode()))
        for message in messages:
            self._put += 1
            if self.imap is not None:
                self.imap.deliver(message)
                continue
            inbox = self.desk.settings.data / "mail" / folder_of(REPLIES)
            for box in ("new", "cur", "tmp"):
                (inbox / box).mkdir(parents=True, exist_ok=True)
            (inbox / "new" / f"{self._put:06}.world").write_bytes(message)

    def _statement(self, paid: Payments) -> Path:
        codes = defaultdict(str, codes_of(self.desk))
        rows = [(day, document, amount, remark.format_map(codes)) for day, document, amount, remark in paid.rows]
        self._came |= {document: amount for _, document, amount, _ in rows}
        file = self.desk.settings.data / paid.name
        file.write_bytes(statement(*rows))
        return file

    def _visitor(self, visit: Visit) -> Callable[[str], object]:
        path, form = self._link(visit), {"verdict": visit.verdict, "comment": visit.comment}

        def go(base: str) -> None:
            try:
                if path is not None and "nonce" not in form:
                    page = httpx.get(base + path)
                    assert page.status_code in (200, 410), page.text
                    if page.status_code == 200:
                        form["nonce"] = nonce_in(page.text)
                if "nonce" in form:
                    answered = httpx.post(f"{base}{path}", data=form)
                    assert answered.status_code in (303, 422), answered.text
            except httpx.TransportError as lost:
                raise ConnectionError(str(lost)) from None

        return go

    def _link(self, visit: Visit) -> str | None:
        """The path of the link in the letter that the unit got last; None when it got none."""
        request = f"{visit.request}/{visit.unit}"
        with self.desk.office.sessions.reading() as session:
            ids = session.scalars(
                select(LetterRow.message_id)
                .join(RequestRow, RequestRow.id == LetterRow.request_id)
                .where(RequestRow.key == request)
                .order_by(LetterRow.id.desc())
            ).all()
        for message_id in ids:
            if (content := self.post.letters.get(message_id)) is not None:
                body = message_from_bytes(content, policy=policy.default).get_body(("plain",))
                if body and (found := re.search(r"https?://[^/\s]+(/tra-loi/\S+)", body.get_content())):
                    return found[1]
        return None

    def _settle(self, at: datetime, dooms: Dooms) -> None:
        """Some time later: what was claimed comes back, what was on its way is in doubt until somebody says more."""
        while letters := record.in_transit(self.desk.office.sessions):
            at += LEASE
            self.post.now = at
            if any(row.state is not LetterState.UNKNOWN for row in letters.values()):
                self._again_and_again(dooms, "deliver", at=at)
                record.check_letters(self.desk.office.sessions, self.post.got)
                continue
            record.check_letters(self.desk.office.sessions, self.post.got)
            if self.sent is Sent.NOBODY:
                for key, row in letters.items():
                    arrived = "--arrived" if self.post.got[row.address, row.message_id] else "--again"
                    self._again_and_again(dooms, "deliver", arrived, key, at=at)
            else:
                self._again_and_again(dooms, "reconcile", at=at)
                self._again_and_again(dooms, "reconcile", "--go-on", "send", at=at + LEASE)
                self._again_and_again(dooms, "deliver", at=at + LEASE)

    def _again_and_again(self, dooms: Dooms, *words: object, at: datetime) -> None:
        while (doom := dooms(None)) is not None:
            self._count(self.reaper.command(*words, at=at, doom=doom), doom, words)
        ended = self.reaper.command(*words, at=at)
        assert ended.status in (0, 1), ended.said

    def in_doubt(self) -> set[str]:
        """The letters of which nobody knows whether they left."""
        letters = record.in_transit(self.desk.office.sessions)
        return {key for key, row in letters.items() if row.state is LetterState.UNKNOWN}

    def remembered(self) -> record.Remembered:
        engine = self.desk.office.sessions.engine
        return record.remembered(engine, numbers=engine.dialect.name == "sqlite")

    def keep(self) -> Kept:
        """Everything as it is now, to be taken up again."""
        self.desk.office.sessions.engine.dispose()  # the last to leave writes the journal into the file
        copies = Path(mkdtemp(dir=self.folder))
        for name in _KEPT:
            shutil.copytree(self.folder / name, copies / name)
        return Kept(copies, Counter(self.post.got), dict(self.post.letters), self._put, dict(self._came))

    def go_back(self, kept: Kept) -> None:
        """To what it was then; what runs on SQLite only."""
        self.desk.office.sessions.engine.dispose()
        for name in _KEPT:
            shutil.rmtree(self.folder / name)
            shutil.copytree(kept.copies / name, self.folder / name)
        self.post.got, self.post.letters = Counter(kept.got), dict(kept.letters)
        self._put, self._came = kept.put, dict(kept.came)

    def check_letters(self) -> None:
        record.check_letters(self.desk.office.sessions, self.post.got)

    def check(self) -> None:
        """What must hold at the end whatever happened."""
        sessions = self.desk.office.sessions
        self.check_letters()
        with sessions.reading() as session:
            record.check_books(session, PLAN, self._came)
            record.check_replies(session, self._put)


@contextmanager
def an_office_that_lives(
    forge: Forge, folder: Path, began: datetime, sent: Sent, imap: Dovecot | None = None
) -> Iterator[Life]:
    """The plan of 2024 was loaded at that moment."""
    data, left = folder / "data", folder / "left"
    left.mkdir(parents=True)
    with ExitStack() as stack:
        url = stack.enter_context(a_database(data))
        data.mkdir(exist_ok=True)
        post = PostOffice(data / "mail" if sent is Sent.LOCAL else left, _DOMAINS, began)
        port = stack.enter_context(open_for_letters(post))
        environment = {
            "DONDOC_DATA": str(data),
            "DONDOC_DATABASE_URL": url,
            "DONDOC_SECRETS": SECRET.replace(" ", "-"),
            "DONDOC_SMTP_HOST": "127.0.0.1" if sent is Sent.LOCAL else "127.0.0.2",
            "DONDOC_SMTP_PORT": str(port),
            "DONDOC_REPLY_ADDRESS": REPLIES,
        }
        settings = Settings(data=data, database_url=url, secrets=[SECRET.replace(" ", "-")], _env_file=None)
        engine = open_engine(url)
        stack.callback(engine.dispose)
        clock = SetClock(began)
        office: Office = build_office(settings, Sessions(engine), clock)
        load_plan(office, plan_2024(), Actor("test", Channel.COMMAND))
        if imap is not None:
            environment |= _account(imap)
            post.keeps_copy = lambda content, at: _keep_copy(imap, content, at)
        reaper = Reaper(forge, folder, post, environment)
        yield Life(folder, Desk(office, clock, settings), post, reaper, sent, imap)


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
