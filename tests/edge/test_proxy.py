"""The committed nginx configuration before real pages and a real Prefect, asked over TLS."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from dondoc.web.page import FORM, Page
from dondoc.web.work import AssignmentPage
from tests.edge.proxy import FRAME, NGINX, PAGES, PREFECT, Proxy, proxied
from tests.integration.up import Up

pytestmark = pytest.mark.skipif(NGINX is None or not FRAME.exists(), reason="nginx is not installed as Debian has it")


@pytest.fixture(scope="module")
def proxy(production: Up, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxied(tmp_path_factory.mktemp("nginx"), pages=production.ports[1], prefect=production.ports[2]) as proxy:
        yield proxy


def test_the_pages_come_over_tls_and_http_only_leads_there(proxy: Proxy) -> None:
    page = proxy.ask("/")
    plain = httpx.get(f"http://127.0.0.1:{proxy.http}/tra-loi/1.x?y=z", headers={"Host": PAGES}, trust_env=False)

    assert page.status_code == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{PAGES}/tra-loi/1.x?y=z")


def test_a_certificate_can_be_renewed_over_http(proxy: Proxy) -> None:
    place = proxy.folder / "acme/.well-known/acme-challenge/token"
    place.parent.mkdir(parents=True)
    place.write_text("answer", "ascii")

    answer = httpx.get(
        f"http://127.0.0.1:{proxy.http}/.well-known/acme-challenge/token", headers={"Host": PAGES}, trust_env=False
    )

    assert (answer.status_code, answer.text) == (200, "answer")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(proxy: Proxy, version: ssl.TLSVersion) -> None:
    old = ssl.create_default_context()
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="deprecated"):
        old.minimum_version = old.maximum_version = version

    with pytest.raises(httpx.ConnectError, match="alert protocol version"):
        httpx.get(f"https://127.0.0.1:{proxy.https}/", verify=old, trust_env=False)


ONCE = (
    "Strict-Transport-Security",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "Referrer-Policy",
    "Cache-Control",
)


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        pytest.param("/", 0, id="a page"),
        pytest.param("/tra-loi/1.x", 0, id="a refusal of ours"),
        pytest.param("/tra-loi/1.x", 10_000_000, id="a refusal of nginx"),
    ],
)
def test_every_security_header_is_there_and_once(proxy: Proxy, path: str, sent: int) -> None:
    answer = proxy.ask(path, method="POST", content=bytes(sent)) if sent else proxy.ask(path)

    assert {name: len(answer.headers.get_list(name)) for name in ONCE} == dict.fromkeys(ONCE, 1)
    assert answer.headers["Server"] == "nginx", "and no version"


def test_whoever_comes_through_it_learns_no_details_and_no_figures(proxy: Proxy, production: Up) -> None:
    here = httpx.get(f"http://127.0.0.1:{production.ports[1]}/health", trust_env=False)
    assert "sentence" in here.json()["wrong"][0], "there is something to tell"
    pretended = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}

    for headers in ({}, pretended):
        health, metrics = proxy.ask("/health", headers=headers), proxy.ask("/metrics", headers=headers)

        assert (health.status_code, health.json()) == (503, {"status": "failing", "wrong": [{"code": "disk"}]})
        assert metrics.status_code == 403
        assert "dondoc_" not in metrics.text


def test_who_asks_too_often_is_told_by_the_address_that_nginx_saw(proxy: Proxy) -> None:
    def ask_in(since: str, pretending: str) -> int:
        headers = {"X-Forwarded-For": pretending}
        form = {"address": f"{pretending}@example.org"}
        return proxy.ask("/dang-nhap", method="POST", since=since, headers=headers, data=form).status_code

    often = [ask_in("127.0.0.7", pretending=f"203.0.113.{number}") for number in range(11)]

    assert often == [303] * 10 + [429]
    assert ask_in("127.0.0.8", pretending="127.0.0.7") == 303


def test_a_file_passes_where_a_page_takes_it(proxy: Proxy) -> None:
    largest = AssignmentPage.largest
    assert largest == max(page.largest for page in Page.__subclasses__())

    file = {"file": ("anh.jpg", bytes(largest - FORM), "image/jpeg")}
    answer = proxy.ask(f"/{AssignmentPage.path}/1.x", method="POST", files=file)

    assert answer.status_code == 404, "it was read, and the link was looked up"


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        pytest.param(2 * FORM, "Đề nghị rút gọn nội dung rồi gửi lại", id="by the page"),
        pytest.param(10_000_000, "chọn tệp nhỏ hơn", id="by nginx"),
    ],
)
def test_what_is_too_large_is_refused_in_words_that_its_sender_understands(proxy: Proxy, sent: int, said: str) -> None:
    answer = proxy.ask("/tra-loi/1.x", method="POST", data={"comment": "x" * sent})

    assert answer.status_code == 413
    assert said in answer.text


def test_prefect_is_there_for_the_office_alone_and_asks_for_its_password(proxy: Proxy, production: Up) -> None:
    assert production.access is not None
    user, _, password = production.access.partition(":")

    assert proxy.ask("/", of=PREFECT, since="127.0.0.2").status_code == 403
    page = proxy.ask("/", of=PREFECT, follow_redirects=True)
    assert "<title>Prefect" in page.text
    assert page.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"]
    assert page.headers.get_list("X-Frame-Options") == ["DENY"]
    assert proxy.ask("/api/admin/version", of=PREFECT).status_code == 401
    assert proxy.ask("/api/admin/version", of=PREFECT, auth=(user, password)).status_code == 200


def test_prefects_events_pass_and_only_with_the_password(proxy: Proxy, production: Up) -> None:
    with _events(proxy) as guest:
        guest.send(json.dumps({"type": "auth", "token": "admin:guessed-by-somebody"}))
        with pytest.raises(ConnectionClosed, match="Invalid token"):
            guest.recv(timeout=60)

    with _events(proxy) as operator:
        operator.send(json.dumps({"type": "auth", "token": production.access}))
        assert json.loads(operator.recv(timeout=60)) == {"type": "auth_success"}
        operator.send(json.dumps({"type": "filter", "filter": {"occurred": {"until": "9999-01-01T00:00:00Z"}}}))
        run = production.begin_delivery()
        while run not in (said := operator.recv(timeout=60)):
            pass
        assert json.loads(said)["type"] == "event"


def _events(proxy: Proxy) -> ClientConnection:
    there = socket.create_connection(("127.0.0.1", proxy.https), timeout=60)
    url = f"wss://{PREFECT}:{proxy.https}/api/events/out"
    return connect(url, sock=there, ssl=proxy.tls, subprotocols=[Subprotocol("prefect")])


def test_no_address_of_a_page_is_in_its_logs(proxy: Proxy) -> None:
    token = "1.which-opens-a-page"
    for sent in (0, 10_000_000):
        proxy.ask(f"/tra-loi/{token}", method="POST", content=bytes(sent))
    httpx.get(f"http://127.0.0.1:{proxy.http}/tra-loi/{token}", headers={"Host": PAGES}, trust_env=False)

    assert token not in proxy.logs()


def test_while_the_pages_are_away_their_reader_is_told_so(tmp_path_factory: pytest.TempPathFactory) -> None:
    with proxied(tmp_path_factory.mktemp("alone"), pages=9, prefect=9) as proxy:
        answer = proxy.ask("/tra-loi/1.which-opens-a-page")

        assert answer.status_code == 502
        assert "Hệ thống tạm ngừng" in answer.text
        assert "which-opens-a-page" not in proxy.logs()
