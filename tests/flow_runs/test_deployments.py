"""`prefect.yaml` as a worker meets it: every entrypoint, form and schedule."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from dondoc.automations import END_OF_DEAD_RUNS
from dondoc.config import PROJECT

DEPLOYMENTS = yaml.safe_load((PROJECT / "prefect.yaml").read_text("utf-8"))["deployments"]
BY_NAME = [pytest.param(deployment, id=deployment["name"]) for deployment in DEPLOYMENTS]
VIETNAMESE = re.compile("[ăâđêôơưạảấầẩậắằặẹẻẽếềểệỉịọỏốồổỗộớờởợụủứừửữựỳỵỷỹ]", re.IGNORECASE)

LOAD_WITHOUT_PLACEHOLDER = """
import json, sys
from prefect.flows import load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
flows = [load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False) for entrypoint in sys.argv[1:]]
print(json.dumps([[flow.name, flow.description, parameter_schema(flow).model_dump()] for flow in flows]))
"""


@pytest.fixture(scope="session")
def loaded() -> dict[str, Any]:
    """Name, description and parameters of every flow, as a bare interpreter in the project's root loads them."""
    entrypoints = [deployment["entrypoint"] for deployment in DEPLOYMENTS]
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOAD_WITHOUT_PLACEHOLDER, *entrypoints],
        cwd=PROJECT,
        check=True,
        capture_output=True,
        text=True,
    )
    return dict(zip(entrypoints, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("deployment", BY_NAME)
def test_a_worker_can_load_it_under_its_own_name(deployment: dict[str, Any], loaded: dict[str, Any]) -> None:
    name, description, _ = loaded[deployment["entrypoint"]]

    assert name == deployment["name"]
    assert VIETNAMESE.search(description)
    assert VIETNAMESE.search(deployment["description"])
    assert Path(deployment["entrypoint"].partition(":")[0]).stem not in sys.stdlib_module_names


@pytest.mark.parametrize("deployment", BY_NAME)
def test_its_form_says_in_vietnamese_what_each_parameter_is(deployment: dict[str, Any], loaded: dict[str, Any]) -> None:
    _, _, schema = loaded[deployment["entrypoint"]]

    assert "as_of" in schema["properties"]
    assert schema["required"] == []
    for name, parameter in schema["properties"].items():
        assert VIETNAMESE.search(parameter.get("description", "")), name
        assert "anyOf" not in parameter, f"{name} would show as a pair of buttons"


@pytest.mark.parametrize("deployment", BY_NAME)
def test_one_run_at_a_time_and_only_scheduled_catch_ups_may_be_skipped(deployment: dict[str, Any]) -> None:
    limit = deployment["concurrency_limit"]

    assert limit["limit"] == 1
    assert limit["collision_strategy"] == ("CANCEL_NEW" if "tự động" in deployment["tags"] else "ENQUEUE")


@pytest.mark.parametrize(
    ("name", "first_runs"),
    [
        ("quarterly-visit", ["2026-01-01 08:00", "2026-01-02 08:00"]),
        ("summer-campaign", ["2026-05-01 08:00", "2026-05-02 08:00"]),
        ("seminar", ["2026-07-01 08:00", "2026-07-02 08:00"]),
        ("follow-up", ["2026-01-01 08:15", "2026-01-01 17:05", "2026-01-02 08:15"]),
        ("head-digest", ["2026-01-01 07:30", "2026-01-02 07:30"]),
        ("mail-delivery", ["2026-01-01 00:00", "2026-01-01 00:10"]),
    ],
)
def test_schedules_are_vietnamese_time(name: str, first_runs: list[str]) -> None:
    (deployment,) = (deployment for deployment in DEPLOYMENTS if deployment["name"] == name)
    schedules = [(each["cron"], each["timezone"]) for each in deployment["schedules"]]

    assert _next_runs(schedules, len(first_runs)) == [f"{at}+07:00" for at in first_runs]


def _next_runs(schedules: list[tuple[str, str]], wanted: int) -> list[str]:
    from asyncio import run
    from zoneinfo import ZoneInfo

    from prefect.server.schemas.schedules import CronSchedule

    runs: list[datetime] = []
    for cron, zone in schedules:
        schedule = CronSchedule(cron=cron, timezone=zone)
        begin = datetime(2026, 1, 1, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
        runs += run(schedule.get_dates(wanted, start=begin))
    return [at.isoformat(" ", "minutes") for at in sorted(runs)[:wanted]]


def test_alarms_are_automations_that_no_run_of_their_own_sets_off() -> None:
    from prefect.events.schemas.deployment_triggers import DeploymentEventTrigger
    from prefect.server.events.schemas.automations import AutomationCreate

    (alarm,) = (deployment for deployment in DEPLOYMENTS if deployment["name"] == "report-incident")
    triggers = [DeploymentEventTrigger.model_validate(trigger) for trigger in alarm["triggers"]]
    watched = {tag.removeprefix("prefect.tag.") for trigger in alarm["triggers"] for tag in _tags_of(trigger)}

    assert {event for trigger in triggers for event in trigger.expect} == {
        "prefect.flow-run.Failed",
        "prefect.flow-run.Crashed",
        "prefect.flow-run.TimedOut",
    }
    others = [deployment for deployment in DEPLOYMENTS if deployment is not alarm]
    assert all(watched & set(deployment["tags"]) for deployment in others)
    assert not watched & set(alarm["tags"])
    for trigger in triggers:
        assert _rendered(trigger.parameters or {}) == {
            "flow": "follow-up",
            "run": "follow-up · 01/04 08:15",
            "state": "Crashed",
            "message": "",
        }
    assert AutomationCreate.model_validate(END_OF_DEAD_RUNS).trigger.type == "event"


def _rendered(parameters: dict[str, Any]) -> Any:
    """As Prefect's server fills them in when the automation fires."""
    from types import SimpleNamespace

    from prefect.server.events.actions import RunDeployment
    from prefect.utilities.schema_tools.hydration import HydrationContext, hydrate

    upgraded = json.loads(json.dumps(parameters))
    RunDeployment._upgrade_v1_templates(upgraded)
    run = SimpleNamespace(name="follow-up · 01/04 08:15", state=SimpleNamespace(name="Crashed", message=None))
    context = {"flow": SimpleNamespace(name="follow-up"), "flow_run": run}
    return hydrate(
        upgraded,
        HydrationContext(raise_on_error=True, render_jinja=True, jinja_context=context, workspace_variables={}),
    )


def _tags_of(trigger: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for resource in trigger["match_related"]:
        tags = resource["prefect.resource.id"]
        found += [tags] if isinstance(tags, str) else tags
    return found
