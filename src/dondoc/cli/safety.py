"""Commands for the day after: backups, the way back, and what is not known then."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

import click

from dondoc.domain.states import Channel

if TYPE_CHECKING:
    from dondoc.services.reconcile import Standing

_BY = click.option(
    "--by", default="operator", show_default=True, metavar="WHO", help="Who does it; kept in the history."
)
_LISTED = 50


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="Of the backups in the folder TARGET keep the newest N only.")
def backup(target: Path, keep: int | None) -> None:
    """Write a backup into the file TARGET or, named by the moment, into the folder TARGET, while Dondoc runs.

    It holds the record, the secret that signs links, rolled plans and the local mail, so keep it where only the
    office can read it. It does not hold the settings (.env) and the runs that Prefect shows.

    \b
    Examples:
      dondoc backup before-the-upgrade.tar.gz
      dondoc backup /var/backups/dondoc --keep 30
    """
    from dondoc.backup import back_up
    from dondoc.config import read_settings

    file = back_up(read_settings(), target)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")
    if keep is not None and target.is_dir():
        for old in sorted(target.glob("dondoc-*.tar.gz"))[:-keep]:
            old.unlink()
            click.echo(f"{old}: removed")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option(
    "--taken-at",
    type=click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"]),
    help="Without FILE: the database was put back by other means, as it was at that moment.",
)
@_BY
def restore(file: Path | None, taken_at: datetime | None, by: str) -> None:
    """Put the backup FILE in the place of what is there; Dondoc must be stopped.

    What is there is kept beside it. The record then knows nothing of what was done since the backup was made, so no
    letter leaves that may have left before, except one that tells the head; `dondoc reconcile` says how to go on.

    \b
    Examples:
      dondoc restore /var/backups/dondoc/dondoc-20261120-020000.tar.gz
      dondoc restore --taken-at "2026-11-20 02:00"
    """
    from dondoc.backup import restore as put_back
    from dondoc.backup import restored_otherwise
    from dondoc.clock import local
    from dondoc.config import read_settings
    from dondoc.domain.wording import luc
    from dondoc.store.history import Actor

    if (file is None) == (taken_at is None):
        raise click.UsageError("name either a FILE or, for a database put back by other means, --taken-at")
    actor = Actor(by, Channel.COMMAND)
    if taken_at is not None:
        restored_otherwise(read_settings(), local(taken_at), actor)
        click.echo(f"the record counts as of {luc(taken_at)}")
    elif file is not None:
        done = put_back(read_settings(), file, actor)
        click.echo(f"restored: the record of {luc(done.taken_at)}")
        if done.kept is not None:
            click.echo(f"what was there before is kept in {done.kept}")
        if done.replaced_secret:
            click.echo("the secret that signs links is the backup's again; links signed with the other one are void")
    click.echo("No letter leaves that may have left before. Next: dondoc reconcile")


@click.command()
@click.option(
    "--go-on",
    "missing",
    type=click.Choice(["hold", "send"]),
    help="Let letters leave again. Those not found: `hold` puts each before the head as unknown, `send` sends them.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
@_BY
def reconcile(missing: str | None, as_json: bool, as_of: datetime | None, by: str) -> None:
    """Read the mailbox, do what fell due, and look for every letter whose fate is unknown among the mail that left.

    After `dondoc restore`, and for letters that a killed run left unknown. Letters that are found count as sent. Run
    it as often as you like, enter again what was lost meanwhile, then end it with --go-on.

    \b
    Examples:
      dondoc reconcile
      dondoc reconcile --go-on hold
      dondoc reconcile --go-on send     # when DONDOC_SENT_FOLDER keeps all that left
    """
    from dondoc.errors import Unreachable
    from dondoc.runtime import running
    from dondoc.services.consult import open_due
    from dondoc.services.follow_up import follow_up
    from dondoc.services.reconcile import go_on
    from dondoc.services.reconcile import reconcile as find_out
    from dondoc.store.history import Actor

    actor = Actor(by, Channel.COMMAND)
    with running(as_of) as dondoc:
        office, sent = dondoc.office, dondoc.sent_mail()
        before = find_out(office, sent, actor)
        if before.restore is not None:
            # What the lost time would have said is written now, and held back, so that it can be looked for.
            try:
                dondoc.hear()
            except Unreachable as away:
                click.echo(f"answers by mail are not in yet: {away}", err=True)
            open_due(office)
            follow_up(office)
        standing = find_out(office, sent, actor)
        click.echo(_json(standing)) if as_json else _print(standing, before.found + standing.found)
        if missing is None and not as_json and (standing.restore is not None or standing.missing):
            click.echo("then: dondoc reconcile --go-on hold|send")
        if missing is not None:
            choice = cast('Literal["hold", "send"]', missing)
            count = go_on(office, choice, actor, complete=sent is not None)
            what = "put before the head as unknown" if choice == "hold" else "sent with the next delivery"
            click.echo(f"letters leave again; {count} not found: {what}")


def _print(found: Standing, settled: int) -> None:
    from dondoc.cli.tables import table
    from dondoc.clock import local
    from dondoc.domain.wording import luc, rut_gon

    restore = found.restore
    if restore is not None:
        click.echo(
            f"restored {luc(restore.restored_at)} from a backup of {luc(restore.taken_at)}: letters are held back"
        )
    where = found.looked_in or "nowhere: nothing that can be read keeps them (DONDOC_SENT_FOLDER)"
    click.echo(f"looked for letters that left in: {where}")
    click.echo(f"{settled} found: they count as sent")
    click.echo(f"{len(found.missing)} not found\n")
    rows = ((r.key, r.address, r.state.value, local(r.created_at).date()) for r in found.missing[:_LISTED])
    if found.missing:
        click.echo(table(("letter", "to", "state", "written"), rows) + "\n")
    if len(found.missing) > _LISTED:
        click.echo(f"… and {len(found.missing) - _LISTED} more: see --json\n")
    if found.lost:
        click.echo("These letters left, but what they are about is not recorded any more: enter it again.\n")
        lost = ((luc(row.sent_at), row.address, rut_gon(row.subject, 70)) for row in found.lost[:_LISTED])
        click.echo(table(("left", "to", "subject"), lost) + "\n")


def _json(found: Standing) -> str:
    restore = found.restore
    return json.dumps(
        {
            "restored_at": restore.restored_at.isoformat() if restore else None,
            "taken_at": restore.taken_at.isoformat() if restore else None,
            "looked_in": found.looked_in,
            "missing": [
                {"key": row.key, "plan": row.plan_id, "address": row.address, "state": row.state.value}
                for row in found.missing
            ],
            "lost": [
                {"left": row.sent_at.isoformat(), "address": row.address, "subject": row.subject} for row in found.lost
            ],
        },
        ensure_ascii=False,
        indent=2,
    )
