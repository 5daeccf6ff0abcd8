"""`dondoc up --production`: who reaches its ports without a password or a letter learns nothing and starts nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import sync_playwright

from dondoc.config import PROJECT
from tests.integration.test_browser import CHROMIUM, QUIET
from tests.integration.up import Up


def test_without_its_password_prefect_tells_nothing_but_that_it_lives(production: Up) -> None:
    with httpx.Client(base_url=production.prefect_url, trust_env=False) as anybody:
        answers = {
            "runs": anybody.post("/api/flow_runs/filter", json={}),
            "settings": anybody.get("/api/admin/settings"),
            "variables": anybody.get("/api/variables/name/system-health"),
            "a wrong password": anybody.get("/api/version", auth=("admin", "guessed-by-somebody")),
            "another kind": anybody.get("/api/version", headers={"Authorization": f"Bearer {production.access}"}),
        }
        alive = anybody.get("/api/health")

    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(answers, 401)
    assert (alive.status_code, alive.text) == (200, "true")


def test_with_it_a_worker_takes_a_run(production: Up) -> None:
    run = production.begin_delivery()

    production.wait_for(lambda: production.state_of(run) == "Completed", 60)


def test_the_board_asks_who_comes_and_no_page_shows_the_mail(production: Up) -> None:
    assert production.letters() >= 7, "there is mail that could be shown"
    with httpx.Client(base_url=f"http://127.0.0.1:{production.ports[1]}", trust_env=False) as anybody:
        board = anybody.get("/bang")
        statuses = [anybody.get(path).status_code for path in ("/hop-thu-thu/", "/hop-thu-thu")]

    assert (board.status_code, board.headers["Location"]) == (303, "/dang-nhap")
    assert statuses == [404, 404]


def test_what_it_keeps_is_for_its_user_alone(production: Up) -> None:
    folder, record = production.data, production.data / "dondoc.db"

    assert [path.stat().st_mode & 0o777 for path in (folder, record)] == [0o700, 0o600]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="looks for processes in /proc")
def test_the_password_stands_in_its_file_and_nowhere_else(production: Up) -> None:
    assert production.access is not None
    kept, password = production.data / "prefect-password", production.access.partition(":")[2]

    said = production.log.read_text("utf-8")
    assert str(kept) in said, "the operator is told where it is"
    assert kept.stat().st_mode & 0o777 == 0o600
    commands = list(production.processes().values())
    assert any("prefect server start" in command for command in commands)
    forms = (password, b64encode(production.access.encode()).decode())
    assert [text for text in (said, *commands) if any(form in text for form in forms)] == []
    assert _files_that_hold(production.data, forms) == [kept]


def _files_that_hold(folder: Path, words: tuple[str, ...]) -> list[Path]:
    files = (file for file in folder.rglob("*") if file.is_file() and file.suffix not in (".js", ".css", ".map"))
    return [file for file in files if any(word.encode() in file.read_bytes() for word in words)]


def test_whoever_has_another_password_is_told_in_one_sentence(production: Up) -> None:
    given = {
        "DONDOC_DATA": str(production.data),
        "DONDOC_PREFECT_PORT": str(production.ports[2]),
        "DONDOC_PREFECT_PASSWORD": "of-another-machine",
    }
    command = [sys.executable, "-c", "from dondoc.cli import main; main()", "deploy"]
    done = subprocess.run(command, cwd=PROJECT, env=os.environ | given, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        f"dondoc: {production.prefect_url}/api refuses the password: DONDOC_PREFECT_PASSWORD is another one there\n"
    )


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_the_operators_pages_ask_and_then_show_the_runs(production: Up) -> None:
    assert production.access is not None
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = browser.new_page()
        page.goto(f"{production.prefect_url}/runs")
        form = page.get_by_placeholder("admin:pass")
        form.fill("admin:guessed-by-somebody")
        form.press("Enter")
        page.get_by_text("Authentication failed").first.wait_for()

        form.fill(production.access)
        form.press("Enter")

        page.get_by_text("quarterly-visit").first.wait_for(timeout=60_000)
        browser.close()
