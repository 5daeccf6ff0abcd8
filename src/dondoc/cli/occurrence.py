"""Commands about what becomes of an occurrence, and about pausing a whole activity."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import click

from dondoc.domain.states import Channel

Command = TypeVar("Command", bound=Callable[..., Any])

_DAY = click.DateTime(["%Y-%m-%d"])
_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who decides.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
_REASON = click.option("--reason", default="", help="Why; the units will read it.")
_OCCURRENCE = click.argument("occurrence")

_EXAMPLES = """\b
Examples:
  dondoc occurrence set-date ky-nghi-hong-2024 --day 2024-07-06 --place "Củ Chi" --decision 245-KH/TĐTN
  dondoc occurrence postpone visit-2024-q2 --reason "Đường vào Củ Chi ngập sâu"
  dondoc occurrence merge visit-2024-q2 visit-2024-q3 --reason "Gộp vào dịp 27/7"
  dondoc occurrence held visit-2024-q2 --day 2024-06-14
"""


def _common(command: Command) -> Command:
    for option in (_AS_OF, _PLAN, _BY):
        command = option(command)
    return command


@click.group(epilog=_EXAMPLES)
def occurrence() -> None:
    """Set the day of an occurrence, postpone, skip, merge or cancel it, say that it was held."""


@occurrence.command("set-date")
@_OCCURRENCE
@click.option("--day", type=_DAY, help="The day, or the first of several.")
@click.option("--until", type=_DAY, help="The last day, when it takes more than one.")
@click.option("--place", help="Where.")
@click.option("--decision", metavar="NUMBER", help="The number of the decision from above, instead of a reason.")
@click.option("--material", is_flag=True, help="Ask the units again; otherwise what they agreed stays valid.")
@_REASON
@_common
def set_date(
    occurrence: str,
    day: datetime | None,
    until: datetime | None,
    place: str | None,
    decision: str | None,
    material: bool,
    reason: str,
    **who: Any,
) -> None:
    """Set the time and place of OCCURRENCE, for example as the city decided. Deadlines and calendars follow."""
    _act(
        occurrence,
        "set-date",
        reason=reason,
        day=day,
        until=until,
        place=place,
        decision=decision,
        material=material,
        **who,
    )


@occurrence.command()
@_OCCURRENCE
@click.option("--day", type=_DAY, help="The new day; without it, it waits until one is set.")
@_REASON
@_common
def postpone(occurrence: str, day: datetime | None, reason: str, **who: Any) -> None:
    """Put OCCURRENCE off. What the units agreed and paid is kept."""
    _act(occurrence, "postpone", reason=reason, day=day, **who)


@occurrence.command()
@_OCCURRENCE
@_REASON
@_common
def skip(occurrence: str, reason: str, **who: Any) -> None:
    """Leave OCCURRENCE out this time."""
    _act(occurrence, "skip", reason=reason, **who)


@occurrence.command()
@_OCCURRENCE
@click.argument("into")
@_REASON
@_common
def merge(occurrence: str, into: str, reason: str, **who: Any) -> None:
    """Have INTO, of the same activity, take the place of OCCURRENCE."""
    _act(occurrence, "merge", reason=reason, into=into, **who)


@occurrence.command()
@_OCCURRENCE
@_REASON
@_common
def cancel(occurrence: str, reason: str, **who: Any) -> None:
    """Call OCCURRENCE off for good."""
    _act(occurrence, "cancel", reason=reason, **who)


@occurrence.command()
@_OCCURRENCE
@click.option("--day", type=_DAY, help="When; otherwise the day that was set.")
@click.option("--remark", default="", help="What is worth remembering of it.")
@_common
def held(occurrence: str, day: datetime | None, remark: str, **who: Any) -> None:
    """Say that OCCURRENCE was held."""
    _act(occurrence, "held", reason=remark, day=day, **who)


@occurrence.command()
@_OCCURRENCE
@click.argument("words")
@_common
def evaluate(occurrence: str, words: str, **who: Any) -> None:
    """Keep the head's evaluation of OCCURRENCE, which was held."""
    _act(occurrence, "evaluate", reason=words, **who)


def _act(
    occurrence: str,
    do: str,
    *,
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
    reason: str,
    into: str | None = None,
    day: datetime | None = None,
    until: datetime | None = None,
    **changes: Any,
) -> None:
    from dondoc.domain.proposal import Revision
    from dondoc.runtime import running
    from dondoc.services.acts import Said, act
    from dondoc.store.history import Actor

    revision = Revision(day=day.date() if day else None, until=until.date() if until else None, **changes)
    with running(as_of) as dondoc:
        act(dondoc.office, plan_id, occurrence, do, Said(reason, revision, into), Actor(by, Channel.COMMAND))
    click.echo(f"{occurrence}: {do} done")


@click.command()
@click.argument("activity")
@click.option("--reason", required=True, help="Why; it is kept in the history, no unit reads it.")
@_common
def pause(activity: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Stop everything about ACTIVITY at once: no letter leaves, nothing is asked, until `dondoc resume`.

    \b
    Example:
      dondoc pause visit --reason "Mẹ đang điều trị tại bệnh viện"
    """
    from dondoc.runtime import running
    from dondoc.services.pausing import pause as stop
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        stop(dondoc.office, plan_id, activity, reason, Actor(by, Channel.COMMAND))
    click.echo(f"{activity}: paused; no letter about it leaves until `dondoc resume {activity}`")


@click.command()
@click.argument("activity")
@click.option("--reason", default="", help="Why; it is kept in the history.")
@_common
def resume(activity: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Go on with ACTIVITY: deadlines that passed meanwhile are moved on, the letters that waited go out.

    \b
    Example:
      dondoc resume visit
    """
    from dondoc.runtime import running
    from dondoc.services.pausing import resume as go_on
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        go_on(dondoc.office, plan_id, activity, reason, Actor(by, Channel.COMMAND))
    click.echo(f"{activity}: goes on; its letters leave with the next `dondoc deliver`")
