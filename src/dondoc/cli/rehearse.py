"""`dondoc rehearse`: which letters would go out, to whom, when?"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("plan_file", metavar="PLAN.yaml", type=click.Path(path_type=Path))
@click.option("--script", "script_file", type=click.Path(path_type=Path), help="Who does what, when.")
@click.option("--from", "first", type=_DAY, help="The first day.  [default: 1 January of the plan's year]")
@click.option("--to", "last", type=_DAY, help="The last day.  [default: 31 December of the plan's year]")
@click.option("--out", type=click.Path(path_type=Path), help="Where to keep letters, events and the record.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def rehearse(
    plan_file: Path,
    script_file: Path | None,
    first: datetime | None,
    last: datetime | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Play PLAN.yaml against a simulated clock, with the real rules and letters, without sending anything.

    \b
    Examples:
      dondoc rehearse config/plans/hcsn-2024.yaml
      dondoc rehearse config/plans/hcsn-2024.yaml --script script.yaml --out rehearsal
    """
    from dondoc.cli.tables import print_rehearsal
    from dondoc.planfile import load_plan
    from dondoc.rehearsal import rehearse_into

    plan = load_plan(plan_file)
    begin = first.date() if first else date(plan.year, 1, 1)
    end = last.date() if last else date(plan.year, 12, 31)
    if end < begin:
        raise click.UsageError(f"--to {end} lies before --from {begin}")
    with _folder(out) as folder, _progress(begin, end) as tell_day:
        summary = rehearse_into(folder, plan, script_file, begin, end, tell_day)
    print_rehearsal(summary, kept=out, as_json=as_json)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    if out is not None:
        yield out
        return
    with TemporaryDirectory(prefix="dondoc-") as fleeting:
        yield Path(fleeting)


@contextmanager
def _progress(begin: date, end: date) -> Iterator[Callable[[date], None]]:
    """A progress bar on a terminal; nothing elsewhere."""
    stderr = sys.stderr
    if not stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=(end - begin).days + 1, label="rehearsing", file=stderr) as bar:

        def on_day(day: date) -> None:
            bar.update((day - begin).days + 1 - bar.pos)

        yield on_day
