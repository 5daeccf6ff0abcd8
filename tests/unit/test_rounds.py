"""The rounds of following up that nobody made while nothing ran."""

from __future__ import annotations

from datetime import datetime

import pytest
import yaml

from dondoc.clock import ZONE
from dondoc.config import PROJECT
from dondoc.domain.calendar import vietnam
from dondoc.domain.rounds import ROUNDS, missed_rounds


def test_the_rounds_are_those_at_which_the_flow_is_scheduled() -> None:
    deployments = yaml.safe_load((PROJECT / "prefect.yaml").read_text("utf-8"))["deployments"]
    (schedules,) = (each["schedules"] for each in deployments if each["name"] == "follow-up")

    assert [each["cron"] for each in schedules] == [f"{at.minute} {at.hour} * * 1-6" for at in ROUNDS]


@pytest.mark.parametrize(
    ("since", "now", "missed"),
    [
        pytest.param("2024-04-01 08:16", "2024-04-01 17:06", 0, id="the next in turn"),
        pytest.param("2024-04-01 08:15", "2024-04-01 17:05", 0, id="both on the minute"),
        pytest.param("2024-04-01 08:16", "2024-04-01 18:05", 0, id="an afternoon that is an hour late"),
        pytest.param("2024-04-01 08:16", "2024-04-01 18:06", 1, id="an afternoon that is over"),
        pytest.param("2024-04-01 08:00", "2024-04-01 18:30", 2, id="a day"),
        pytest.param("2024-04-05 17:06", "2024-04-08 08:20", 0, id="over a weekend nothing is to be done"),
        pytest.param("2024-04-05 17:06", "2024-04-09 08:20", 2, id="Monday"),
        pytest.param("2024-04-01 08:16", "2024-04-05 08:20", 7, id="days on end"),
        pytest.param("2024-04-09 08:20", "2024-04-01 08:15", 0, id="as of a day before"),
    ],
)
def test_rounds_that_were_missed_are_counted(since: str, now: str, missed: int) -> None:
    last, next_one = (datetime.fromisoformat(moment).replace(tzinfo=ZONE) for moment in (since, now))

    assert missed_rounds(last, next_one, vietnam()) == missed
