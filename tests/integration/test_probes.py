"""`/health` and `/metrics` as a probe and Prometheus read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from dondoc.config import PROJECT
from dondoc.domain.states import Verdict
from dondoc.services.consult import open_due
from dondoc.services.follow_up import follow_up
from dondoc.services.health import Code
from tests.integration.office import PLAN, Desk, an_office
from tests.integration.pages import Q2, REQUEST, Site, served

FROM_AFAR = {"X-Forwarded-For": "203.0.113.7"}


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An office just after the second quarter's consultation was opened."""
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        desk.run()
        yield replace(desk, settings=desk.settings.model_copy(update={"probe_token": SecretStr("open sesame")}))


@pytest.fixture
def site(desk: Desk) -> Iterator[Site]:
    with served(desk) as site:
        yield site


def ask(site: Site, path: str, **headers: str) -> httpx.Response:
    return httpx.get(site.base + path, headers=headers)


def values(site: Site) -> dict[str, float]:
    """Every sample, as `name{label="value"}`."""
    found = {}
    for family in text_string_to_metric_families(site.get("/metrics").text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_a_probe_on_this_machine_reads_what_is_wrong_and_since_when(site: Site) -> None:
    site.desk.clock.at += timedelta(hours=1)

    answer = site.get("/health")

    assert answer.status_code == 503
    assert answer.json()["status"] == "failing"
    by_code = {line["code"]: line for line in answer.json()["wrong"]}
    assert by_code["mailbox_unread"]["since"] == "2024-04-01T08:00:00+07:00"
    assert "Hộp thư trả lời" in by_code["mailbox_unread"]["sentence"]


def test_strangers_learn_the_codes_alone(site: Site) -> None:
    site.desk.clock.at += timedelta(hours=1)

    answer = ask(site, "/health", **FROM_AFAR)

    assert answer.status_code == 503
    assert answer.json() == {"status": "failing", "wrong": [{"code": "mailbox_unread"}, {"code": "no_runs"}]}


def test_a_proxys_nonsense_makes_a_stranger(site: Site) -> None:
    assert ask(site, "/metrics", **{"X-Forwarded-For": "unknown, 127.0.0.1"}).status_code == 403


def test_the_token_opens_it_from_afar(site: Site) -> None:
    site.desk.clock.at += timedelta(hours=1)

    opened = ask(site, "/health", Authorization="Bearer open sesame", **FROM_AFAR)
    guessed = ask(site, "/metrics", Authorization="Bearer open", **FROM_AFAR)

    assert "sentence" in opened.json()["wrong"][0]
    assert guessed.status_code == 403
    assert ask(site, "/metrics", Authorization="Bearer open sesame", **FROM_AFAR).status_code == 200


def test_without_a_token_no_word_opens_it_from_afar(desk: Desk) -> None:
    with served(replace(desk, settings=desk.settings.model_copy(update={"probe_token": SecretStr("")}))) as site:
        assert ask(site, "/metrics", Authorization="Bearer x", **FROM_AFAR).status_code == 403
        assert ask(site, "/metrics").status_code == 200


def test_the_record_is_counted(site: Site) -> None:
    site.desk.answer("so-y-te", Verdict.OBJECT, "trùng lịch khám")
    open_due(site.desk.office)
    follow_up(site.desk.office)
    site.desk.clock.at += timedelta(minutes=7)

    found = values(site)

    assert found["dondoc_record_up"] == 1
    assert found['dondoc_letters{kind="consultation_request",state="sent"}'] == 6
    assert found['dondoc_requests{kind="opinion",state="open"}'] == 5
    assert found['dondoc_requests{kind="opinion",state="answered"}'] == 1
    assert found['dondoc_problems{kind="objection",severity="normal"}'] == 1
    assert found["dondoc_oldest_queued_letter_seconds"] == 420
    assert found["dondoc_replies_held"] == 0
    ran = site.desk.clock.at - timedelta(minutes=7)
    assert found['dondoc_last_success_timestamp_seconds{work="delivery"}'] == ran.timestamp()
    assert found['dondoc_last_success_timestamp_seconds{work="follow_up"}'] == ran.timestamp()


def test_what_units_owe_is_counted_and_what_is_late_of_it(site: Site) -> None:
    desk = site.desk
    desk.everyone_answers()
    desk.run()
    assert values(site)[f'dondoc_dues_dong{{plan="{PLAN}",state="open"}}'] == 9_750_000
    assert values(site)[f'dondoc_dues_dong{{plan="{PLAN}",state="overdue"}}'] == 0

    desk.clock.at += timedelta(days=60)

    assert values(site)[f'dondoc_dues_dong{{plan="{PLAN}",state="overdue"}}'] == 9_750_000


def test_every_process_tells_the_same_of_the_record(site: Site) -> None:
    with served(site.desk) as another:
        of_the_record = [
            {name: value for name, value in values(one).items() if "http" not in name} for one in (site, another)
        ]

    assert of_the_record[0] == of_the_record[1]


def test_a_record_that_is_gone_is_told_and_the_process_still_counts(site: Site) -> None:
    for file in site.desk.settings.data.glob("dondoc.db*"):
        file.unlink()
    site.desk.office.sessions.engine.dispose()
    site.get("/")

    found = values(site)

    assert found["dondoc_record_up"] == 0
    assert found['dondoc_http_requests_total{method="GET",route="/",status="200"}'] == 1
    assert not any(name.startswith("dondoc_letters") for name in found)


def test_stable_addresses_are_counted_by_page_and_nobodys_matter_is_among_them(site: Site) -> None:
    site.get(f"/ke-hoach/{PLAN}/van-de/unclear_reply/{Q2}/12")
    site.get(f"/ke-hoach/{PLAN}/thu-chi")

    found = values(site)

    for route in ("/ke-hoach/{plan}/van-de/{subject}", "/ke-hoach/{plan}/thu-chi"):
        assert found[f'dondoc_http_requests_total{{method="GET",route="{route}",status="303"}}'] == 1


def test_answers_are_counted_by_page_and_no_token_is_among_them(site: Site) -> None:
    path = site.path_in(REQUEST)
    token = path.rpartition("/")[2]
    site.get(path)
    site.get("/tra-loi/1.x")
    site.get("/wp-admin")
    site.post("/health")
    for method in ("BREW", "WHEN"):
        httpx.request(method, site.base + "/")

    found = values(site)

    assert found['dondoc_http_requests_total{method="GET",route="/tra-loi/{token}",status="200"}'] == 1
    assert found['dondoc_http_requests_total{method="GET",route="/tra-loi/{token}",status="404"}'] == 1
    assert found['dondoc_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert found['dondoc_http_requests_total{method="other",route="/",status="405"}'] == 2
    assert found['dondoc_http_request_seconds_count{route="/tra-loi/{token}"}'] == 2
    assert not re.search(rf"{re.escape(token)}|wp-admin|health", str(found))
    assert Q2 not in str(found)


def test_the_alert_rules_watch_what_there_is(site: Site) -> None:
    site.get("/")
    rules = yaml.safe_load((PROJECT / "deploy/prometheus/dondoc.rules.yml").read_text("utf-8"))
    watched = {name for rule in _rules(rules) for name in re.findall(r"dondoc_\w+", rule["expr"])}
    told = {name.partition("{")[0] for name in values(site)}

    assert len(watched) >= 6
    assert watched <= told
    assert all({"summary", "do"} <= rule["annotations"].keys() for rule in _rules(rules))


def test_the_guide_names_every_metric(site: Site) -> None:
    site.get("/")
    families = {family.name for family in text_string_to_metric_families(site.get("/metrics").text)}
    guide = (PROJECT / "docs/monitoring.md").read_text("utf-8")

    ours = {name for name in families if name.startswith("dondoc_")}
    assert len(ours) >= 9
    assert [name for name in sorted(ours) if name not in guide] == []


def test_the_guide_names_every_code() -> None:
    guide = (PROJECT / "docs/monitoring.md").read_text("utf-8")

    assert [code.value for code in Code if f"| `{code.value}` |" not in guide] == []


def _rules(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for group in document["groups"] for rule in group["rules"]]
