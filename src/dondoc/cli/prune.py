"""`dondoc prune`: personal data whose time is over."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import click

from dondoc.domain.states import Channel


@click.command()
@click.option("--really", is_flag=True, help="Remove it; without this it is only counted.")
@click.option("--names", type=click.IntRange(min=1), metavar="DAYS", help="Instead of DONDOC_KEEP_NAMES (365).")
@click.option("--mail", type=click.IntRange(min=1), metavar="DAYS", help="Instead of DONDOC_KEEP_MAIL (730).")
@click.option("--by", default="operator", show_default=True, metavar="WHO", help="Who does it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
def prune(really: bool, names: int | None, mail: int | None, by: str, as_json: bool, as_of: datetime | None) -> None:
    """Remove what is known of people once it is old enough: names and telephone numbers, letters, answers, addresses.

    What was asked, answered, decided and paid stays on record, and so do all figures. Backups that were made before
    still hold it. Runs that Prefect shows are removed by Prefect itself after 90 days.

    \b
    Examples:
      dondoc prune
      dondoc prune --names 180 --really
    """
    from dondoc.cli.tables import table
    from dondoc.clock import local
    from dondoc.runtime import running
    from dondoc.services.prune import Terms
    from dondoc.services.prune import prune as remove
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        now, settings = dondoc.office.clock.now(), dondoc.settings
        terms = Terms(
            now - timedelta(days=names or settings.keep_names), now - timedelta(days=mail or settings.keep_mail)
        )
        found = remove(dondoc.office, terms, Actor(by, Channel.COMMAND), really=really)
    if as_json:
        lines = [{"what": each.what, "before": each.before.isoformat(), "rows": each.rows} for each in found]
        click.echo(json.dumps({"removed": really, "kinds": lines}, ensure_ascii=False, indent=2))
        return
    click.echo(table(("what", "older than", "rows"), ((p.what, local(p.before).date(), p.rows) for p in found)))
    total = sum(each.rows for each in found)
    if really:
        click.echo(f"\n{total} rows cleared")
    else:
        click.echo(f"\n{total} rows would be cleared: dondoc prune --really")
