"""Who may see and do what, cell by cell, whichever way they came: the table of docs/operations.md as claims."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy import select
from starlette.routing import Mount, Route

from dondoc.clock import SystemClock
from dondoc.config import PROJECT
from dondoc.domain.authority import Capacity
from dondoc.domain.states import Channel, Severity
from dondoc.services.held import raise_by_hand
from dondoc.services.links import Purpose
from dondoc.store.history import Actor
from dondoc.store.tables import ProblemRow
from dondoc.web.app import create_app
from dondoc.web.mailbox import mailbox_app
from dondoc.web.page import Page
from dondoc.web.rights import PAGES, PUBLIC, TABLE, Act
from tests.integration.office import LEADER, PLAN, an_office
from tests.integration.pages import Q2, Site, served
from tests.integration.signing_in import OBSERVER, TREASURER, browser, signed_in, with_others

HEAD, KEEPS, LOOKS, UNIT = Capacity.HEAD, Capacity.TREASURER, Capacity.OBSERVER, Capacity.UNIT
ALL_OF_THE_CLUSTER = (HEAD, KEEPS, LOOKS)

WHO_MAY: Mapping[str, Mapping[str, tuple[Capacity, ...]]] = {
    "bang": {"GET": ALL_OF_THE_CLUSTER, "GET danh-gia": ALL_OF_THE_CLUSTER},
    "quyet-dinh": {"GET": ALL_OF_THE_CLUSTER}
    | dict.fromkeys(
        (
            "proceed", "revise", "reopen", "set-date", "postpone", "skip", "merge", "cancel", "held", "evaluate",
            "pause", "resume", "nonsense",
        ),
        (HEAD,),
    ),
    "thu-chi": {"GET": ALL_OF_THE_CLUSTER}
    | dict.fromkeys(("preview", "import", "confirm", "carry_over", "return", "leave", "spend"), (HEAD, KEEPS))
    | dict.fromkeys(("waive", "thaw", "let_go"), (HEAD,)),
    "to-chuc": dict.fromkeys(("GET", "GET tai", "attendance", "prepare", "report"), (HEAD,)),
    "ket-qua": {"GET": ALL_OF_THE_CLUSTER}
    | dict.fromkeys(("assign", "waive", "evaluate", "publish"), (HEAD,)),
    "van-de": dict.fromkeys(("GET", "acknowledge", "resolve"), (HEAD, UNIT))
    | dict.fromkeys(("confirm", "dismiss", "agree", "comment", "object", "nonsense"), (HEAD,)),
    "tra-loi": dict.fromkeys(("GET", "answer"), (UNIT,)),
    "dong-gop": dict.fromkeys(("GET", "answer"), (UNIT,)),
    "cu-nguoi": dict.fromkeys(("GET", "answer"), (UNIT,)),
    "phan-cong": dict.fromkeys(("GET", "answer"), (UNIT,)),
    "bao-cao": dict.fromkeys(("GET", "answer"), (UNIT,)),
    "bao-van-de": dict.fromkeys(("GET", "answer"), (UNIT,)),
}  # fmt: skip
"""By page and what is asked of it: a look, a look for something else, or what a form does."""

CELLS = [
    pytest.param(capacity, page, what, capacity in who, id=f"{capacity.value}-{page}-{what}")
    for page, acts in WHO_MAY.items()
    if page in ("bang", "quyet-dinh", "thu-chi", "to-chuc", "ket-qua", "van-de")
    for what, who in acts.items()
    for capacity in Capacity
]
_PURPOSES = {
    "bang": (Purpose.BOARD, "board"),
    "quyet-dinh": (Purpose.DECIDE, Q2),
    "thu-chi": (Purpose.MONEY, "money"),
    "to-chuc": (Purpose.PEOPLE, Q2),
    "ket-qua": (Purpose.RESULTS, Q2),
}
_MAILBOXES = {HEAD: LEADER, KEEPS: TREASURER, LOOKS: OBSERVER, UNIT: "so-y-te@example.org"}


@dataclass(frozen=True, slots=True)
class Scene:
    """An agreed visit, a problem that a unit reported, and everybody who comes to look."""

    site: Site
    browsers: Mapping[Capacity, httpx.Client]
    seals: Mapping[Capacity, str]
    problem: str

    def stable(self, page: str) -> str:
        """The address that who is signed in keeps."""
        about = {"bang": "", "thu-chi": "", "van-de": f"/{self.problem}"}.get(page, f"/{Q2}")
        return f"/ke-hoach/{PLAN}/{page}{about}"

    def linked(self, page: str, capacity: Capacity) -> str:
        """The address in a letter to them."""
        purpose, subject = _PURPOSES.get(page, (Purpose.PROBLEM, self.problem))
        office = self.site.desk.office
        with office.sessions.writing() as session:
            now = office.clock.now()
            url = office.links.for_head(session, PLAN, purpose, subject, _MAILBOXES[capacity], now=now)
        return urlsplit(url).path


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with an_office(tmp_path_factory.mktemp("office"), "2024-04-01 08:00", with_others()) as desk:
        desk.run()
        desk.at("2024-04-01 09:00").everyone_answers()
        desk.at("2024-04-01 17:05").run()
        by = Actor("so-y-te@example.org", Channel.WEB)
        raise_by_hand(desk.office, PLAN, "so-y-te", "Mất liên lạc", severity=Severity.NORMAL, by=by, source="test")
        with desk.office.sessions.reading() as session:
            problem = session.scalars(select(ProblemRow.key).where(ProblemRow.unit == "so-y-te")).one()
        settings = desk.settings.model_copy(update={"posts_per_minute": 10_000})
        with served(replace(desk, settings=settings)) as site:
            browsers = {who: signed_in(site, _MAILBOXES[who]) for who in ALL_OF_THE_CLUSTER}
            seals = {who: _seal(client.get(f"/ke-hoach/{PLAN}/bang").text) for who, client in browsers.items()}
            yield Scene(site, browsers | {UNIT: browser(site)}, seals | {UNIT: ""}, problem)


def _seal(page: str) -> str:
    found = re.search(r'name="seal" value="([0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def ask(client: httpx.Client, path: str, what: str, seal: str) -> httpx.Response:
    if what.startswith("GET"):
        return client.get(path, params={what.removeprefix("GET").strip(): "docx"} if what != "GET" else {})
    return client.post(path, data={"do": what, "seal": seal})


@pytest.mark.parametrize(("capacity", "page", "what", "is_allowed"), CELLS)
def test_who_signed_in_may(scene: Scene, capacity: Capacity, page: str, what: str, is_allowed: bool) -> None:
    answer = ask(scene.browsers[capacity], scene.stable(page), what, scene.seals[capacity])

    if capacity is UNIT:  # units do not sign in
        assert answer.status_code == (303 if what.startswith("GET") else 405 if page == "bang" else 401)
        assert answer.headers.get("location", "/dang-nhap") == "/dang-nhap"
    elif is_allowed:
        assert answer.status_code in (200, 303, 422)
    else:
        assert answer.status_code == 403
        assert "không thuộc phần việc của đồng chí" in answer.text


@pytest.mark.parametrize(("capacity", "page", "what", "is_allowed"), CELLS)
def test_who_holds_a_link_may(scene: Scene, capacity: Capacity, page: str, what: str, is_allowed: bool) -> None:
    answer = ask(browser(scene.site), scene.linked(page, capacity), what, "")

    if is_allowed:
        assert answer.status_code in (200, 303, 422)
    else:
        assert answer.status_code in (403, 410)  # no right to it, or no part in the plan at all


@pytest.mark.parametrize("page", ["tra-loi", "dong-gop", "cu-nguoi", "phan-cong", "bao-cao", "bao-van-de"])
@pytest.mark.parametrize("capacity", ALL_OF_THE_CLUSTER)
def test_no_link_of_the_cluster_opens_a_units_page(scene: Scene, capacity: Capacity, page: str) -> None:
    token = scene.linked("bang", capacity).rpartition("/")[2]

    for answer in (scene.browsers[capacity].get(f"/{page}/{token}"), scene.site.post(f"/{page}/{token}", do="x")):
        assert answer.status_code == 404


def test_the_unit_alone_answers(scene: Scene) -> None:
    path = scene.site.path_in(f"consultation_request/{Q2}/so-y-te")

    assert scene.site.get(path).status_code == 200
    assert scene.site.get(path.replace("tra-loi", "bao-van-de")).status_code == 200


@pytest.mark.parametrize("page", ["bang", "quyet-dinh", "thu-chi", "to-chuc", "ket-qua", "van-de"])
def test_a_units_link_opens_no_page_of_the_cluster(scene: Scene, page: str) -> None:
    token = scene.site.path_in(f"consultation_request/{Q2}/so-y-te").rpartition("/")[2]

    for answer in (scene.site.get(f"/{page}/{token}"), scene.site.post(f"/{page}/{token}", do="resolve")):
        assert answer.status_code in (404, 405)


def test_a_unit_opens_no_problem_of_another(scene: Scene) -> None:
    office = scene.site.desk.office
    with office.sessions.writing() as session:
        url = office.links.problem(session, PLAN, scene.problem, "so-gtvt@example.org", now=office.clock.now())

    assert scene.site.get(urlsplit(url).path).status_code == 410


@pytest.mark.parametrize("capacity", ALL_OF_THE_CLUSTER)
@pytest.mark.parametrize("page", ["bang", "quyet-dinh", "thu-chi", "to-chuc", "ket-qua", "van-de"])
def test_a_page_offers_no_form_that_would_be_refused(scene: Scene, capacity: Capacity, page: str) -> None:
    shown = scene.browsers[capacity].get(scene.stable(page)).text
    offered = set(re.findall(r'name="do" value="([^"]+)"', shown))

    assert all(capacity in WHO_MAY[page][do] for do in offered)
    assert shown.count("<form") == shown.count('name="seal"')


@pytest.mark.parametrize("capacity", [KEEPS, LOOKS])
def test_the_board_leads_nobody_to_a_refusal(scene: Scene, capacity: Capacity) -> None:
    board = scene.stable("bang")
    client = scene.browsers[capacity]
    leads = set(re.findall(r'href="(\?[^"]+)"', client.get(board).text))

    assert leads
    for href in leads:
        led = client.get(board + href)
        assert client.get(led.headers["location"]).status_code == 200 if led.has_redirect_location else led.is_success


@pytest.mark.parametrize("page", ["quyet-dinh", "to-chuc", "ket-qua"])
@pytest.mark.parametrize("occurrence", [planned.id for _, planned in with_others().occurrences()])
def test_every_occurrence_has_its_pages_whatever_its_state(scene: Scene, page: str, occurrence: str) -> None:
    assert scene.browsers[HEAD].get(f"/ke-hoach/{PLAN}/{page}/{occurrence}").status_code == 200


@pytest.mark.parametrize("path", ["bang/x", "thu-chi/x", "quyet-dinh/", "quyet-dinh/x", "to-chuc/x", "van-de/a/b", "x"])
def test_an_address_of_nothing_opens_nothing(scene: Scene, path: str) -> None:
    assert scene.browsers[HEAD].get(f"/ke-hoach/{PLAN}/{path}").status_code == 404


def test_what_units_reported_is_shown_to_the_head_alone(scene: Scene) -> None:
    by = Actor("so-gtvt@example.org", Channel.WEB)
    raise_by_hand(scene.site.desk.office, PLAN, "so-gtvt", "Xe hỏng", by=by, source="another")

    shown = {who: "Xe hỏng" in scene.browsers[who].get(scene.stable("bang")).text for who in ALL_OF_THE_CLUSTER}

    assert shown == {HEAD: True, KEEPS: False, LOOKS: False}


def test_every_page_stands_in_the_table_and_every_row_is_a_page() -> None:
    kinds = {kind.path for kind in _kinds_of(Page)}  # type: ignore[type-abstract]

    assert kinds == set(PAGES) == set(WHO_MAY)
    assert set(TABLE) == set(Act)


def _kinds_of(kind: type[Page]) -> Iterator[type[Page]]:
    for each in kind.__subclasses__():
        yield each
        yield from _kinds_of(each)


def test_every_address_stands_in_the_table(scene: Scene, tmp_path: Path) -> None:
    desk = scene.site.desk
    mailbox = mailbox_app(tmp_path, PROJECT / "templates", smtp=("127.0.0.1", 1), clock=SystemClock())
    app = create_app(desk.office, desk.settings, mailbox=mailbox)

    paths = {route.path for route in app.routes if isinstance(route, Route)}
    mounted = {route.path for route in app.routes if isinstance(route, Mount)}

    assert mounted == {"/hop-thu-thu"}  # on a trial machine only
    assert paths >= PUBLIC
    for path in paths - PUBLIC:
        *_, page = re.findall(r"^(?:/ke-hoach/\{plan\})?/([a-z-]+)(?:/\{|$)", path)
        assert page in PAGES, f"{path} stands nowhere in the table of rights"


def test_every_act_of_the_table_is_tried() -> None:
    for page, rights in PAGES.items():
        tried = {what.partition(" ")[2] if what.startswith("GET ") else what for what in WHO_MAY[page]}
        assert set(rights.words) | set(rights.queries) <= tried
