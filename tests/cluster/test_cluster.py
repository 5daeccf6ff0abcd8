"""Several Prefect servers and workers share one outbox; one that is killed in mid-sending doubles and loses nothing."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from dondoc.clock import SystemClock
from dondoc.config import Settings
from dondoc.domain.states import Channel, LetterState
from dondoc.mail.compose import compose, message_id_of
from dondoc.prefect_api import Denied, PrefectApi
from dondoc.runtime import running
from dondoc.services.batch import BATCH
from dondoc.services.plans import load_plan
from dondoc.store.history import Actor
from dondoc.store.outbox import LEASE, Posted, enqueue
from dondoc.store.tables import LetterRow
from tests.cluster.gated_mail import Mail, arrived, gated_mail
from tests.cluster.machines import REDIS, Machines, redis
from tests.integration.office import plan_2024
from tests.integration.ports import free_port
from tests.integration.postgres import POSTGRES, postgres
from tests.integration.up import stop_schedules

LETTERS = 120
SENDING = ("mail-delivery", "follow-up")
"""Kinds of runs that send whatever waits."""
_OVER = ("Completed", "Crashed", "Cancelled", "Failed")


def write_letters(settings: Settings) -> None:
    """A plan whose year is over, so that nothing else is due, and letters enough for two workers."""
    with running(settings=settings) as dondoc:
        load_plan(dondoc.office, plan_2024(), Actor("test", Channel.COMMAND))
        now = dondoc.office.clock.now()
        with dondoc.office.sessions.writing() as session:
            enqueue(session, [_letter(number, now) for number in range(LETTERS)], now)


def _letter(number: int, now: datetime) -> Posted:
    key, address, subject = f"test/{number}", f"unit-{number}@example.org", f"Thư số {number}"
    message_id = message_id_of("hcsn-2024", key, "doan.example.org")
    sender = ("Cụm trưởng", "cum-truong@doan.example.org")
    content = compose(
        subject, "Kính gửi.", "<p>Kính gửi.</p>", message_id=message_id, date=now, sender=sender, to=(None, address)
    )
    return Posted("hcsn-2024", key, "test", f"unit-{number}", address, None, subject, message_id, content)


def letters_by_state(settings: Settings) -> dict[LetterState, int]:
    with running(settings=settings) as dondoc, dondoc.office.sessions.reading() as session:
        rows = session.execute(select(LetterRow.state, func.count()).group_by(LetterRow.state))
        return dict(rows.tuples().all())


@pytest.mark.skipif(POSTGRES is None, reason="PostgreSQL is not installed")
@pytest.mark.skipif(REDIS is None, reason="Redis is not installed")
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")
def test_two_workers_share_the_letters_and_one_that_is_killed_doubles_and_loses_none(tmp_path: Path) -> None:
    data, ports = tmp_path / "var", (free_port(), free_port())
    with (
        postgres() as server,
        server.database(like="template0") as record,
        server.database(like="template0") as of_prefect,
        redis(tmp_path) as shared,
        gated_mail(data / "mail") as mail,
    ):
        environment = {
            "DONDOC_DATA": str(data),
            "DONDOC_DATABASE_URL": record,
            "DONDOC_PREFECT_DATABASE_URL": of_prefect,
            "DONDOC_REDIS_URL": shared,
            "DONDOC_SECRETS": "a-secret-of-the-test",
            "DONDOC_PREFECT_PASSWORD": "a-password-of-the-test",
            "DONDOC_SMTP_PORT": str(mail.port),
        }
        with pytest.MonkeyPatch.context() as given:
            for name, value in environment.items():
                given.setenv(name, value)
            settings = Settings(_env_file=None)
        machines = Machines(tmp_path, environment, ports)
        try:
            _play(machines, settings, mail)
        finally:
            machines.stop()


def _play(machines: Machines, settings: Settings, mail: Mail) -> None:
    inboxes = settings.data / "mail"
    machines.start("prefect-1", "serve", "prefect", "--port", str(machines.ports[0]))
    write_letters(settings)
    machines.wait_for(machines.api(0).is_up, "the first server is not up")
    machines.start("prefect-2", "serve", "prefect", "--port", str(machines.ports[1]))
    machines.start("services", "serve", "services")
    assert "prefect.yaml in force" in machines.do("deploy")
    stop_schedules(machines.api())  # what runs is begun by hand, whatever the hour
    machines.wait_for(machines.api(1).is_up, "the second server is not up")
    for server in (0, 1):
        with pytest.raises(Denied):
            PrefectApi(f"{machines.url(server)}/api").deployment("mail-delivery")
    machines.start_worker("worker-1", 0)
    machines.start_worker("worker-2", 1)
    started = SystemClock().now()
    for server in (0, 1):
        machines.wait_for(lambda n=server: machines.api(n).worker_was_seen(started), "no worker is seen")  # type: ignore[misc]

    runs = []
    for number, kind in enumerate(SENDING):
        runs.append(machines.begin(kind, number))
        machines.wait_for(lambda n=number: sum(arrived(inboxes).values()) == n + 1, "no letter leaves")  # type: ignore[misc]
    first, second = runs
    victim, other = (machines.worker_of(run) for run in runs)
    assert {victim, other} == {"worker-1", "worker-2"}
    assert victim is not None

    machines.kill(victim)
    mail.open()

    machines.wait_for(lambda: machines.state_of(second) == "Completed", "the other does not finish")
    assert letters_by_state(settings) == {
        LetterState.SENT: LETTERS + 1 - BATCH,  # and the plan's first letter
        LetterState.SENDING: 1,
        LetterState.QUEUED: BATCH - 1,
    }
    assert machines.state_of(first) == "Running", "nobody has noticed yet"

    machines.start_worker(victim, 0)
    machines.wait_for(lambda: machines.state_of(first) == "Crashed", "its own left-over run is not given up")
    _run(machines, "mail-delivery", LEASE + timedelta(minutes=2))
    assert letters_by_state(settings) == {LetterState.SENT: LETTERS, LetterState.UNKNOWN: 1}
    assert "1 found: they count as sent" in machines.do("reconcile", "--as-of", _in(timedelta(hours=1)))

    assert letters_by_state(settings) == {LetterState.SENT: LETTERS + 1}
    assert Counter(arrived(inboxes).values()) == {1: LETTERS + 1}


def _run(machines: Machines, deployment: str, ahead: timedelta) -> None:
    run = machines.begin(deployment, 1, as_of=_in(ahead))
    machines.wait_for(lambda: machines.state_of(run) in _OVER, f"{deployment} does not end")
    assert machines.state_of(run) == "Completed", machines.said()


def _in(ahead: timedelta) -> str:
    return f"{SystemClock().now() + ahead:%Y-%m-%d %H:%M}"
