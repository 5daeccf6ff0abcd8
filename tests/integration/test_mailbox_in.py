"""Reading a mailbox: every message once and none missed, whatever happens to the mailbox or to the reader."""

from __future__ import annotations

import hashlib
import socket
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from dondoc.errors import Unreachable, Unreadable
from dondoc.mail import imap, maildir_in
from dondoc.mail.imap import ImapMailbox, ImapSettings
from dondoc.mail.inboxes import keep
from dondoc.mail.mailbox import Cursor, Fetched, Mailbox
from dondoc.mail.maildir_in import MaildirMailbox
from tests.integration.broken_line import dropping_after
from tests.integration.imap_server import DOVECOT, Dovecot, dovecot

with_dovecot = pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed")


def message(number: int, body: str = "Nhất trí") -> bytes:
    return f"From: a@example.org\r\nSubject: {number}\r\n\r\n{body}\r\n".encode()


def subjects(fetched: list[Fetched]) -> list[int]:
    return [int(each.content.split(b"Subject: ")[1].split(b"\r\n")[0]) for each in fetched]


def everything(mailbox: Mailbox, cursor: Cursor | None = None, limit: int = 100) -> list[Fetched]:
    return list(mailbox.fetch(cursor, limit))


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    # Not pytest's own folder: the path of a Unix socket must stay short.
    with tempfile.TemporaryDirectory(prefix="dc") as home:
        Path(home).chmod(0o755)
        with dovecot(Path(home)) as running:
            yield running


@with_dovecot
def test_a_message_is_read_whole_and_stays_unseen(server: Dovecot) -> None:
    server.deliver(message(1), user="unseen")

    [fetched] = everything(ImapMailbox(server.settings("unseen")))

    assert fetched.content == message(1)
    assert fetched.received_at is not None
    assert fetched.received_at.tzinfo is not None
    assert b"\\Seen" not in server.flags("unseen")


@with_dovecot
def test_the_next_look_goes_on_behind_the_last_message(server: Dovecot) -> None:
    server.deliver(*map(message, range(1, 6)), user="goes-on")
    mailbox = ImapMailbox(server.settings("goes-on"))

    first = everything(mailbox, limit=3)
    second = everything(mailbox, first[-1].cursor_after)
    third = everything(mailbox, second[-1].cursor_after)

    assert (subjects(first), subjects(second), third) == ([1, 2, 3], [4, 5], [])


@with_dovecot
def test_a_reader_killed_before_recording_reads_the_message_again(server: Dovecot) -> None:
    server.deliver(*map(message, range(1, 8)), user="killed")
    recorded: dict[str, int] = {}
    cursor: Cursor | None = None

    for _ in range(20):
        # Each life of the reader records one message and dies with the next in its hands.
        for fetched in list(islice(ImapMailbox(server.settings("killed")).fetch(cursor, 100), 2))[:1]:
            assert fetched.source not in recorded
            recorded[fetched.source] = subjects([fetched])[0]
            cursor = Cursor.parse(str(fetched.cursor_after))

    assert list(recorded.values()) == [1, 2, 3, 4, 5, 6, 7]


@with_dovecot
def test_a_folder_that_was_numbered_anew_is_read_anew(server: Dovecot) -> None:
    server.deliver(message(1), message(2), user="rebuilt")
    mailbox = ImapMailbox(server.settings("rebuilt"))
    before = everything(mailbox)

    _renumber(server, "rebuilt")
    server.deliver(message(3), user="rebuilt")
    after = everything(mailbox, before[-1].cursor_after)

    assert subjects(after) == [1, 2, 3]
    assert not {each.source for each in before} & {each.source for each in after}
    digests = {hashlib.sha256(each.content).hexdigest() for each in (*before, *after)}
    assert len(digests) == 3


def _renumber(server: Dovecot, user: str) -> None:
    """Gives the folder another UIDVALIDITY, as a rebuilt mail server does."""
    uidlist = server.home / "mail" / user / "dovecot-uidlist"
    head, _, rest = uidlist.read_text().partition("\n")
    words = [f"V{int(word[1:]) + 1000}" if word.startswith("V") else word for word in head.split(" ")]
    uidlist.write_text("\n".join((" ".join(words), rest)))
    for index in uidlist.parent.glob("dovecot.index*"):
        index.unlink()


@with_dovecot
def test_messages_deleted_meanwhile_are_left_out(server: Dovecot) -> None:
    server.deliver(*map(message, range(1, 4)), user="deleted")
    reading = ImapMailbox(server.settings("deleted")).fetch(None, 100)

    first = next(reading)
    with server.client("deleted") as client:
        client.select("INBOX")
        client.store("2", "+FLAGS", "\\Deleted")
        client.expunge()

    assert subjects([first, *reading]) == [1, 3]


@with_dovecot
def test_of_a_message_beyond_the_limit_only_the_headers_are_fetched(
    server: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "LARGEST", 1000)
    server.deliver(message(1, "x" * 2000), message(2), user="large")

    large, small = everything(ImapMailbox(server.settings("large")))

    assert not large.is_whole
    assert large.content == b"From: a@example.org\r\nSubject: 1\r\n\r\n"
    assert small.is_whole


@with_dovecot
def test_a_wrong_password_is_told_in_one_sentence_without_it(server: Dovecot) -> None:
    mailbox = ImapMailbox(server.settings(password="hunter2"))

    with pytest.raises(Unreachable) as told:
        everything(mailbox)

    assert str(told.value) == (
        f"mailbox traloi at 127.0.0.1:{server.port}: the server refused user and password; check both in the settings"
    )


@with_dovecot
def test_a_folder_that_is_not_there_is_told(server: Dovecot) -> None:
    settings = server.settings("nofolder")
    mailbox = ImapMailbox(ImapSettings(settings.host, settings.port, "nofolder", "secret", "none", folder="Nowhere"))

    with pytest.raises(Unreachable, match="Nowhere"):
        everything(mailbox)


@with_dovecot
def test_a_connection_lost_in_mid_fetch_loses_nothing_that_was_read(server: Dovecot) -> None:
    server.deliver(*(message(number, "x" * 20_000) for number in range(1, 7)), user="dropped")
    seen: list[Fetched] = []

    with dropping_after(server.port, 70_000) as port:
        reading = ImapMailbox(server.settings("dropped", port=port)).fetch(None, 100)
        with pytest.raises(Unreachable, match="tried again"):
            seen.extend(iter(lambda: next(reading), None))
    rest = everything(ImapMailbox(server.settings("dropped")), seen[-1].cursor_after)

    assert 0 < len(seen) < 6
    assert subjects([*seen, *rest]) == [1, 2, 3, 4, 5, 6]


def test_a_server_that_is_away_is_told() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: nobody else gets the port
        settings = ImapSettings("127.0.0.1", taken.getsockname()[1], "traloi", "hunter2", "none", timeout=5)

        with pytest.raises(Unreachable, match=r"^mailbox traloi at 127\.0\.0\.1:\d+: .*refused") as told:
            everything(ImapMailbox(settings))

    assert "hunter2" not in f"{told.value} {settings!r}"


def test_a_password_never_travels_in_the_clear() -> None:
    with pytest.raises(Unreadable, match="needs 'ssl' or 'starttls'"):
        ImapSettings("imap.example.org", 143, "traloi", "secret", "none")


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "traloi@doan.example.org"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    return folder


def put(inbox: Path, name: str, number: int, where: str = "new") -> Path:
    (inbox / where / name).write_bytes(message(number))
    return inbox / where / name


def test_a_maildir_is_read_by_name_from_new_and_cur(inbox: Path) -> None:
    put(inbox, "3.c.host", 3)
    put(inbox, "1.a.host:2,S", 1, "cur")
    put(inbox, "2.b.host", 2)
    mailbox = MaildirMailbox(inbox)

    first = everything(mailbox, limit=2)
    rest = everything(mailbox, first[-1].cursor_after)

    assert (subjects(first), subjects(rest)) == ([1, 2], [3])
    assert first[0].source == "maildir/traloi@doan.example.org/1.a.host"
    assert everything(mailbox, rest[-1].cursor_after) == []


def test_a_letter_that_the_local_server_kept_is_read(tmp_path: Path) -> None:
    keep(tmp_path, "doan@soyte.example.org", "traloi+12.k3v9x2ab@doan.example.org", message(1))

    [fetched] = everything(MaildirMailbox(tmp_path / "traloi@doan.example.org"))

    assert b"Delivered-To: traloi+12.k3v9x2ab@doan.example.org" in fetched.content


def test_a_message_marked_as_seen_is_neither_missed_nor_read_twice(inbox: Path) -> None:
    paths = [put(inbox, f"{number}.x.host", number) for number in (1, 2, 3)]
    reading = MaildirMailbox(inbox).fetch(None, 100)

    first = next(reading)
    for path in paths:
        path.rename(inbox / "cur" / f"{path.name}:2,S")
    rest = list(reading)

    assert subjects([first, *rest]) == [1, 2, 3]
    assert everything(MaildirMailbox(inbox), rest[-1].cursor_after) == []


def test_a_message_deleted_meanwhile_is_left_out(inbox: Path) -> None:
    paths = [put(inbox, f"{number}.x.host", number) for number in (1, 2, 3)]
    reading = MaildirMailbox(inbox).fetch(None, 100)

    first = next(reading)
    paths[1].unlink()

    assert subjects([first, *reading]) == [1, 3]


def test_a_delivery_that_ends_late_is_still_read(inbox: Path) -> None:
    put(inbox, "1700000009.x.host", 9)
    mailbox = MaildirMailbox(inbox)
    [nine] = everything(mailbox)

    put(inbox, "1700000008.x.host", 8)

    assert subjects(everything(mailbox, nine.cursor_after)) == [8]


def test_the_cursor_stays_small_and_misses_nothing(inbox: Path) -> None:
    for number in range(1, 1001):
        put(inbox, f"{number:06}.x.host", number)
    mailbox = MaildirMailbox(inbox)

    read: list[Fetched] = []
    while batch := everything(mailbox, read[-1].cursor_after if read else None, limit=300):
        read += batch

    assert subjects(read) == list(range(1, 1001))
    assert len(str(read[-1].cursor_after)) < 5000


def test_a_message_beyond_the_limit_in_a_maildir_is_cut_to_its_headers(
    inbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildir_in, "LARGEST", 100)
    (inbox / "new/1.x").write_bytes(message(1, "x" * 200))

    [fetched] = everything(MaildirMailbox(inbox))

    assert (fetched.content, fetched.is_whole) == (b"From: a@example.org\r\nSubject: 1\r\n\r\n", False)


def test_a_maildir_that_nobody_wrote_to_yet_is_empty(tmp_path: Path) -> None:
    assert everything(MaildirMailbox(tmp_path / "nobody@doan.example.org")) == []
