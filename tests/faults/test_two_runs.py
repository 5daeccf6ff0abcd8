"""Two runs at the same moment, in processes of their own: everything happens once, and neither stumbles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dondoc.domain.states import MessageState, OccurrenceState, Verdict
from dondoc.mail.inboxes import folder_of
from dondoc.store.tables import MessageRow, ResponseRow
from tests.faults.commands import APRIL, twins
from tests.integration.bank import YTE, booked, codes_of, dues, statement, sum_of_everything
from tests.integration.office import UNITS, Desk
from tests.integration.smtp_server import Server, listening
from tests.integration.test_post_room import answers, replied

pytestmark = pytest.mark.usefixtures("each_database")

Q2 = "visit-2024-q2"
IN_THE_AFTERNOON = ("--as-of", "2024-04-01 17:05")
ANOTHER_DAY = ("--as-of", "2024-04-10 08:15")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    server = Server()
    with listening(server) as settings:
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(settings.port))
        yield server


def test_whatever_two_runs_do_at_once_is_done_once(desk: Desk, server: Server, tmp_path: Path) -> None:
    with twins() as runs:
        opened = runs.both("follow-up", *APRIL)
        assert sorted(desk.letters("consultation_request")) == sorted(
            f"consultation_request/{Q2}/{unit}" for unit in UNITS
        )

        put_into_the_mailbox(desk, *(replied(desk, unit, "Nhất trí") for unit in UNITS))
        heard = runs.both("intake", *APRIL)
        assert answers(desk) == dict.fromkeys(UNITS, Verdict.AGREE)

        launched = runs.both("follow-up", *IN_THE_AFTERNOON)
        assert desk.occurrence().state is OccurrenceState.LAUNCHED

        sao_ke = tmp_path / "sao-ke.csv"
        sao_ke.write_bytes(statement(("09/04/2024", "A1", 1_750_000, codes_of(desk)[YTE])))
        imported = runs.both("bank", "import", sao_ke, "--yes", *ANOTHER_DAY)
        followed = runs.run(("follow-up", *ANOTHER_DAY), ("deliver", *ANOTHER_DAY))

    for said in (*opened, *heard, *launched, *imported, *followed):
        assert (said.status, said.complained) == (0, "")
    sent = Counter(message_from_bytes(content)["Message-ID"] for _, content in server.taken)
    assert set(sent.values()) == {1}, "a letter left twice"
    assert len(sent) == len(desk.letters()), "a letter was lost"
    assert once(desk, "answer_confirmation") == once(desk, "consultation_request")
    with desk.office.sessions.reading() as session:
        assert session.scalars(select(MessageRow.state)).all() == [MessageState.RECORDED] * len(UNITS)
        assert session.scalar(select(func.count()).select_from(ResponseRow)) == len(UNITS)
    assert dues(desk)[YTE] == ("paid", 1_750_000)
    assert [entry for entry in booked(desk) if entry[0] == "receipt"] == [("receipt", 1_750_000)]
    assert sum_of_everything(desk) == 0
    assert len(desk.letters("contribution_receipt")) == 1


def put_into_the_mailbox(desk: Desk, *messages: bytes) -> None:
    inbox = desk.settings.data / "mail" / folder_of("traloi@doan.example.org")
    for box in ("new", "cur", "tmp"):
        (inbox / box).mkdir(parents=True)
    for number, message in enumerate(messages):
        (inbox / "new" / f"{number}.a").write_bytes(message)


def once(desk: Desk, kind: str) -> list[str]:
    """Whom a letter of this kind was written to."""
    return [key.split("/")[2] for key in desk.letters(kind)]
