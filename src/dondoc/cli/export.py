"""Tables for Excel."""

from __future__ import annotations

from pathlib import Path

import click

from dondoc.errors import Unreadable

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
    from dondoc.documents.workbook import csv_table, read_layouts, workbook
    from dondoc.domain.wording import ngay
    from dondoc.runtime import running
    from dondoc.services.cash_book import cash_book
    from dondoc.store.queries import find_plan, plan_of

    if out.suffix.lower() not in (".xlsx", ".csv"):
        raise Unreadable(f"{out}: the name must end in .xlsx or .csv, which says what is written")
    with running() as dondoc, dondoc.office.sessions.reading() as session:
        plan = plan_of(find_plan(session, plan_id))
        rows = cash_book(session, plan)
        layout = read_layouts(dondoc.settings.templates / "documents").cash_book
        day = dondoc.office.clock.now().date()
    if out.suffix.lower() == ".csv":
        content = csv_table(layout, rows)
    else:
        content = workbook(layout, rows, about=[plan.title, f"Đến ngày {ngay(day)}"], author=plan.cluster, day=day)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise Unreadable(f"{out} cannot be written: {error.strerror}") from None
    click.echo(f"{len(rows)} entries in {out}")
