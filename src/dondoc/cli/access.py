"""`dondoc sign-out`: when a telephone is lost, or a letter was forwarded."""

from __future__ import annotations

import click

from dondoc.domain.states import Channel


@click.command("sign-out")
@click.argument("address", required=False)
@click.option("--everybody", is_flag=True, help="Instead of one address.")
@click.option("--by", default="operator", show_default=True, metavar="WHO", help="Who does it.")
def sign_out(address: str | None, everybody: bool, by: str) -> None:
    """End every stay of ADDRESS at once, and let no link in that it was sent and has not used.

    It may sign in again as long as the plan names it. Links in other letters go on working.

    \b
    Examples:
      dondoc sign-out thu-quy@doan.example.org
      dondoc sign-out --everybody
    """
    from dondoc.runtime import running
    from dondoc.services import stays
    from dondoc.store.history import Actor

    if (address is None) is not everybody:
        raise click.UsageError("name one address, or --everybody")
    with running() as dondoc:
        ended = stays.sign_out(dondoc.office, address, Actor(by, Channel.COMMAND))
    click.echo(f"{ended} signed out")
