"""`dondoc plan`: look at a cluster's yearly plan before it runs."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dondoc.domain.calendar import WorkingCalendar

_FILE = click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")


@click.group()
def plan() -> None:
    """Check, show, load and roll a cluster's yearly plan.

    \b
    Examples:
      dondoc plan check config/plans/hcsn-2024.yaml
      dondoc plan show config/plans/hcsn-2024.yaml
      dondoc plan load config/plans/hcsn-2024.yaml
      dondoc plan roll config/plans/hcsn-2024.yaml --year 2025 --out config/plans/hcsn-2025.yaml
    """


@plan.command()
@_FILE
@_JSON
@click.pass_context
def check(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Print what FILE leaves open or gets wrong.

    \b
    blocks  the plan cannot run: nobody to write to, no account, a day in Tết
    warns   it can run, and something will probably go wrong
    open    somebody has to decide or confirm it; the plan runs meanwhile

    Exit status: 0 the plan can run, 1 it cannot, 2 the file is unreadable.

    \b
    Examples:
      dondoc plan check config/plans/hcsn-2024.yaml
      dondoc plan check config/plans/hcsn-2024.yaml --json
    """
    from dondoc.cli.plan_tables import print_report
    from dondoc.domain.plan_check import check as find
    from dondoc.planfile import load_plan

    checked = load_plan(file)
    report = find(checked, _calendar())
    print_report(checked, report, as_json=as_json)
    ctx.exit(0 if report.can_run else 1)


@plan.command()
@_FILE
@_JSON
def show(file: Path, as_json: bool) -> None:
    """Print the year at a glance: occurrences by date, units, and who pays how much.

    \b
    Examples:
      dondoc plan show config/plans/hcsn-2024.yaml
      dondoc plan show config/plans/hcsn-2024.yaml --json
    """
    from dondoc.cli.plan_tables import print_plan
    from dondoc.planfile import load_plan

    print_plan(load_plan(file), as_json=as_json)


@plan.command()
@_FILE
@click.option("--by", default="operator", show_default=True, metavar="WHO", help="Who loads it; kept in the history.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
@click.option("--preview", "is_preview", is_flag=True, help="Only say what it would do to what is under way.")
@_JSON
def load(file: Path, by: str, as_of: datetime | None, is_preview: bool, as_json: bool) -> None:
    """Put FILE in force: from now on its consultations open by themselves. Loading it again changes nothing.

    What was over before the plan first came is not followed up. A plan that `check` blocks is refused. What a changed
    plan does to units, occurrences, open requests and dues is told; with --preview that is all that happens.

    \b
    Examples:
      dondoc plan load config/plans/hcsn-2024.yaml
      dondoc plan load config/plans/hcsn-2024.yaml --preview
    """
    from dondoc.cli.plan_tables import print_effects
    from dondoc.domain.plan_check import check as find
    from dondoc.domain.states import Channel
    from dondoc.errors import Refused
    from dondoc.planfile import load_plan as read
    from dondoc.runtime import running
    from dondoc.services.plan_preview import preview
    from dondoc.services.plans import load_plan
    from dondoc.store.history import Actor

    given = read(file)
    with running(as_of) as dondoc:
        if not find(given, dondoc.office.calendar).can_run:
            raise Refused(f"{file} cannot run yet: see what blocks it with `dondoc plan check {file}`")
        effects = preview(dondoc.office, given)
        if is_preview:
            print_effects(effects, as_json=as_json)
            if refused := [effect for effect in effects if effect.refused]:
                raise Refused(f"{file} could not be loaded: {refused[0].key} {refused[0].text}")
            return
        loaded = load_plan(dondoc.office, given, Actor(by, Channel.COMMAND))
    if effects or as_json:
        print_effects(effects, as_json=as_json)
    if as_json:
        return
    done = "in force" if loaded.changed else "was in force already, nothing changed"
    click.echo(f"{loaded.plan_id}: version {loaded.version} {done}")


@plan.command()
@_FILE
@click.option("--year", required=True, type=click.IntRange(2000, 2100), help="The year of the new plan.")
@click.option("--out", type=click.Path(path_type=Path), help="The new file; without it the plan is printed.")
def roll(file: Path, year: int, out: Path | None) -> None:
    """Make the plan for another year out of FILE, with its comments and order.

    Days move to the nearest working day in the same quarter or month; every assumption has to be confirmed again.
    People, addresses, the account and the theme stay as they are: look at them. An existing file is never overwritten.

    \b
    Examples:
      dondoc plan roll config/plans/hcsn-2024.yaml --year 2025
      dondoc plan roll config/plans/hcsn-2024.yaml --year 2025 --out config/plans/hcsn-2025.yaml
    """
    from dondoc.errors import Refused
    from dondoc.files import write_whole
    from dondoc.planfile import roll_plan

    rolled = roll_plan(file, year, _calendar())
    if out is None:
        click.echo(rolled, nl=False)
        return
    if out.exists():
        raise Refused(f"{out} exists already and is not overwritten: remove it, or name another file")
    write_whole(out, rolled.encode())
    click.echo(f"{out}: written; look at theme, heads, contacts and account, then run: dondoc plan check {out}")


def _calendar() -> WorkingCalendar:
    """The installation's calendar, with its local exceptions."""
    from dondoc.config import read_settings
    from dondoc.domain.calendar import vietnam
    from dondoc.planfile import load_holidays

    return vietnam(load_holidays(read_settings().config / "holidays.yaml"))
