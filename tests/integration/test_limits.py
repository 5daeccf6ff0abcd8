"""How often one client may ask, and what it is told then; who the client is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from limits.storage import RedisStorage
from starlette.requests import Request

from dondoc.web.limits import Limits, TooMany, client_of
from tests.cluster.machines import REDIS, redis
from tests.integration.office import LEADER, an_office
from tests.integration.pages import Q2, REQUEST, Site, responses, served
from tests.integration.ports import free_port
from tests.integration.test_web import bears_the_headers

MANY = 120


@pytest.fixture
def site_with(tmp_path: Path) -> Callable[..., AbstractContextManager[Site]]:
    """A site just after the second quarter's consultation was opened, with these settings."""

    @contextmanager
    def site(**settings: object) -> Iterator[Site]:
        with an_office(tmp_path, "2024-04-01 08:00") as desk:
            desk.run()
            with served(replace(desk, settings=desk.settings.model_copy(update=settings))) as site:
                yield site

    return site


Sites = Callable[..., AbstractContextManager[Site]]


def objects(site: Site, n: int, **headers: str) -> httpx.Response:
    """The n-th form that the unit sends, each with other words."""
    form = {"verdict": "comment", "comment": f"Góp ý {n}", "nonce": str(n)}
    return httpx.post(site.base + site.path_in(REQUEST), data=form, headers=headers)


def test_too_many_forms_are_refused_politely_and_not_recorded(site_with: Sites) -> None:
    with site_with(posts_per_minute=3) as site:
        for n in range(3):
            assert objects(site, n).status_code == 303
        refused = objects(site, 3)

        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "60"
        assert "Đề nghị thử lại sau ít phút" in refused.text
        bears_the_headers(refused)
        assert len(responses(site)) == 3
        assert site.get(site.path_in(REQUEST)).status_code == 200  # looking is free


def test_each_client_behind_a_trusted_proxy_has_its_own_count(site_with: Sites) -> None:
    with site_with(posts_per_minute=1) as site:
        assert objects(site, 1, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 303
        assert objects(site, 2, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 429
        assert objects(site, 3, **{"X-Forwarded-For": "203.0.113.8"}).status_code == 303


def test_what_a_client_puts_in_front_itself_is_not_believed(site_with: Sites) -> None:
    with site_with(posts_per_minute=1) as site:
        assert objects(site, 1, **{"X-Forwarded-For": "198.51.100.1, 203.0.113.7"}).status_code == 303
        assert objects(site, 2, **{"X-Forwarded-For": "198.51.100.2, 203.0.113.7"}).status_code == 429


def test_a_proxy_that_is_not_trusted_speaks_for_nobody(site_with: Sites) -> None:
    with site_with(posts_per_minute=1, trusted_proxies=["10.0.0.1"]) as site:
        assert objects(site, 1, **{"X-Forwarded-For": "203.0.113.7"}).status_code == 303
        assert objects(site, 2, **{"X-Forwarded-For": "203.0.113.8"}).status_code == 429


@pytest.mark.parametrize("address", [LEADER, "ai-do@example.org"])
def test_a_mailbox_is_not_flooded_from_many_places_and_unknown_ones_look_the_same(
    site_with: Sites, address: str
) -> None:
    with site_with() as site:
        said = [
            httpx.post(
                f"{site.base}/dang-nhap",
                data={"address": address if n % 2 else address.upper()},
                headers={"X-Forwarded-For": f"203.0.113.{n}"},
            ).status_code
            for n in range(6)
        ]

    assert said == [303] * 5 + [429]


def test_one_client_asks_for_few_mailboxes(site_with: Sites) -> None:
    with site_with() as site:
        said = [site.post("/dang-nhap", address=f"a{n}@example.org") for n in range(11)]

    assert [answer.status_code for answer in said] == [303] * 10 + [429]
    assert said[-1].headers["Retry-After"] == "900"


@pytest.mark.parametrize("path", ["/tra-loi/1.x", "/bang/1.x", "/dang-nhap/x"])
def test_whoever_guesses_tokens_is_stopped(site_with: Sites, path: str) -> None:
    with site_with() as site, httpx.Client(base_url=site.base) as client:
        said = [client.get(path).status_code for _ in range(MANY)]
        known = client.get(site.path_in(REQUEST))
        elsewhere = httpx.get(site.base + site.path_in(REQUEST), headers={"X-Forwarded-For": "203.0.113.7"})

    assert said == [404] * 100 + [429] * (MANY - 100)
    assert known.status_code == 429
    assert Q2 not in known.text
    assert elsewhere.status_code == 200


def _from(host: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1)})


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::"),
        ("testclient", "testclient"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_one_customer(host: str, client: str) -> None:
    assert client_of(_from(host)) == client


def test_a_request_without_a_peer_is_counted_all_the_same() -> None:
    assert client_of(Request({"type": "http", "headers": [], "client": None})) == ""


@pytest.mark.skipif(REDIS is None, reason="Redis is not installed")
def test_several_processes_count_together_in_redis(tmp_path: Path) -> None:
    with redis(tmp_path) as url:
        while not RedisStorage(url).check():
            time.sleep(0.05)
        one, other = Limits(url, 2), Limits(url, 2)

        one.take_form(_from("203.0.113.7"))
        other.take_form(_from("203.0.113.7"))

        with pytest.raises(TooMany):
            one.take_form(_from("203.0.113.7"))
        other.take_form(_from("203.0.113.8"))


def test_without_redis_each_process_counts_for_itself() -> None:
    alone = Limits(f"redis://127.0.0.1:{free_port()}/0", 1)

    alone.take_form(_from("203.0.113.7"))

    with pytest.raises(TooMany):
        alone.take_form(_from("203.0.113.7"))
