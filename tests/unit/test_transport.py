"""The transports that need no network."""

import mailbox
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from dondoc.clock import ZONE, SetClock
from dondoc.domain.ids import LetterKey
from dondoc.mail.parallel import ParallelTransport
from dondoc.mail.transport import Accepted, ClosedAtExit, Envelope, MaildirTransport, Outcome

AT = datetime(2024, 3, 4, 8, 0, tzinfo=ZONE)


def letter(key: str) -> Envelope:
    return Envelope(
        LetterKey(key), f"<{key}@example.org>", "back@example.org", "unit@example.org", b"Subject: x\r\n\r\n"
    )


LETTERS = [letter("consultation/visit-2024-q1/so-y-te"), letter("../../etc/passwd"), letter("a" * 300)]


def test_a_maildir_of_the_same_letters_has_the_same_names(tmp_path: Path) -> None:
    for folder in ("one", "other"):
        with MaildirTransport(tmp_path / folder, SetClock(AT)) as transport:
            assert all(isinstance(outcome, Accepted) for _, outcome in transport.send(LETTERS))

    names = sorted(path.name for path in (tmp_path / "one" / "new").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "other" / "new").iterdir())
    assert names[0] == "1709514000.000001.consultation,visit-2024-q1,so-y-te"
    assert len(names) == 3
    assert sorted(each.name for each in tmp_path.iterdir()) == ["one", "other"]


def test_a_maildir_is_read_by_others(tmp_path: Path) -> None:
    list(MaildirTransport(tmp_path, SetClock(AT)).send(LETTERS[:1]))

    (kept,) = mailbox.Maildir(tmp_path, create=False)
    assert kept["Subject"] == "x"


class Broken(ClosedAtExit):
    """A transport with a bug."""

    def send(self, envelopes: Iterable[Envelope]) -> Iterator[tuple[Envelope, Outcome]]:
        for envelope in envelopes:
            yield envelope, Accepted("250 OK")
            raise RuntimeError("broken")


def test_an_error_in_one_of_several_transports_reaches_the_caller() -> None:
    with pytest.raises(RuntimeError, match="broken"):
        list(ParallelTransport([Broken(), Broken()]).send(LETTERS))
