"""`dondoc up`: everything on this machine, with one command and nothing to configure."""

from __future__ import annotations

import os
import socket
import time

import click

from dondoc.errors import Refused


@click.command()
@click.option(
    "--web-port", type=int, default=8080, show_default=True, envvar="DONDOC_WEB_PORT", help="Where the pages listen."
)
@click.option(
    "--prefect-port",
    type=int,
    default=4200,
    show_default=True,
    envvar="DONDOC_PREFECT_PORT",
    help="Where Prefect listens.",
)
@click.option(
    "--production",
    is_flag=True,
    help="For real work: Prefect asks for a password, the board whom it serves, and no page shows the mail.",
)
def up(web_port: int, prefect_port: int, production: bool) -> None:
    """Start Prefect with a worker, the pages, and a local mail server that sends nothing outside; Ctrl-C stops all.

    The first time it takes the plan in config/plans, rolled forward to this year, and opens this quarter's
    consultation; afterwards it carries on with what is recorded in the data folder (DONDOC_DATA). With a mail
    account in the settings (DONDOC_SMTP_HOST, DONDOC_SMTP_USER …) letters really go out, and no local mail starts.

    Without --production everything is open to whoever reaches this machine's ports, for trying it out. Prefect's
    password is DONDOC_PREFECT_PASSWORD, or one that is made and kept in the data folder; once it is set Prefect asks
    for it in a trial, too.

    \b
    Examples:
      dondoc up
      dondoc up --web-port 8090 --prefect-port 4300
      dondoc up --production
    """
    from dondoc.config import read_settings
    from dondoc.site import Site
    from dondoc.supervisor import run

    began = time.monotonic()
    if production:
        os.umask(0o077)  # what is kept about people is for this user alone
    site = Site(read_settings(), web_port, prefect_port, is_trial=not production)
    for port, setting in site.ports():
        _must_be_free(port, setting)
    run(site, began)


def _must_be_free(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do: a port just left is free
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as error:
            raise Refused(f"port {port} cannot be used ({error}): set {setting} to another one") from None
