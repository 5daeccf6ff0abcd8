"""`dondoc serve`: the parts of `dondoc up` one by one, so that they can stand on several machines."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from dondoc.errors import Refused

if TYPE_CHECKING:
    from dondoc.site import Site

_PORTS = {"prefect": 4200, "web": 8080}


@click.group()
def serve() -> None:
    """Start one part of Dondoc and stay with it, as systemd and containers want it.

    All parts read the same settings (DONDOC_…). On several machines they share PostgreSQL (DONDOC_DATABASE_URL,
    DONDOC_PREFECT_DATABASE_URL), Redis (DONDOC_REDIS_URL), the keys of links (DONDOC_SECRETS) and Prefect's password
    (DONDOC_PREFECT_PASSWORD), and workers are told where Prefect is (DONDOC_PREFECT_URL). `dondoc deploy` comes once,
    before the first worker.

    \b
    Examples:
      dondoc serve prefect
      dondoc serve web --host 0.0.0.0 --port 8080
      dondoc serve worker --name worker-2
    """


_HOST = click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")


@serve.command()
@_HOST
@click.option("--port", type=int, default=4200, show_default=True, envvar="DONDOC_PREFECT_PORT")
def prefect(host: str, port: int) -> None:
    """Prefect's API and pages; with Redis as many as you like, without its background services."""
    site = _site(prefect_port=port)
    alone = [] if not site.settings.redis_url else ["--no-services"]
    _become(site, "prefect", "server", "start", "--host", host, "--port", str(port), *alone)


@serve.command()
def services() -> None:
    """Prefect's background services: the scheduler, automations and the removal of old runs; once in all."""
    site = _site()
    if not site.settings.redis_url:
        raise Refused("without DONDOC_REDIS_URL the services run within `dondoc serve prefect`: nothing to start")
    _become(site, "prefect", "server", "services", "start")


@serve.command()
@_HOST
@click.option("--port", type=int, default=8080, show_default=True, envvar="DONDOC_WEB_PORT")
def web(host: str, port: int) -> None:
    """The units' pages and the head's board; every link in letters leads here (DONDOC_PUBLIC_URL)."""
    _become(_site(), "dondoc.processes", "web", str(port), host)


@serve.command()
@click.option("--name", help="What Prefect calls it, and nobody else; by default the machine's name.")
@click.option("--limit", type=click.IntRange(min=1), help="How many runs it takes at once; by default any number.")
def worker(name: str | None, limit: int | None) -> None:
    """A worker that runs what is scheduled; as many as you like. It waits until Prefect answers."""
    more = ["--limit", str(limit)] if limit else []
    _become(_site(), "dondoc.processes", "join", name or os.uname().nodename, *more)


@click.command()
def deploy() -> None:
    """Bring the record up to date (its tables), then put prefect.yaml in force: at first and after each upgrade.

    Needs Prefect running (`dondoc serve prefect`), and ends when it is done.
    """
    from dondoc.runtime import running

    site = _site()
    with running():
        pass  # opening it brings its tables up to date
    command = [sys.executable, "-m", "dondoc.processes", "deploy"]
    done = subprocess.run(command, env=site.environment(), check=False)
    if done.returncode:
        sys.exit(done.returncode)
    click.echo("the record is up to date and prefect.yaml in force")


def _site(prefect_port: int | None = None) -> Site:
    from dondoc.config import read_settings
    from dondoc.site import Site

    settings = read_settings()
    if settings.redis_url and not settings.secrets:
        raise Refused("several machines need the same keys for links: set DONDOC_SECRETS, the same on all of them")
    port = prefect_port or int(os.environ.get("DONDOC_PREFECT_PORT") or _PORTS["prefect"])
    return Site(settings, int(os.environ.get("DONDOC_WEB_PORT") or _PORTS["web"]), port)


def _become(site: Site, module: str, *arguments: str) -> NoReturn:
    environment = site.environment()
    os.execve(sys.executable, [sys.executable, "-m", module, *arguments], environment)  # noqa: S606
