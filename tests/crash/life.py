"""An office that lives through a world, with real processes: undisturbed, or killed again and again."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from tempfile import mkdtemp
from typing import assert_never

from dondoc.domain.states import LetterState
from dondoc.mail.inboxes import folder_of
from tests.crash import record
from tests.crash.outside import Visitor, meant, messages_of
from tests.crash.post_office import PostOffice
from tests.crash.reaper import Doom, Ended, Reaper
from tests.crash.world import Acts, Happening, Mail, Payments, Run, Visit
from tests.integration.bank import codes_of, statement
from tests.integration.imap_server import Dovecot
from tests.integration.office import PLAN, Desk

REPLIES = "traloi@doan.example.org"
BY_THEMSELVES = ("follow-up", "collect", "intake", "deliver")
LEASE = timedelta(minutes=16)
"""After which whoever is gone has lost what it had claimed."""


class Sent(StrEnum):
    """Who can say which letters left."""

    LOCAL = "local"
    """The local mail server keeps them."""
    FOLDER = "folder"
    """The mail account has a folder of sent mail."""
    NOBODY = "nobody"
    """Whoever was written to is asked, letter by letter."""


@dataclass(frozen=True, slots=True)
class Mailing:
    """How letters leave and replies come."""

    sent: Sent
    connections: int = 1
    """How many letters are on their way at once."""
    imap: Dovecot | None = None
    """The mail account, where there is one."""


Dooms = Callable[[int | None, Ended | None], Doom | None]
"""How the next attempt is to end, given which piece of work it is at, None: putting things right, and how it ends
undisturbed, if that is known; None: it may live.
"""


def may_live(_piece: int | None, _undisturbed: Ended | None) -> None:
    return None


def once(doom: Doom) -> Dooms:
    """The first attempt ends so."""
    waiting = [doom]
    return lambda piece, _: waiting.pop() if waiting and piece is not None else None


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
    mailing: Mailing
    killed: list[str] = field(default_factory=list)
    """Where processes died."""
    survived: int = 0
    """How many were done before they could be killed."""
    _on_the_way: int = 0
    """How many letters those who died left without a fate."""
    _put: int = 0
    _came: dict[str, int] = field(default_factory=dict)

    def happen(self, what: Happening, dooms: Dooms = may_live, undisturbed: Sequence[Ended] = ()) -> list[Ended]:
        """Let it happen, as often as it takes, and settle what was left undecided on the way."""
        self.desk.clock.at = self.post.now = what.at
        self._on_the_way = 0
        done = []
        for number, attempt in enumerate(self._attempts(what)):
            left = undisturbed[number] if undisturbed else None
            while (doom := dooms(number, left)) is not None:
                ended = attempt(doom)
                self._count(ended, doom, what)
                left = left and left.less(ended)
            ended = attempt(None)
            assert ended.status in (0, 1, 2), f"{what}\n{ended.said}"
            done.append(ended)
        self._settle(what.at, dooms)
        return done

    def _count(self, ended: Ended, doom: Doom, what: object) -> None:
        if ended.was_killed:
            self.killed.append(f"{doom}: {ended.last}")
            before, self._on_the_way = self._on_the_way, record.on_the_way(self.desk.office.sessions)
            assert self._on_the_way <= before + self.mailing.connections, f"{what}, {doom}: more than one on each line"
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
                plain = [meant(self.desk, step) | {"at": str(step["at"])} for step in steps]
                return lambda doom: self.reaper.acts(plain, PLAN, what.at, doom)
            case Payments():
                file = self._statement(what)
                return lambda doom: self.reaper.command("bank", "import", file, "--yes", at=what.at, doom=doom)
            case Visit():
                visitor = Visitor(self.desk, what, self.post.letters)
                return lambda doom: self.reaper.pages(visitor, what.at, doom)
            case _:
                assert_never(what)

    def _put_into_mailbox(self, mail: Mail) -> None:
        for message in messages_of(self.desk, mail):
            self._put += 1
            if self.mailing.imap is not None:
                self.mailing.imap.deliver(message)
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

    def _settle(self, at: datetime, dooms: Dooms) -> None:
        """Some time later: what was claimed comes back, what was on its way is in doubt until somebody says more."""
        began = at
        while letters := record.in_transit(self.desk.office.sessions):
            at += LEASE
            assert at < began + timedelta(days=1), f"nothing becomes of {', '.join(letters)}"
            self.post.now = at
            if any(row.state is not LetterState.UNKNOWN for row in letters.values()):
                self._again_and_again(dooms, "deliver", at=at)
                record.check_letters(self.desk.office.sessions, self.post.got)
                continue
            record.check_letters(self.desk.office.sessions, self.post.got)
            if self.mailing.sent is Sent.NOBODY:
                for key, row in letters.items():
                    arrived = "--arrived" if self.post.got[row.address, row.message_id] else "--again"
                    self._again_and_again(dooms, "deliver", arrived, key, at=at)
            else:
                self._again_and_again(dooms, "reconcile", at=at)
                self._again_and_again(dooms, "reconcile", "--go-on", "send", at=at + LEASE)
                self._again_and_again(dooms, "deliver", at=at + LEASE)

    def _again_and_again(self, dooms: Dooms, *words: object, at: datetime) -> None:
        while (doom := dooms(None, None)) is not None:
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
