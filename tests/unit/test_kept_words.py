"""Secret words that nobody has to choose: made once, kept in the data folder, the same for all who start together."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT, Settings, read_settings
from dondoc.errors import Refused, Unreadable

_PRINT_IT = "from dondoc.config import read_settings; print(read_settings().prefect_access())"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("REDIS_URL", "PREFECT_URL", "PREFECT_PASSWORD", "SECRETS"):
        monkeypatch.delenv(f"DONDOC_{name}", raising=False)
    monkeypatch.setenv("DONDOC_DATA", str(tmp_path / "var"))
    return tmp_path / "var"


def test_processes_that_start_together_agree_on_one_password_that_only_their_user_reads(data: Path) -> None:
    started = [subprocess.Popen([sys.executable, "-c", _PRINT_IT], cwd=PROJECT, stdout=subprocess.PIPE) for _ in "1234"]
    said = {process.communicate(timeout=60)[0].decode().strip() for process in started}

    assert len(said) == 1
    assert said.pop() == f"admin:{(data / 'prefect-password').read_text('ascii')}"
    assert [(kept.name, kept.stat().st_mode & 0o777) for kept in data.iterdir()] == [("prefect-password", 0o600)]


def test_a_password_that_is_given_is_kept_nowhere(data: Path) -> None:
    assert Settings(data=data, prefect_password="correct-horse-battery").prefect_access() == (
        "admin:correct-horse-battery"
    )

    assert not data.exists()


@pytest.mark.parametrize(
    "elsewhere",
    [{"redis_url": "redis://10.0.0.5:6379/0"}, {"prefect_url": "http://10.0.0.5:4200"}],
    ids=lambda e: next(iter(e)),
)
def test_several_machines_do_not_each_make_a_password_of_their_own(data: Path, elsewhere: dict[str, str]) -> None:
    with pytest.raises(Refused, match="set DONDOC_PREFECT_PASSWORD on all of them"):
        Settings(data=data, **elsewhere).prefect_access()  # type: ignore[arg-type]

    assert not data.exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:4300", "http://localhost:4200/", "http://[::1]:4200"])
def test_another_port_of_this_machine_is_no_other_machine(data: Path, url: str) -> None:
    assert Settings(data=data, prefect_url=url).prefect_access().startswith("admin:")


@pytest.mark.parametrize("part", [["prefect"], ["services"], ["web"], ["worker"]], ids=lambda part: part[0])
def test_no_part_starts_without_the_password_that_several_machines_share(
    data: Path, part: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_REDIS_URL", "redis://127.0.0.1:9/0")
    monkeypatch.setenv("DONDOC_SECRETS", "a-long-random-word")

    done = CliRunner().invoke(group, ["serve", *part])

    assert done.exit_code == 1
    assert done.output == (
        "dondoc: several machines need the same password of Prefect: set DONDOC_PREFECT_PASSWORD on all of them\n"
    )


@pytest.mark.parametrize("weak", ["too-short", "mật-khẩu-của-tôi", "with some spaces"])
def test_a_password_that_prefect_could_not_take_is_refused_and_not_repeated(
    data: Path, weak: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DONDOC_PREFECT_PASSWORD", weak)

    with pytest.raises(Unreadable, match=r"DONDOC_PREFECT_PASSWORD: .*at least 12 letters") as refused:
        read_settings()

    assert weak not in str(refused.value)
