"""Commands about problems: what a person must look at."""

from __future__ import annotations

import json
from datetime import datetime

import click

from dondoc.domain.states import Channel, Severity

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who says so.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")

_EXAMPLES = """\b
Examples:
  dondoc problem list
  dondoc problem raise so-y-te "Không có bác sĩ" --urgent --occurrence ky-nghi-hong-2024
  dondoc problem acknowledge reported/ky-nghi-hong-2024/so-y-te/1f2e3d4c
  dondoc problem report-up reported/ky-nghi-hong-2024/so-y-te/1f2e3d4c thanh-doan-thuong-truc
"""


@click.group(epilog=_EXAMPLES)
def problem() -> None:
    """What units report and what the rules find, until somebody has dealt with it."""


@problem.command("list")
@_PLAN
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def list_(plan_id: str | None, as_json: bool) -> None:
    """Everything that is not resolved, urgent ones first."""
    from dataclasses import asdict

    from dondoc.cli.tables import table
    from dondoc.runtime import running
    from dondoc.services.overview import overview

    with running() as dondoc:
        problems = overview(dondoc.office, plan_id).problems
    if as_json:
        click.echo(json.dumps([asdict(line) for line in problems], ensure_ascii=False, indent=2, default=str))
        return
    rows = ((p.key, p.severity.value, p.state.value, p.unit_name, p.since.date(), _short(p.detail)) for p in problems)
    click.echo(table(("problem", "severity", "state", "unit", "since", "what"), rows) if problems else "no problems")


def _short(text: str) -> str:
    from dondoc.domain.wording import rut_gon

    return rut_gon(text, 60)


@problem.command("raise")
@click.argument("unit")
@click.argument("text")
@click.option("--urgent", is_flag=True, help="Tell the head at once, at any hour, until somebody acknowledges it.")
@click.option("--occurrence", help="What it is about, for example visit-2024-q1.")
@click.option("--by", default="operator", show_default=True, metavar="WHO", help="Who says so.")
@_PLAN
@_AS_OF
def raise_(
    unit: str, text: str, urgent: bool, occurrence: str | None, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Record a problem that UNIT told of by other ways; the head is told by the letters that go out next."""
    from dondoc.cli.typed import source_of
    from dondoc.runtime import running
    from dondoc.services.held import raise_by_hand
    from dondoc.services.ladder import climb
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        key = raise_by_hand(
            dondoc.office,
            plan_id,
            unit,
            text,
            occurrence=occurrence,
            severity=Severity.URGENT if urgent else Severity.NORMAL,
            by=Actor(by, Channel.COMMAND),
            source=source_of("problem", dondoc.office.clock.now(), plan_id, unit, text, urgent, occurrence, by),
        )
        written = climb(dondoc.office)
    click.echo(f"raised: {key}; letters written: {written}")


@problem.command()
@click.argument("key")
@_BY
@_PLAN
@_AS_OF
def acknowledge(key: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Say that somebody looks after KEY: it is not told again unless nothing comes of it."""
    _settle(key, "acknowledge", by, plan_id, as_of)
    click.echo(f"acknowledged: {key}")


@problem.command()
@click.argument("key")
@_BY
@_PLAN
@_AS_OF
def resolve(key: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Say that KEY is dealt with."""
    _settle(key, "resolve", by, plan_id, as_of)
    click.echo(f"resolved: {key}")


def _settle(key: str, do: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    from dondoc.runtime import running
    from dondoc.services.held import settle
    from dondoc.store.history import Actor
    from dondoc.store.queries import find_plan

    with running(as_of) as dondoc:
        with dondoc.office.sessions.reading() as session:
            plan = find_plan(session, plan_id).id
        settle(dondoc.office, plan, key, do, Actor(by, Channel.COMMAND))


@problem.command("report-up")
@click.argument("key")
@click.argument("recipients", nargs=-1, required=True)
@click.option("--comment", default="", help="What the head adds; the recipients will read it.")
@_BY
@_PLAN
@_AS_OF
def report_up(
    key: str, recipients: tuple[str, ...], comment: str, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Report KEY to RECIPIENTS of the plan, above the cluster; only the head decides that."""
    from dondoc.runtime import running
    from dondoc.services.upward import approve_upward
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        written = approve_upward(dondoc.office, plan_id, key, recipients, Actor(by, Channel.COMMAND), comment)
    click.echo(f"reported: {key}; letters written: {written}")
