"""What the processes of an installation are told: in a trial everything is open, for real work nothing is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dondoc.config import Settings
from dondoc.site import Site

ACCESS = ("PREFECT_SERVER_API_AUTH_STRING", "PREFECT_API_AUTH_STRING")


def site(data: Path, *, is_trial: bool, **given: str) -> Site:
    return Site(Settings(data=data, _env_file=None, **given), 8080, 4200, is_trial=is_trial)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PREFECT_PASSWORD", "PREFECT_URL", "REDIS_URL", "SMTP_HOST", "SMTP_USER"):
        monkeypatch.delenv(f"DONDOC_{name}", raising=False)


def test_in_a_trial_prefect_asks_nobody_and_the_board_and_the_mail_are_open(tmp_path: Path) -> None:
    trial = site(tmp_path, is_trial=True)

    assert not set(ACCESS) & trial.environment().keys()
    assert dict(trial.commands(()))["web"][-2:] == ("open-board", "with-mail")
    assert list(tmp_path.iterdir()) == []


def test_a_password_that_somebody_set_is_asked_for_in_a_trial_as_well(tmp_path: Path) -> None:
    trial = site(tmp_path, is_trial=True, prefect_password="correct-horse-battery")

    assert [trial.environment()[name] for name in ACCESS] == ["admin:correct-horse-battery"] * 2


def test_for_real_work_prefect_asks_and_neither_board_nor_mail_is_open(tmp_path: Path) -> None:
    real = site(tmp_path, is_trial=False)

    told = real.environment()

    password = (tmp_path / "prefect-password").read_text("ascii")
    assert [told[name] for name in ACCESS] == [f"admin:{password}"] * 2
    assert dict(real.commands(()))["web"][-1] == "127.0.0.1"
    assert not any(password in word for _, command in real.commands(()) for word in command)


@pytest.mark.parametrize(
    ("is_trial", "given", "starts"),
    [
        pytest.param(True, {}, True, id="trial"),
        pytest.param(False, {}, True, id="nothing set: letters stay here"),
        pytest.param(False, {"smtp_host": "127.0.0.1"}, False, id="a relay of this machine was chosen"),
        pytest.param(True, {"smtp_host": "smtp.example.org"}, False, id="an account"),
    ],
)
def test_the_local_mail_server_starts_where_no_other_was_chosen(
    tmp_path: Path, is_trial: bool, given: dict[str, str], starts: bool
) -> None:
    names = [name for name, _ in site(tmp_path, is_trial=is_trial, **given).commands(())]

    assert ("mail" in names) is starts


@pytest.mark.parametrize("is_trial", [True, False])
def test_no_page_of_the_web_may_speak_to_prefect_from_somebodys_browser(tmp_path: Path, is_trial: bool) -> None:
    told = site(tmp_path, is_trial=is_trial).environment()

    assert told["PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4200"
