"""Everything is off for three days, across deadlines and a quarter's first day: one letter a unit makes up for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import select

from dondoc.config import Settings
from dondoc.domain.states import Channel, LetterState
from dondoc.mail.inboxes import folder_of
from dondoc.runtime import running
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.plans import load_plan
from dondoc.store.history import Actor
from dondoc.store.tables import HistoryRow, LetterRow
from tests.cluster.gated_mail import Mail, arrived, gated_mail
from tests.integration.office import UNITS, plan_2024
from tests.integration.ports import free_port
from tests.outage.site import Site, let_the_planned_moments_pass

CUT_OFF = "2024-06-28 08:15"
"""Friday: the campaign is asked about until Monday, 17:00, and the last reminder before is being sent."""
BACK = "2024-07-02 09:00"
"""Tuesday: that deadline has passed, and so has the quarter's first day, on which the visit and the seminar open."""
OPENED = {"visit-2024-q3", "seminar-2024"}
ASKED = {"visit-2024-q2", "ky-nghi-hong-2024"}
OPERATOR = "van-hanh@example.org"
PATIENCE = 600
FREQUENT = ("mail-delivery", "response-intake")
CATCHING_UP = ("follow-up", "quarterly-visit", "contribution-collection")


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[Mail]:
    with gated_mail(tmp_path / "var" / "mail") as mail:
        yield mail


@pytest.fixture
def site(tmp_path: Path, mail: Mail) -> Iterator[Site]:
    ports = (free_port(), free_port())
    environment = {
        "DONDOC_DATA": str(tmp_path / "var"),
        "DONDOC_OPERATOR": OPERATOR,
        "DONDOC_PREFECT_PASSWORD": "a-password-of-the-test",
        "DONDOC_SMTP_PORT": str(mail.port),
    }
    with pytest.MonkeyPatch.context() as given:
        for name, value in environment.items():
            given.setenv(name, value)
        settings = Settings(_env_file=None)
    site = Site(tmp_path, environment, (ports[0], ports[0]), settings=settings, web_port=ports[1])
    yield site
    site.stop()


def four_ordinary_days(settings: Settings) -> None:
    """The plan is taken on Monday, two activities are asked about at once, and reminded of on Wednesday."""
    with running(datetime(2024, 6, 24, 7), settings) as dondoc:  # noqa: DTZ001 - a moment without a zone is Vietnamese
        load_plan(dondoc.office, plan_2024(), Actor("test", Channel.COMMAND))
    for day in (24, 25, 26, 27):
        for hour in (time(8, 15), time(17, 5)):
            with running(datetime.combine(date(2024, 6, day), hour), settings) as dondoc:
                open_due(dondoc.office)
                follow_up(dondoc.office)
                dondoc.deliver()


def letters(settings: Settings) -> list[LetterRow]:
    with running(settings=settings) as dondoc, dondoc.office.sessions.reading() as session:
        return list(session.scalars(select(LetterRow).order_by(LetterRow.id)))


def opened(settings: Settings) -> Counter[str | None]:
    with running(settings=settings) as dondoc, dondoc.office.sessions.reading() as session:
        return Counter(session.scalars(select(HistoryRow.occurrence).filter_by(event="consultation.opened")))


def told_the_operator(inboxes: Path) -> str:
    """Every word that reached the operator."""
    mails = (inboxes / folder_of(OPERATOR) / "new").iterdir()
    parts = [message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("plain",)) for mail in mails]
    return " ".join(" ".join(part.get_content().split()) for part in parts if part is not None)


def test_after_three_days_off_one_letter_a_unit_makes_up_for_them_and_nothing_happens_twice(
    site: Site, mail: Mail
) -> None:
    settings, inboxes = site.settings, site.settings.data / "mail"
    mail.open()
    four_ordinary_days(settings)
    site.power_on(CUT_OFF)
    site.wait_for(lambda: {*FREQUENT, *CATCHING_UP} <= site.planned(), "not everything is scheduled")
    before = arrived(inboxes)

    mail.shut()
    interrupted = site.begin("follow-up")
    site.wait_for(lambda: arrived(inboxes) != before, "no letter leaves")
    site.cut_power()
    left = {row.key for row in letters(settings) if row.state in (LetterState.SENT, LetterState.SENDING)}
    let_the_planned_moments_pass(settings.data / "prefect" / "prefect.db", BACK)
    mail.open()
    site.power_on(BACK)
    asked_for = [site.begin(name) for name in CATCHING_UP * 2]

    site.wait_for(lambda: all(map(site.is_over, asked_for)), "a run is held up by one that is dead", PATIENCE)
    site.wait_for(lambda: not site.late(), "late runs are left", PATIENCE)
    site.wait_for(lambda: site.ended("report-incident") == {"Completed": 1}, "the dead run is not reported")
    assert site.state_of(interrupted) == "Crashed"
    # A run that is due just now takes a place for a few seconds; the dead run's would stay taken for minutes.
    site.wait_for(lambda: site.places_taken() == 0, "the dead run keeps its place", 30)
    for name in (*FREQUENT, "follow-up"):
        assert site.ended(name, late=True)["Completed"] <= 1, "what was missed piles up"

    made_up = [row for row in letters(settings) if row.key not in left]
    assert Counter((row.occurrence, row.addressee) for row in made_up if row.addressee in UNITS) == {
        (occurrence, unit): 1 for occurrence in OPENED | ASKED for unit in UNITS
    }
    assert {row.state for row in made_up} == {LetterState.SENT}
    assert set(arrived(inboxes).values()) == {1}
    assert opened(settings) == dict.fromkeys(OPENED | ASKED, 1)
    assert told_the_operator(inboxes).count("bỏ qua 3 lượt theo dõi") == 1
    dead = "Lần chạy follow-up · 28/06 08:15 bị dừng giữa chừng"
    assert told_the_operator(inboxes).count(f" - {dead}") == 1
    assert told_the_operator(inboxes).count(f": {dead}") <= 1, "a later run may already have shown that it is over"
