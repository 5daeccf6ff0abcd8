"""Kills by the thousand, in one world after the other.

python -m tests.crash.soak --kills 5000 --seed 7      until so many have died
python -m tests.crash.soak --seed 7/12                that one world again
"""

from __future__ import annotations

import secrets
import sys
import tempfile
import time
from contextlib import ExitStack
from functools import partial
from itertools import count
from pathlib import Path

import click

from tests.crash.plays import any_play, perform
from tests.crash.reaper import a_forge
from tests.integration.postgres import POSTGRES, postgres

_IN_ONE_WORLD = 150


@click.command()
@click.option("--kills", type=click.IntRange(min=1), default=5000, show_default=True)
@click.option("--seed", default="", help="The same seed, the same worlds and kills; without it one is drawn.")
def soak(kills: int, seed: str) -> None:
    """Kill processes of an office until so many have died; ends with status 1 where two lives part."""
    chosen = seed or str(secrets.randbelow(1_000_000))
    seeds = (f"{chosen}/{number}" for number in count()) if "/" not in chosen else iter([chosen])
    died, began = 0, time.monotonic()
    with ExitStack() as stack:
        server = stack.enter_context(postgres()) if POSTGRES is not None else None
        if server is not None:
            server.prepare()
        forge = stack.enter_context(a_forge())
        for each in seeds:
            play, before = any_play(each), died
            click.echo(str(play))
            with tempfile.TemporaryDirectory(prefix="dondoc-soak", ignore_cleanup_errors=True) as folder:
                try:
                    told = perform(play, forge, Path(folder), _IN_ONE_WORLD, server, partial(_show, before, kills))
                except AssertionError as parted:
                    click.echo(f"\n{parted}\n\nagain: make soak SEED={each}", err=True)
                    sys.exit(1)
            died += told.kills
            click.echo(f"  {told.moments} things happened, {told.kills} killed, {told.survived} were quicker")
            if died >= kills:
                break
    click.echo(f"seed {chosen}: {died} killed in {time.monotonic() - began:,.0f} s, and no life differed from its twin")


def _show(before: int, of: int, died: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{before + died} of {of} ", err=True, nl=False)


if __name__ == "__main__":
    soak()
