"""What stands in deploy/ fits the program: its commands exist, its settings are settings, systemd understands it."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from dondoc.cli import group
from dondoc.config import PROJECT, Settings

DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
_OF_COMPOSE = {"DB_PASSWORD"}


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def commands() -> Iterator[Any]:
    """Every command of Dondoc that a unit or a container runs."""
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=\S+/dondoc (.*)$", unit.read_text("utf-8"), re.MULTILINE):
            yield pytest.param(shlex.split(line), id=unit.name)
    for name, service in compose()["services"].items():
        if service["image"] == "dondoc":
            yield pytest.param(service["command"], id=f"compose: {name}")


@pytest.mark.parametrize("command", list(commands()))
def test_every_command_is_one_that_dondoc_knows(command: list[str]) -> None:
    done = CliRunner().invoke(group, [*command, "--help"])

    assert done.exit_code == 0, done.output
    options = [word for word in command if word.startswith("--")]
    assert [option for option in options if option not in done.output] == []


def test_every_setting_is_one_that_dondoc_reads() -> None:
    known = {f"DONDOC_{name.upper()}" for name in Settings.model_fields}
    given = set(re.findall(r"^#?(DONDOC_\w+)=", (DEPLOY / "dondoc.env.example").read_text("utf-8"), re.MULTILINE))
    given |= set(re.findall(r"DONDOC_\w+", (DEPLOY / "compose.yaml").read_text("utf-8")))
    given |= set(re.findall(r"DONDOC_\w+", (DEPLOY / "Dockerfile").read_text("utf-8")))

    assert len(given) > 15
    assert given - known - {"DONDOC_SECRETS"} == set()


def test_containers_name_plain_images_and_what_they_depend_on() -> None:
    services, volumes = compose()["services"], compose()["volumes"]

    for service in services.values():
        assert re.fullmatch(r"[a-z]+(:\d+)?", service["image"])
        assert set(service.get("depends_on", ())) <= set(services)
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists()
    assert {name for name, service in services.items() if "ports" in service} == {"prefect", "web"}
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", ()))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = unit.read_text("utf-8").replace("/opt/dondoc/.venv/bin/dondoc", sys.executable)
        (tmp_path / unit.name).write_text(text, "utf-8")

    units = [str(tmp_path / unit.name.replace("@.", "@1.")) for unit in UNITS]
    (tmp_path / "dondoc-worker@1.service").symlink_to("dondoc-worker@.service")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )

    about_ours = [line for line in done.stderr.splitlines() if "dondoc" in line and "not found" not in line]
    assert (done.returncode, about_ours) == (0, [])
