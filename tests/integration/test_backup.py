"""Backups, and the trap in going back: letters that left after the backup was made do not leave again."""

from __future__ import annotations

import email
import shutil
import tarfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select, update
from sqlalchemy.exc import InternalError

from dondoc.backup import back_up, restore, restored_otherwise
from dondoc.cli import group
from dondoc.clock import SetClock, local
from dondoc.config import Settings
from dondoc.domain.states import Channel, LetterState, RequestState, Verdict
from dondoc.errors import Refused, Unreadable
from dondoc.mail.inboxes import keep
from dondoc.runtime import running
from dondoc.services.answers import Answer, record
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.links import Purpose, Unusable
from dondoc.services.plans import load_plan
from dondoc.services.reconcile import Standing, go_on, reconcile
from dondoc.store.copies import dump_postgresql, replacing_postgresql
from dondoc.store.database import Sessions, open_engine
from dondoc.store.history import Actor
from dondoc.store.outbox import pause
from dondoc.store.tables import HistoryRow, LetterRow, ProblemRow, RequestRow
from tests.integration.databases import SERVER, a_database
from tests.integration.mail_server import local_mail
from tests.integration.office import PLAN, UNITS, plan_2024

OPERATOR = Actor("operator", Channel.COMMAND)
NOTICE = "Báo cáo: dữ liệu vừa được khôi phục, đề nghị ghi lại việc từ 09 giờ 00 ngày 01/04"


@dataclass(frozen=True)
class House:
    """An installation with real mail; every word says at what moment of 2024 it happens."""

    settings: Settings

    def begin(self) -> None:
        with running(_at("04-01 07:00"), self.settings) as dondoc:
            load_plan(dondoc.office, plan_2024(), OPERATOR)

    def run(self, moment: str) -> int:
        """What the scheduled runs do; returns how many letters left."""
        with running(_at(moment), self.settings) as dondoc:
            dondoc.hear()
            open_due(dondoc.office)
            follow_up(dondoc.office)
            return dondoc.deliver().sent

    def agree(self, moment: str, unit: str) -> None:
        answer = Answer(f"opinion/visit-2024-q2/{unit}", Verdict.AGREE, "", f"{unit}@example.org", Channel.WEB, moment)
        with running(_at(moment), self.settings) as dondoc:
            record(dondoc.office, PLAN, answer)

    def back_up(self, moment: str) -> Path:
        folder = self.settings.data.parent / "backups"
        folder.mkdir(exist_ok=True)
        return back_up(self.settings, folder, SetClock(local(_at(moment))))

    def restore(self, moment: str, backup: Path) -> None:
        restore(self.settings, backup, OPERATOR, SetClock(local(_at(moment))))

    def reconcile(self, moment: str) -> Standing:
        with running(_at(moment), self.settings) as dondoc:
            return reconcile(dondoc.office, dondoc.sent_mail(), OPERATOR)

    def go_on(self, moment: str, missing: str) -> int:
        with running(_at(moment), self.settings) as dondoc:
            return go_on(dondoc.office, missing, OPERATOR, complete=True)  # type: ignore[arg-type]

    def mail(self) -> Counter[str]:
        """Every letter that ever arrived, by its Message-ID."""
        files = (self.settings.data / "mail").glob("*/new/*")
        return Counter(str(email.message_from_bytes(file.read_bytes())["Message-ID"]) for file in files)

    def subjects(self, to: str) -> list[str]:
        files = sorted((self.settings.data / "mail" / to / "new").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        letters = (email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files)
        return [str(letter["Subject"]) for letter in letters]

    def letters(self) -> dict[str, LetterState]:
        with running(_at("04-01 00:00"), self.settings) as dondoc, dondoc.office.sessions.reading() as session:
            return {row.key: row.state for row in session.scalars(select(LetterRow))}

    def problems(self) -> dict[str, str]:
        with running(_at("04-01 00:00"), self.settings) as dondoc, dondoc.office.sessions.reading() as session:
            return {row.key: row.state.value for row in session.scalars(select(ProblemRow))}


def _at(moment: str) -> datetime:
    return datetime.fromisoformat(f"2024-{moment}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    data = tmp_path / "var"
    with a_database(data) as url, local_mail(data / "mail", ("example.org", "doan.example.org")) as port:
        house = House(Settings(data=data, database_url=url, smtp_port=port, _env_file=None))
        house.begin()
        yield house


@pytest.mark.usefixtures("each_database")
def test_after_a_restore_nothing_that_left_since_the_backup_leaves_again(house: House) -> None:
    assert house.run("04-01 08:00") == 7  # the year to the head, a request to each of six units
    backup = house.back_up("04-01 09:00")
    reminders = house.run("04-03 08:15")
    house.agree("04-03 10:00", "so-y-te")
    confirmation = house.run("04-03 10:05")
    assert (reminders, confirmation) == (6, 1)

    house.restore("04-03 14:00", backup)
    sent = [house.run("04-03 14:05"), house.run("04-03 17:05"), house.run("04-04 08:15")]

    assert sent == [1, 0, 0]
    assert house.subjects("bi-thu.khoi-dcd@example.org")[-1] == NOTICE
    assert set(house.mail().values()) == {1}

    standing = house.reconcile("04-04 09:00")
    assert standing.restore is not None
    assert standing.found == 6, "the reminders, which the record had not known"
    assert standing.missing == []
    (lost,) = standing.lost
    assert lost.address == "so-y-te@example.org"
    assert lost.subject.startswith("Xác nhận đã nhận ý kiến của đơn vị")

    house.agree("04-04 09:10", "so-y-te")  # entered again; its confirmation left the day before
    assert house.go_on("04-04 09:15", "hold") == 0
    house.run("04-04 09:20")

    assert set(house.mail().values()) == {1}
    assert house.subjects("so-y-te@example.org")[2:] == [lost.subject], "nothing since the confirmation"
    assert set(house.problems().values()) == {"resolved"}
    assert house.run("04-05 08:15") > 0, "letters leave again"
    assert set(house.mail().values()) == {1}


def test_what_is_not_found_is_put_before_the_head_and_not_sent(house: House) -> None:
    backup = house.back_up("04-01 07:30")
    house.run("04-01 08:00")
    shutil.rmtree(house.settings.data / "mail")
    house.restore("04-01 10:00", backup)
    house.run("04-01 10:05")

    standing = house.reconcile("04-01 10:10")

    assert (standing.found, len(standing.missing)) == (0, 7)
    assert house.go_on("04-01 10:15", "hold") == 7
    assert house.run("04-01 10:20") == 1
    assert "letter_unknown/consultation_request/visit-2024-q2/so-y-te" in house.problems()
    assert house.letters()["consultation_request/visit-2024-q2/so-y-te"] is LetterState.UNKNOWN
    assert not (house.settings.data / "mail" / "so-y-te@example.org").exists()


def test_where_nothing_keeps_what_left_nothing_is_sent_by_the_lot(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = {"IMAP_HOST": "127.0.0.1", "IMAP_PORT": 9, "IMAP_SECURITY": "none", "IMAP_USER": "traloi"}
    for name, value in {"DATA": house.settings.data, "SMTP_PORT": house.settings.smtp_port, **away}.items():
        monkeypatch.setenv(f"DONDOC_{name}", str(value))
    house.restore("04-01 07:45", house.back_up("04-01 07:30"))

    told = CliRunner().invoke(group, ["reconcile", "--as-of", "2024-04-01 08:05", "--go-on", "send"])

    assert told.exit_code == 1
    assert "nowhere: nothing that can be read keeps them (DONDOC_SENT_FOLDER)" in told.stdout
    assert "answers by mail are not in yet: mailbox traloi at 127.0.0.1:9" in told.stderr
    assert "nothing keeps the letters that left" in told.stderr
    assert house.run("04-01 08:10") == 1, "letters are still held back"


def test_what_certainly_did_not_leave_is_sent(house: House) -> None:
    backup = house.back_up("04-01 07:30")
    house.restore("04-01 07:45", backup)
    assert house.run("04-01 08:00") == 1

    assert len(house.reconcile("04-01 08:05").missing) == 7
    assert house.go_on("04-01 08:10", "send") == 7

    assert house.run("04-01 08:15") == 7
    assert set(house.mail().values()) == {1}


def test_letters_that_a_killed_run_left_unknown_are_found_or_sent_without_any_restore(house: House) -> None:
    house.run("04-01 08:00")
    with running(_at("04-01 08:30"), house.settings) as dondoc, dondoc.office.sessions.writing() as session:
        asked = update(LetterRow).where(LetterRow.kind == "consultation_request")
        session.execute(asked.values(state=LetterState.UNKNOWN, sent_at=None))
    gone = next((house.settings.data / "mail" / "tnxp@example.org" / "new").iterdir())
    gone.unlink()

    standing = house.reconcile("04-01 08:35")

    assert [row.addressee for row in standing.missing] == ["tnxp"]
    assert standing.found == len(UNITS) - 1
    assert house.go_on("04-01 08:40", "send") == 1
    assert house.run("04-01 08:45") == 1
    assert set(house.mail().values()) == {1}


def test_a_letter_that_a_server_may_still_show_is_not_sent_yet_but_may_be_put_before_the_head(house: House) -> None:
    house.run("04-01 08:00")
    with running(_at("04-01 08:30"), house.settings) as dondoc, dondoc.office.sessions.writing() as session:
        one = update(LetterRow).where(LetterRow.key == "consultation_request/visit-2024-q2/tnxp")
        unknown = {
            "state": LetterState.UNKNOWN,
            "sent_at": None,
            "settled_at": dondoc.office.clock.now(),
            "attempts": 3,
        }
        session.execute(one.values(**unknown))
    next((house.settings.data / "mail" / "tnxp@example.org" / "new").iterdir()).unlink()

    assert house.go_on("04-01 08:44", "send") == 0
    assert house.go_on("04-01 08:44", "hold") == 1
    assert house.letters()["consultation_request/visit-2024-q2/tnxp"] is LetterState.UNKNOWN
    assert house.go_on("04-01 08:45", "send") == 1

    with running(_at("04-01 08:45"), house.settings) as dondoc, dondoc.office.sessions.reading() as session:
        row = session.scalars(select(LetterRow).where(LetterRow.addressee == "tnxp")).one()
        assert (row.state, row.attempts, row.settled_at) == (LetterState.QUEUED, 0, None)
        event = select(HistoryRow).where(HistoryRow.event == "letter.not_found")
        assert [(line.unit, line.new) for line in session.scalars(event)] == [("tnxp", row.key)]


def test_what_left_is_found_among_very_much_other_mail_and_the_record_says_where(house: House) -> None:
    house.run("04-01 08:00")
    with running(_at("04-01 08:30"), house.settings) as dondoc, dondoc.office.sessions.writing() as session:
        asked = update(LetterRow).where(LetterRow.kind == "consultation_request")
        session.execute(asked.values(state=LetterState.UNKNOWN, sent_at=None))
    letter = next((house.settings.data / "mail" / "tnxp@example.org" / "new").iterdir())
    content = letter.read_bytes()
    number = str(email.message_from_bytes(content)["Message-ID"]).strip("<>").partition("@")[0].encode()
    for n in range(1_100):
        letter.with_name(f"{n}.eml").write_bytes(content.replace(number, b"other-%d" % n))

    standing = house.reconcile("04-01 08:35")

    assert (standing.found, standing.missing) == (len(UNITS), [])
    with running(_at("04-01 08:35"), house.settings) as dondoc, dondoc.office.sessions.reading() as session:
        said = session.scalars(select(HistoryRow.detail).where(HistoryRow.event == "letter.found")).all()
    assert said == [f"it had left: found in {standing.looked_in}"] * len(UNITS)


def test_a_link_of_the_lost_time_opens_nothing_else(house: House) -> None:
    house.run("04-01 08:00")
    backup = house.back_up("04-01 09:00")
    with running(_at("04-01 09:10"), house.settings) as dondoc, dondoc.office.sessions.writing() as session:
        now, office = dondoc.office.clock.now(), dondoc.office
        lost = office.links.decide(session, PLAN, "visit-2024-q3", "a@example.org", now=now)
    house.restore("04-01 10:00", backup)

    with running(_at("04-01 10:10"), house.settings) as dondoc, dondoc.office.sessions.writing() as session:
        office = dondoc.office
        for number in range(20):
            office.links.decide(session, PLAN, f"visit-2024-q{number}", "b@example.org", now=office.clock.now())
        found = office.links.read(session, lost.rpartition("/")[2], Purpose.DECIDE, office.clock.now())
    assert isinstance(found, Unusable)


def test_a_reply_to_a_letter_of_the_lost_time_is_not_taken_for_another_units(house: House) -> None:
    backup = house.back_up("04-01 07:30")
    house.restore("04-01 07:45", backup)
    house.run("04-01 08:00")
    with running(_at("04-01 08:05"), house.settings) as dondoc, dondoc.office.sessions.reading() as session:
        of_health = select(RequestRow.id).where(RequestRow.unit == "so-y-te")
        address = dondoc.office.stationery.replies.for_request(session.scalars(of_health).one())
    reply = f"From: so-gtvt@example.org\nTo: {address}\nIn-Reply-To: <lost@doan.example.org>\nSubject: Re\n\nNhất trí\n"
    keep(house.settings.data / "mail", "so-gtvt@example.org", address, reply.encode())

    house.run("04-01 08:10")

    with running(_at("04-01 08:15"), house.settings) as dondoc, dondoc.office.sessions.reading() as session:
        answered = session.scalars(select(RequestRow.unit).where(RequestRow.state == RequestState.ANSWERED)).all()
    assert answered == ["so-gtvt"]


def test_a_restore_keeps_what_was_there_and_newer_mail(house: House) -> None:
    backup = house.back_up("04-01 07:30")
    house.run("04-01 08:00")
    arrived = house.mail()

    done = restore(house.settings, backup, OPERATOR, SetClock(local(_at("04-01 10:00"))))

    assert house.mail() == arrived
    assert done.kept is not None
    engine = open_engine(f"sqlite:///{done.kept}")
    with Sessions(engine).reading() as session:
        assert len(session.scalars(select(LetterRow.key)).all()) == 7
    engine.dispose()
    assert not done.replaced_secret


def test_a_new_machine_gets_the_secret_with_which_links_are_signed(house: House, tmp_path: Path) -> None:
    house.run("04-01 08:00")
    backup = house.back_up("04-01 09:00")
    moved = Settings(data=tmp_path / "new", smtp_port=house.settings.smtp_port, _env_file=None)
    moved.data.mkdir()
    moved.signing_keys()  # it was started once before

    done = restore(moved, backup, OPERATOR)

    assert done.replaced_secret
    assert moved.signing_keys() == house.settings.signing_keys()
    assert House(moved).mail() == house.mail()
    keep(moved.data / "mail", "head@example.org", "so-y-te@example.org", b"Subject: more\n\n")  # the inbox is whole


def test_nobody_restores_under_a_dondoc_that_runs(house: House) -> None:
    backup = house.back_up("04-01 07:30")

    with (
        running(_at("04-01 08:00"), house.settings),
        pytest.raises(Refused, match=r"Dondoc is running on .*: stop it first"),
    ):
        house.restore("04-01 10:00", backup)


@pytest.mark.usefixtures("each_database")
def test_a_file_that_is_no_whole_backup_changes_nothing(house: House, tmp_path: Path) -> None:
    house.run("04-01 08:00")
    backup = house.back_up("04-01 09:00")
    before = house.letters()
    torn, other = tmp_path / "torn.tar.gz", tmp_path / "other.tar.gz"
    torn.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    other.write_bytes(b"not an archive at all")

    for file in (torn, other):
        with pytest.raises(Unreadable, match=rf"{file.name} is no whole backup: ."):
            house.restore("04-01 10:00", file)

    assert house.letters() == before
    assert [path.name for path in house.settings.data.glob(".restore*")] == []


def test_a_backup_that_was_tampered_with_writes_nothing_elsewhere(house: House, tmp_path: Path) -> None:
    backup = house.back_up("04-01 07:30")
    (tmp_path / "evil").write_bytes(b"evil")
    with tarfile.open(backup, "r:gz") as archive, tarfile.open(tmp_path / "tampered.tar.gz", "w:gz") as tampered:
        for member in archive:
            tampered.addfile(member, archive.extractfile(member) if member.isfile() else None)
        tampered.add(tmp_path / "evil", "mail/../../../outside")
        tampered.add(tmp_path / "evil", str(tmp_path / "outside"))

    house.restore("04-01 07:45", tmp_path / "tampered.tar.gz")

    assert [path.name for path in tmp_path.rglob("outside")] == []


@pytest.mark.usefixtures("each_database")
def test_a_database_put_back_by_other_means_is_held_back_as_well(house: House) -> None:
    restored_otherwise(house.settings, local(_at("04-01 07:30")), OPERATOR, SetClock(local(_at("04-01 07:45"))))

    assert house.run("04-01 08:00") == 1
    assert house.reconcile("04-01 08:05").restore is not None


def test_a_record_of_one_kind_is_not_put_into_a_database_of_another(
    house: House, request: pytest.FixtureRequest
) -> None:
    backup = house.back_up("04-01 07:30")
    server = request.getfixturevalue("postgresql")
    token = SERVER.set(server)
    with a_database(house.settings.data) as url:
        other = house.settings.model_copy(update={"database_url": SecretStr(url)})
        with pytest.raises(Refused, match="holds a record of sqlite, but the settings name postgresql"):
            restore(other, backup, OPERATOR)
    SERVER.reset(token)


def test_while_postgresql_is_restored_or_a_restore_was_killed_nobody_else_writes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    token = SERVER.set(request.getfixturevalue("postgresql"))
    with a_database(tmp_path) as url:
        dump_postgresql(url, tmp_path / "dump")
        with pytest.raises(KeyboardInterrupt), replacing_postgresql(url, tmp_path / "dump"):
            raise KeyboardInterrupt
        with pytest.raises(InternalError, match="read-only transaction"):
            _pause(url)

        with replacing_postgresql(url, tmp_path / "dump"):
            pass
        _pause(url)
    SERVER.reset(token)


def _pause(url: str) -> None:
    engine = open_engine(url)
    try:
        with Sessions(engine).sharing() as session:
            pause(session, "account", local(_at("04-01 08:00")), "test")
    finally:
        engine.dispose()


def test_commands_say_what_happened_and_what_is_next(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA": house.settings.data, "SMTP_PORT": house.settings.smtp_port}.items():
        monkeypatch.setenv(f"DONDOC_{name}", str(value))
    monkeypatch.chdir(house.settings.data)
    house.run("04-01 08:00")
    (house.settings.data / "kept").mkdir()

    taken = [CliRunner().invoke(group, ["backup", str(house.settings.data / "kept" / f"{n}.tar.gz")]) for n in "12"]
    assert [each.exit_code for each in taken] == [0, 0], taken[0].output
    again = CliRunner().invoke(group, ["backup", "kept/1.tar.gz"])
    assert (again.exit_code, "exists already" in again.output) == (1, True)
    mode = (house.settings.data / "kept" / "1.tar.gz").stat().st_mode & 0o777
    assert mode == 0o600

    restored = CliRunner().invoke(group, ["restore", "kept/1.tar.gz", "--by", "đ/c trực"])
    assert restored.exit_code == 0, restored.output
    assert "Next: dondoc reconcile" in restored.output
    told = CliRunner().invoke(group, ["reconcile", "--go-on", "hold"])
    assert told.exit_code == 0, told.output
    assert "letters leave again" in told.output
    nothing = CliRunner().invoke(group, ["restore"])
    assert (nothing.exit_code, "name either a FILE" in nothing.output) == (2, True)
