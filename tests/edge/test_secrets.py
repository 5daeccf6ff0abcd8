"""Secrets come from the environment and stand nowhere else, whatever goes wrong.

Each setting that holds a secret gets one that nothing else looks like. Then everything goes wrong that can, and all
that was written meanwhile is searched for them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest

from dondoc.config import PROJECT, Settings
from tests.cluster.machines import REDIS, redis
from tests.edge.canaries import NAMES, canaries, repeats_what_it_heard, sung_in, suspicious_mailbox
from tests.integration.postgres import POSTGRES, Postgres, postgres
from tests.integration.smtp_server import Server, listening
from tests.integration.up import Up

_DONDOC = (sys.executable, "-c", "from dondoc.cli import main; main()")


def test_every_setting_that_is_kept_secret_has_a_canary_here() -> None:
    secret = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}

    assert secret == set(NAMES)


@dataclass(frozen=True)
class Traces:
    """All that an installation wrote while everything went wrong, by where it stands."""

    birds: Mapping[str, str]
    written: Mapping[str, str]


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    if POSTGRES is None or REDIS is None or not Path("/proc/self/environ").exists():
        pytest.skip("PostgreSQL, Redis or /proc is missing")
    folder, birds = tmp_path_factory.mktemp("secrets"), canaries()
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        record = stack.enter_context(server.database(like="template0"))
        of_prefect = stack.enter_context(server.database(like="template0"))
        shared = stack.enter_context(redis(folder, birds["REDIS_URL"]))
        smtp = stack.enter_context(listening(Server(), authenticator=repeats_what_it_heard, auth_require_tls=False))
        imap = stack.enter_context(suspicious_mailbox())
        settings = {
            "DONDOC_DATABASE_URL": record.replace("postgres@", f"postgres:{birds['DATABASE_URL']}@"),
            "DONDOC_PREFECT_DATABASE_URL": of_prefect.replace(
                "postgres@", f"postgres:{birds['PREFECT_DATABASE_URL']}@"
            ),
            "DONDOC_REDIS_URL": shared,
            "DONDOC_SMTP_HOST": "127.0.0.1",
            "DONDOC_SMTP_PORT": str(smtp.port),
            "DONDOC_SMTP_USER": "office",
            "DONDOC_IMAP_HOST": "127.0.0.1",
            "DONDOC_IMAP_PORT": str(imap),
            "DONDOC_IMAP_SECURITY": "none",
            "DONDOC_IMAP_USER": "traloi",
            "DONDOC_OPERATOR": "van-hanh@doan.example.org",
            **{f"DONDOC_{name}": birds[name] for name in NAMES if not name.endswith("_URL")},
        }
        up = Up(folder / "var", options=("--production",))
        stack.callback(up.stop)
        up.start(**settings)
        up.rest()
        yield Traces(birds, _everything_goes_wrong(up, server, settings, record, of_prefect))


def _everything_goes_wrong(
    up: Up, server: Postgres, settings: Mapping[str, str], record: str, of_prefect: str
) -> dict[str, str]:
    written = {
        "runs": _run(up, ("mail-delivery", {}), ("response-intake", {}), ("consultation", {"occurrence": "none"}))
    }
    written["arguments"] = "\n".join(up.processes().values())
    for command in ("status", "status --json", "deliver", "intake"):
        written[command] = _said(up, settings, command)
    written["health"], written["metrics"] = _page(up, "/health"), _page(up, "/metrics")
    written["the record"], link = _dumped(record), _a_link(record)
    _close(server, record)
    written["a page"], written["health without a database"] = _page(up, link), _page(up, "/health")
    written["status without a database"] = _said(up, settings, "status")
    written["runs without a database"] = _run(up, ("mail-delivery", {}))
    written["Prefect's database"] = _dumped(of_prefect)
    _close(server, of_prefect)
    up.wait_for(lambda: re.search("prefect.*not currently accepting", up.log.read_text("utf-8")) is not None, 120)
    up.stop()
    written["the log"] = up.log.read_text("utf-8")
    kept = (file for file in up.data.rglob("*") if file.is_file() and "ui" not in file.parts)
    written["files"] = "\n".join(f"{file}\n{file.read_bytes().decode('utf-8', 'replace')}" for file in kept)
    return written


def _run(up: Up, *runs: tuple[str, dict[str, str]]) -> str:
    """Begin these runs, wait for their ends; returns what became of them."""
    begun = [up.begin(name, **given) for name, given in runs]
    for run in begun:
        up.wait_for(lambda run=run: up.prefect.flow_run(run).is_over, 120)  # type: ignore[misc]
    return "\n".join(str(up.prefect.flow_run(run)) for run in begun)


def _page(up: Up, path: str) -> str:
    answer = httpx.get(f"http://127.0.0.1:{up.ports[1]}{path}", trust_env=False, timeout=60)
    return f"{answer.status_code} {answer.headers} {answer.text}"


def _said(up: Up, settings: Mapping[str, str], command: str) -> str:
    given = {"DONDOC_DATA": str(up.data), "DONDOC_PREFECT_PORT": str(up.ports[2]), "DONDOC_LOG": "json", **settings}
    done = subprocess.run(
        [*_DONDOC, *command.split()], cwd=PROJECT, env=os.environ | given, capture_output=True, text=True, check=False
    )
    return f"{done.returncode} {done.stdout} {done.stderr}"


def _dumped(url: str) -> str:
    assert POSTGRES is not None
    done = subprocess.run(
        [POSTGRES / "pg_dump", "--data-only", f"--dbname={url}"], capture_output=True, text=True, check=True
    )
    return done.stdout


def _a_link(url: str) -> str:
    """Where a letter's link leads: to a page that reads the record."""
    with psycopg.connect(url) as connection:
        contents = "SELECT content FROM letter_contents JOIN letters ON id = letter_id"
        letters = connection.execute(f"{contents} WHERE kind = 'consultation_request'").fetchall()
    found = re.search(rb"/tra-loi/[\w.-]+", letters[0][0].replace(b"=\r\n", b""))
    assert found is not None
    return found[0].decode()


def _close(server: Postgres, url: str) -> None:
    """Nobody gets into this database any more."""
    name = url.rpartition("/")[2]
    server.do(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    server.do(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")  # noqa: S608


WENT_WRONG = {
    "runs": "the server refused user and password",
    "arguments": "prefect server start",
    "status": "7 queued",
    "status --json": '"queued": 7',
    "deliver": "rests until",
    "intake": "the server refused user and password",
    "health": '"status":"ok"',
    "metrics": "dondoc_letters",
    "the record": "535.* cannot verify •••",
    "a page": "^500 .*Có lỗi xảy ra",
    "health without a database": '"code":"database"',
    "status without a database": "not currently accepting connections",
    "runs without a database": "not currently accepting connections",
    "Prefect's database": "refused user and password",
    "the log": "Traceback.*not currently accepting connections",
    "files": "prefect",
}
"""Where a secret could stand, with what shows that it was written while things went wrong."""


@pytest.mark.parametrize("place", WENT_WRONG)
def test_no_secret_stands_in(traces: Traces, place: str) -> None:
    text = traces.written[place]

    assert re.search(WENT_WRONG[place], text, re.DOTALL), text[:2000]
    assert sung_in(text, traces.birds) == set()
