"""What one unit's link shows: its own matter, and nothing of what another unit said, owes or is called by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person
from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel, Severity, Verdict
from dondoc.services import acts
from dondoc.services.claims import Claim, claim
from dondoc.services.decide import apply
from dondoc.services.links import Purpose
from dondoc.services.problems import report as report_problem
from dondoc.services.results import results
from dondoc.services.working import Progress, Said, answer, evaluate, hand_over, report, report_progress
from dondoc.store.history import Actor
from dondoc.store.tables import LinkRow, OccurrenceRow
from dondoc.store.tables_money import DueRow
from tests.integration.office import HEAD, PLAN, UNITS, Desk, an_office, plan_2024
from tests.integration.pages import Site, served
from tests.integration.people import gives

CAMPAIGN = "ky-nghi-hong-2024"
PAGES = ("tra-loi", "dong-gop", "cu-nguoi", "phan-cong", "bao-cao")


@dataclass(frozen=True, slots=True)
class Cluster:
    """A campaign that is over, of which every unit has said something on every page."""

    site: Site
    paths: Mapping[str, Mapping[str, str]]
    """The addresses of each unit's pages, by unit and page."""
    marks: Mapping[str, tuple[str, ...]]
    """What is each unit's own: words it wrote, its people, codes, mailboxes and tokens."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with an_office(tmp_path_factory.mktemp("office"), "2024-05-02 07:00") as desk:
        _run_the_campaign(desk)
        with served(desk) as site:
            yield Cluster(site, _paths(desk), _marks(desk))


def _run_the_campaign(desk: Desk) -> None:
    apply(desk.office, PLAN, "visit-2024-q2", "cancel", "Gia đình đề nghị", Revision(), HEAD)
    desk.at("2024-05-02 08:00").run()
    where = Revision(day=date(2024, 6, 20), place="xã An Nhơn Tây, huyện Củ Chi")
    apply(desk.office, PLAN, CAMPAIGN, "revise", "Theo phân công của Thành Đoàn", where, HEAD)
    for unit in UNITS:
        desk.answer(unit, Verdict.COMMENT, f"Góp ý của {_secret(unit)}", occurrence=CAMPAIGN)
    desk.at("2024-05-02 17:05").run()
    for content in results(desk.office, PLAN, CAMPAIGN).unowned:
        hand_over(desk.office, PLAN, CAMPAIGN, content.id, None, "Thành Đoàn thực hiện", HEAD)
    desk.at("2024-05-03 08:15").run()
    for unit in UNITS:
        _say_everything(desk, unit)
    desk.at("2024-06-20 18:00").run()
    acts.act(desk.office, PLAN, CAMPAIGN, "held", acts.Said(""), HEAD)
    desk.at("2024-06-21 08:15").run()
    for unit in UNITS:
        said = Said(Actor(f"{_secret(unit)}@example.org", Channel.WEB), f"report/{unit}")
        report(desk.office, PLAN, f"report/{CAMPAIGN}/{unit}", f"Báo cáo của {_secret(unit)}", "", said)
        evaluate(desk.office, PLAN, CAMPAIGN, unit, f"Đánh giá về {_secret(unit)}", HEAD)
    desk.at("2024-06-21 13:30").run()


def _say_everything(desk: Desk, unit: str) -> None:
    by = Actor(f"{_secret(unit)}@example.org", Channel.WEB)
    said = Said(by, f"test/{unit}")
    gives(desk, unit, *(Person(f"{name} {_letters(unit)}", UnitId(unit)) for name in _PEOPLE), occurrence=CAMPAIGN)
    due = f"contribution/{CAMPAIGN}/{unit}"
    claim(desk.office, PLAN, due, Claim(date(2024, 5, 3), f"Chuyển khoản {_secret(unit)}", by.who, f"claim/{unit}"), by)
    key = f"assignment/{CAMPAIGN}/{unit}"
    answer(desk.office, PLAN, key, accepted=True, reason="", said=said)
    task = next(a.id for a in plan_2024().activities[0].assignments if unit in a.units)
    progress = Progress(task, 40, {}, f"Tiến độ của {_secret(unit)}", "", date(2024, 5, 3))
    report_progress(desk.office, PLAN, key, progress, said)
    report_problem(
        desk.office, PLAN, key, f"Vướng mắc của {_secret(unit)}", Severity.NORMAL, by=by, source=f"problem/{unit}"
    )


_PEOPLE = ("Nguyễn Văn An", "Trần Thị Bình", "Lê Minh Châu")


def _secret(unit: str) -> str:
    return f"bimat{UNITS.index(unit)}"


def _letters(unit: str) -> str:
    """A word that only this unit's people bear in their names."""
    return ("Khôi", "Lam", "Mẫn", "Nghĩa", "Oanh", "Phong")[UNITS.index(unit)]


def _paths(desk: Desk) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {unit: {} for unit in UNITS}
    with desk.office.sessions.reading() as session:
        for row in session.scalars(select(LinkRow).where(LinkRow.purpose == Purpose.ANSWER.value)):
            _, occurrence, unit = row.subject.split("/")
            if occurrence == CAMPAIGN and unit in found and row.revoked_at is None:
                path = urlsplit(desk.office.links.url(row)).path
                _, page, token = path.split("/")
                found[unit] |= {page: path, f"bao-van-de ({page})": f"/bao-van-de/{token}"}
    return found


def _marks(desk: Desk) -> dict[str, tuple[str, ...]]:
    plan, tokens = plan_2024(), {unit: set[str]() for unit in UNITS}
    for unit, pages in _paths(desk).items():
        tokens[unit] = {path.rpartition("/")[2] for path in pages.values()}
    with desk.office.sessions.reading() as session:
        codes = {row.key.rpartition("/")[2]: row.code for row in session.scalars(select(DueRow))}
        assert session.scalars(select(OccurrenceRow.state).where(OccurrenceRow.key == CAMPAIGN)).one().value == "held"
    marks = {}
    for unit in UNITS:
        found = plan.unit(unit)
        mailboxes = [contact.email for contact in found.contacts] + [found.party_committee or "-@-"]
        names = [name for each in found.names for name in (each.full, each.short)]
        own = [_secret(unit), _letters(unit), codes[unit], f"/{unit}", *mailboxes, *tokens[unit], *names]
        marks[unit] = tuple(own)
    return marks


@pytest.mark.parametrize("unit", UNITS)
def test_every_page_of_a_unit_is_about_that_unit_alone(cluster: Cluster, unit: str) -> None:
    assert set(PAGES) <= set(cluster.paths[unit])
    for page, path in cluster.paths[unit].items():
        shown = cluster.site.get(path)
        assert shown.status_code == 200, page
        text = re.sub(r"\s+", " ", shown.text)
        for other in UNITS:
            if other != unit:
                told = {mark for mark in cluster.marks[other] if mark in text} - _shared(unit, other, page)
                assert told == set(), f"{page} of {unit} shows what is {other}'s"


def _shared(unit: str, other: str, page: str) -> set[str]:
    """The plan itself tells a unit with whom it carries a content (II.1): by name, on the page of its work."""
    plan = plan_2024()
    together = any({unit, other} <= set(a.units) for activity in plan.activities for a in activity.assignments)
    if page != "phan-cong" or not together:
        return set()
    return {name for each in plan.unit(other).names for name in (each.full, each.short)}


@pytest.mark.parametrize("unit", UNITS)
def test_the_unit_sees_what_it_said_itself(cluster: Cluster, unit: str) -> None:
    shown = {page: cluster.site.get(path).text for page, path in cluster.paths[unit].items()}

    for page, said in (
        ("tra-loi", f"Góp ý của {_secret(unit)}"),
        ("cu-nguoi", _letters(unit)),
        ("phan-cong", f"Tiến độ của {_secret(unit)}"),
        ("bao-cao", f"Báo cáo của {_secret(unit)}"),
    ):
        assert said in shown[page]


@pytest.mark.parametrize("page", [*PAGES, "van-de", "quyet-dinh", "bang", "thu-chi", "to-chuc", "ket-qua"])
def test_a_token_opens_its_own_page_and_no_other_kind(cluster: Cluster, page: str) -> None:
    for own, path in cluster.paths["so-y-te"].items():
        if own not in (page,) and not own.startswith("bao-van-de"):
            answer = cluster.site.get(f"/{page}/{path.rpartition('/')[2]}")
            assert answer.status_code == 404
            assert "bimat" not in answer.text


def test_a_token_made_by_another_installation_opens_nothing(cluster: Cluster, tmp_path: Path) -> None:
    with an_office(tmp_path, "2024-05-02 08:00") as elsewhere:
        elsewhere.run()
        other = _paths(elsewhere)["so-y-te"]["tra-loi"]

    assert cluster.site.get(other).status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_whoever_reports_a_problem_finds_the_way_back(cluster: Cluster, page: str) -> None:
    paths = cluster.paths["so-y-te"]

    shown = cluster.site.get(paths[f"bao-van-de ({page})"]).text

    back = re.search(r'<a href="([^"]+)">Về trang trả lời đề nghị</a>', shown)
    assert back is not None
    assert back[1] == paths[page]
    assert cluster.site.get(back[1]).status_code == 200
