"""Commands about the work: who does what, how far it is, how it went, who is told."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from dondoc.domain.states import Channel
from dondoc.errors import Unreadable

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who says so.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")

_EXAMPLES = """\b
Examples:
  dondoc work show ky-nghi-hong-2024
  dondoc work assign ky-nghi-hong-2024 tang-qua tnxp
  dondoc work waive ky-nghi-hong-2024 ban-giao --reason "Không có công trình trong đợt này"
  dondoc work evaluate ky-nghi-hong-2024 "Đạt kết quả tốt." --unit so-y-te
  dondoc work bulletin ky-nghi-hong-2024 tin.txt --title "Kỳ Nghỉ Hồng năm 2024" --to co-so-doan
"""


@click.group(epilog=_EXAMPLES)
def work() -> None:
    """Assignments, resources, results, evaluation and bulletins of an occurrence."""


@work.command()
@click.argument("occurrence")
@_PLAN
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def show(occurrence: str, plan_id: str | None, as_json: bool) -> None:
    """Who does what of OCCURRENCE, with whom, for how much, and what was reported."""
    from dondoc.cli.tables import table
    from dondoc.domain.wording import dong
    from dondoc.runtime import running
    from dondoc.services.results import results

    with running() as dondoc:
        found = results(dondoc.office, plan_id, occurrence)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    click.echo(f"{found.title}: {found.state.value}\n")
    for one in found.unowned:
        click.echo(f"nobody owns {one.id}: {one.text}")
    said = {True: "accepted", False: "declined", None: None}
    rows = (
        (
            unit.unit,
            unit.name,
            len(unit.tasks) or None,
            said[unit.accepted],
            f"{max((line.percent for line in unit.progress), default=0)} %" if unit.tasks else None,
            f"{unit.named}/{unit.quota}" if unit.quota else None,
            dong(unit.paid) if unit.due else None,
            "yes" if unit.report else None,
        )
        for unit in found.units
    )
    click.echo(table(("unit", "name", "tasks", "answer", "progress", "people", "paid", "report"), rows))
    for name, figure in found.figures:
        click.echo(f"{name}: {figure}")


@work.command()
@click.argument("occurrence")
@click.argument("task")
@click.argument("unit")
@click.option("--reason", default="", help="Why; it stays in the record.")
@_BY
@_PLAN
@_AS_OF
def assign(
    occurrence: str, task: str, unit: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Give the content or assignment TASK of OCCURRENCE to UNIT."""
    _hand_over(occurrence, task, unit, reason, by, plan_id, as_of)
    click.echo(f"assigned: {task} to {unit}")


@work.command()
@click.argument("occurrence")
@click.argument("task")
@click.option("--reason", required=True, help="Why nobody has to do it.")
@_BY
@_PLAN
@_AS_OF
def waive(occurrence: str, task: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Decide that nobody has to do the content or assignment TASK of OCCURRENCE."""
    _hand_over(occurrence, task, None, reason, by, plan_id, as_of)
    click.echo(f"waived: {task}")


def _hand_over(
    occurrence: str, task: str, unit: str | None, reason: str, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    from dondoc.runtime import running
    from dondoc.services.working import hand_over
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        hand_over(dondoc.office, plan_id, occurrence, task, unit, reason, Actor(by, Channel.COMMAND))


@work.command()
@click.argument("occurrence")
@click.argument("text")
@click.option("--unit", help="Whose part in it; without it the whole occurrence is evaluated.")
@_BY
@_PLAN
@_AS_OF
def evaluate(
    occurrence: str, text: str, unit: str | None, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Say how OCCURRENCE went, after it was held."""
    from dondoc.runtime import running
    from dondoc.services.working import evaluate as record
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        record(dondoc.office, plan_id, occurrence, unit, text, Actor(by, Channel.COMMAND))
    click.echo(f"evaluated: {occurrence}" + (f", {unit}" if unit else ""))


@work.command()
@click.argument("occurrence")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--title", required=True)
@click.option("--link", "links", multiple=True, help="A photo or an article; may be given several times.")
@click.option("--to", "recipients", multiple=True, required=True, metavar="RECIPIENT", help="As the plan calls it.")
@_BY
@_PLAN
@_AS_OF
def bulletin(
    occurrence: str,
    file: Path,
    title: str,
    links: tuple[str, ...],
    recipients: tuple[str, ...],
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
) -> None:
    """Send the text in FILE as a bulletin about OCCURRENCE to recipients of the plan."""
    from dondoc.runtime import running
    from dondoc.services.bulletins import publish
    from dondoc.store.history import Actor

    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: expected a text file in UTF-8 ({error})") from None
    with running(as_of) as dondoc:
        written = publish(
            dondoc.office, plan_id, occurrence, title, text, links, recipients, Actor(by, Channel.COMMAND)
        )
        dondoc.deliver()
    click.echo(f"letters written: {written}")
