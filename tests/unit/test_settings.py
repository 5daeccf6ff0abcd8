"""Settings as people write them into the environment."""

from __future__ import annotations

import pytest

from dondoc.config import read_settings
from dondoc.errors import Unreadable
from dondoc.store.database import open_engine


def test_trusted_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_TRUSTED_PROXIES", "10.0.0.1 172.16.0.0/12  ::1")

    assert read_settings().trusted_proxies == ["10.0.0.1", "172.16.0.0/12", "::1"]


def test_only_this_machine_is_trusted_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_TRUSTED_PROXIES", "")

    assert read_settings().trusted_proxies == ["127.0.0.1"]


@pytest.mark.parametrize("written", ["proxy.example.org", "10.0.0.1,10.0.0.2", "10.0.0.1/8"])
def test_a_trusted_proxy_that_is_no_address_is_named(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_TRUSTED_PROXIES", written)

    with pytest.raises(Unreadable, match=r"DONDOC_TRUSTED_PROXIES: .*is not an address or a network"):
        read_settings()


@pytest.mark.parametrize("name", ["DATABASE_URL", "PREFECT_DATABASE_URL", "REDIS_URL"])
@pytest.mark.parametrize("password", ["{}@{}", "@{}", "{}/{}@", "{}#", "{}?x"])
def test_a_password_that_would_be_read_as_the_hosts_name_is_refused_and_not_repeated(
    name: str, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = "redis" if name == "REDIS_URL" else "postgresql"
    written = password.replace("{}", "canary")
    monkeypatch.setenv(f"DONDOC_{name}", f"{scheme}://dondoc:{written}@127.0.0.1:9/dondoc")

    with pytest.raises(Unreadable, match=f"DONDOC_{name}: .*are written %40, %2F and %23") as refused:
        read_settings()

    assert "canary" not in str(refused.value)


def test_one_that_is_written_as_it_must_be_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_DATABASE_URL", "postgresql://dondoc:p%40ss%2Fword%23!@127.0.0.1:9/dondoc")

    engine = open_engine(read_settings().database)

    assert engine.url.password == "p@ss/word#!"
    engine.dispose()


@pytest.mark.parametrize("name", ["DATABASE_URL", "PREFECT_DATABASE_URL", "REDIS_URL"])
def test_what_is_no_url_is_told_in_one_sentence_without_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"DONDOC_{name}", "canary")

    with pytest.raises(Unreadable, match=rf"DONDOC_{name}.* expected e\.g\. \w+://") as refused:
        open_engine(read_settings().database)

    assert "canary" not in str(refused.value)


def test_what_is_secret_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DONDOC_SECRETS", "canary-of-links another-canary")
    for name in ("PREFECT_PASSWORD", "PROBE_TOKEN", "SMTP_PASSWORD", "IMAP_PASSWORD"):
        monkeypatch.setenv(f"DONDOC_{name}", f"canary-{name}")
    for name, scheme in (
        ("DATABASE_URL", "postgresql"),
        ("PREFECT_DATABASE_URL", "postgresql"),
        ("REDIS_URL", "redis"),
    ):
        monkeypatch.setenv(f"DONDOC_{name}", f"{scheme}://dondoc:canary@127.0.0.1/0")

    settings = read_settings()

    assert settings.smtp_password.get_secret_value() == "canary-SMTP_PASSWORD"
    assert "canary" not in f"{settings!r} {settings!s} {settings.model_dump_json()}"
