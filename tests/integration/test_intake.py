"""From the mailbox to the record, and the whole round with real servers: letter out, reply in, confirmation out."""

from __future__ import annotations

import smtplib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dondoc.domain.states import MessageState, Verdict
from dondoc.mail.imap import ImapMailbox
from dondoc.mail.inboxes import folder_of, letters_in
from dondoc.runtime import Dondoc
from dondoc.services.consult import open_due
from dondoc.services.intake import Heard, hear
from dondoc.store.tables import MessageRow
from tests.integration.imap_server import DOVECOT, dovecot
from tests.integration.mail_server import local_mail
from tests.integration.office import Desk, an_office
from tests.integration.test_post_room import answers, replied

pytestmark = pytest.mark.usefixtures("each_database")

DOMAINS = ["example.org", "doan.example.org"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        yield desk


@pytest.mark.skipif(DOVECOT is None, reason="dovecot is not installed")
def test_replies_in_a_real_mailbox_are_recorded_once_and_strange_ones_stop_nothing(desk: Desk) -> None:
    with tempfile.TemporaryDirectory(prefix="dc") as home:
        Path(home).chmod(0o755)
        with dovecot(Path(home)) as server:
            mailbox = ImapMailbox(server.settings())
            server.deliver(
                b"From: <[broken\r\nContent-Type: multipart/x\r\n\r\n\xff", replied(desk, "so-y-te", "Nhất trí")
            )

            assert hear(desk.office, mailbox, "imap") == Heard(fetched=2, recorded=1, ignored=1)
            assert hear(desk.office, mailbox, "imap") == Heard()

            server.deliver(replied(desk, "tnxp", "Không nhất trí vì trùng lịch"))
            assert hear(desk.office, mailbox, "imap") == Heard(fetched=1, recorded=1)

    assert answers(desk) == {"so-y-te": Verdict.AGREE, "tnxp": Verdict.OBJECT}


def test_a_run_killed_between_keeping_and_reading_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from dondoc.services import intake

    inbox = desk.settings.data / "mail" / folder_of("traloi@doan.example.org")
    for box in ("new", "cur", "tmp"):
        (inbox / box).mkdir(parents=True)
    (inbox / "new" / "1.a").write_bytes(replied(desk, "so-y-te", "Nhất trí"))
    running = Dondoc(desk.settings, desk.office)

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(intake, "sort", die)
        with pytest.raises(Killed):
            running.hear()
    assert answers(desk) == {}

    assert running.hear() == Heard(recorded=1)
    assert running.hear() == Heard()
    with desk.office.sessions.reading() as session:
        assert session.scalar(select(func.count()).select_from(MessageRow)) == 1
        assert session.scalars(select(MessageRow.state)).one() is MessageState.RECORDED


def test_letter_out_reply_in_confirmation_out_over_the_local_mail_server(tmp_path: Path) -> None:
    with an_office(tmp_path, "2024-04-01 08:00") as desk, local_mail(tmp_path / "mail", DOMAINS) as port:
        open_due(desk.office)
        running = Dondoc(desk.settings.model_copy(update={"smtp_port": port}), desk.office)
        assert running.deliver().sent == 7

        with smtplib.SMTP("127.0.0.1", port) as officer:
            to = desk.office.stationery.replies.for_request(1)
            officer.sendmail("so-y-te@example.org", [to], replied(desk, "so-y-te", "Nhất trí"))
        assert running.hear() == Heard(fetched=1, recorded=1)
        assert running.deliver().sent == 1

        assert len(list(letters_in(tmp_path / "mail" / folder_of("so-y-te@example.org")))) == 2
        assert answers(desk) == {"so-y-te": Verdict.AGREE}
