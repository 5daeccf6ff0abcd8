"""Tables for Excel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dondoc.errors import Unreadable

if TYPE_CHECKING:
    from dondoc.documents.workbook import CashBookRow, Layout, ResourceRow, ScoreRow
    from dondoc.runtime import Dondoc

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_OUT = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The file; .xlsx or .csv says which."
)


@click.group()
def export() -> None:
    """Write tables that Excel opens: XLSX, or CSV with Vietnamese letters."""


@export.command()
@_OUT
@_PLAN
def ledger(out: Path, plan_id: str | None) -> None:
    """The cash book: every đồng that came, went and is left, with receipts and evidence."""
    from dondoc.documents.workbook import read_layouts
    from dondoc.runtime import running
    from dondoc.services.cash_book import cash_book
    from dondoc.store.queries import find_plan, plan_of

    _check(out)
    with running() as dondoc:
        with dondoc.office.sessions.reading() as session:
            plan = plan_of(find_plan(session, plan_id))
            rows = cash_book(session, plan)
        layout = read_layouts(dondoc.settings.templates / "documents").cash_book
        _write(dondoc, out, layout, rows, plan.title)
    click.echo(f"{len(rows)} entries in {out}")


@export.command()
@click.argument("occurrence")
@_OUT
@_PLAN
def resources(occurrence: str, out: Path, plan_id: str | None) -> None:
    """The resource table of OCCURRENCE: each unit's contents, people and money."""
    from dondoc.documents.workbook import read_layouts
    from dondoc.runtime import running
    from dondoc.services.results import resource_rows, results

    _check(out)
    with running() as dondoc:
        found = results(dondoc.office, plan_id, occurrence)
        layout = read_layouts(dondoc.settings.templates / "documents").resources
        _write(dondoc, out, layout, resource_rows(found), found.title)
    click.echo(f"{len(found.units)} units in {out}")


@export.command()
@click.option("--quarter", help="Such as 2024-Q3; without it the whole year.")
@_OUT
@_PLAN
def scoreboard(quarter: str | None, out: Path, plan_id: str | None) -> None:
    """How each unit did: answers and payments in time, quota, assignments, attendance, each with its evidence."""
    from dondoc.documents.workbook import read_layouts
    from dondoc.runtime import running
    from dondoc.services.scoreboard import score_rows
    from dondoc.services.scoreboard import scoreboard as found_scores

    _check(out)
    with running() as dondoc:
        found = found_scores(dondoc.office, plan_id, quarter)
        layout = read_layouts(dondoc.settings.templates / "documents").scoreboard
        _write(dondoc, out, layout, score_rows(found), found.title)
    click.echo(f"{len(found.scores)} units in {out}")


def _check(out: Path) -> None:
    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise Unreadable(f"{out}: the name must end in .xlsx or .csv, which says what is written")


def _write(
    dondoc: Dondoc,
    out: Path,
    layout: Layout,
    rows: Sequence[CashBookRow] | Sequence[ResourceRow] | Sequence[ScoreRow],
    title: str,
) -> None:
    from dondoc.documents.workbook import csv_table, workbook
    from dondoc.domain.wording import ngay
    from dondoc.files import write_whole

    day = dondoc.office.clock.now().date()
    if out.suffix.lower() == ".csv":
        content = csv_table(layout, rows)
    else:
        author = dondoc.office.stationery.sender[0]
        content = workbook(layout, rows, about=[title, f"Đến ngày {ngay(day)}"], author=author, day=day)
    write_whole(out, content)
