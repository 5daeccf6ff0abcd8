"""Settings as people write them into the environment."""

from __future__ import annotations

import pytest

from dondoc.config import read_settings
from dondoc.errors import Unreadable


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
