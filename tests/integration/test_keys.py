"""Another key for links: what was signed with the one before it opens as long as that one is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from dondoc.config import read_settings
from dondoc.runtime import build_office
from tests.integration.office import Desk, an_office
from tests.integration.pages import REQUEST, Site, served


@contextmanager
def with_keys(desk: Desk, *keys: str) -> Iterator[Site]:
    """The same record, served by an installation that has these keys, the newest first."""
    settings = desk.settings.model_copy(update={"secrets": [SecretStr(key) for key in keys]})
    office = build_office(settings, desk.office.sessions, desk.clock)
    with served(replace(desk, office=office, settings=settings)) as site:
        yield site


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with an_office(tmp_path, "2024-04-01 08:00") as desk:
        yield desk


def test_a_link_opens_with_the_key_that_signed_it_and_no_longer(desk: Desk) -> None:
    with with_keys(desk, "old") as site:
        site.desk.run()
        path = site.path_in(REQUEST)
        assert site.get(path).status_code == 200

    with with_keys(desk, "new", "old") as site:
        assert site.get(path).status_code == 200
        assert site.post(path, verdict="agree").status_code == 303
    with with_keys(desk, "new") as site:
        assert site.get(path).status_code == 404
        assert site.post(path, verdict="object", comment="x").status_code == 404


def test_the_newest_key_signs_new_links_and_the_answer_address(desk: Desk) -> None:
    with with_keys(desk, "new", "old") as site:
        site.desk.run()
        path = site.path_in(REQUEST)

    with with_keys(desk, "old") as site:
        assert site.get(path).status_code == 404
    with with_keys(desk, "new") as site:
        assert site.get(path).status_code == 200


def test_a_link_that_is_issued_again_after_the_rotation_has_the_new_key(desk: Desk) -> None:
    with with_keys(desk, "old") as site:
        site.desk.run()
        before = site.path_in(REQUEST)

    with with_keys(desk, "new", "old") as site:
        site.desk.at("2024-04-04 08:15").run()
        [reminder, *_] = site.desk.letters("consultation_reminder/visit-2024-q2/so-y-te")
        after = site.path_in(reminder)

    assert before != after
    with with_keys(desk, "new") as site:
        assert site.get(after).status_code == 200
        assert site.get(before).status_code == 404


def test_keys_are_read_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_SECRETS", "new  old")

    assert read_settings().signing_keys() == ("new", "old")


def test_without_any_the_key_is_made_once_and_only_its_owner_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_DATA", str(tmp_path / "data"))

    [key] = read_settings().signing_keys()

    assert read_settings().signing_keys() == (key,)
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o077 == 0
