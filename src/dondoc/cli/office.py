"""Commands for the office's daily work."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from dondoc.domain.states import Channel, Verdict
from dondoc.errors import Refused

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", required=True, metavar="WHO", help="Who says so; it is kept in the history.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")

_ACTIONS = ("open", "close", "reopen", "proceed", "revise", "cancel")


@click.command()
@click.argument("request", metavar="REQUEST")
@click.argument("verdict", type=click.Choice([verdict.value for verdict in Verdict]))
@click.option("--comment", default="", help="What the unit says; an objection needs its reason.")
@_BY
@click.option(
    "--channel",
    type=click.Choice([Channel.PHONE.value, Channel.ZALO.value, Channel.PAPER.value]),
    required=True,
    help="How the answer came.",
)
@click.option("--evidence", required=True, help="What proves it: the hour of the call, the paper's number.")
@_PLAN
@_AS_OF
def respond(
    request: str,
    verdict: str,
    comment: str,
    by: str,
    channel: str,
    evidence: str,
    plan_id: str | None,
    as_of: datetime | None,
) -> None:
    """Record an answer on a unit's behalf, with the evidence for it.

    REQUEST is KIND/OCCURRENCE/UNIT, for example opinion/visit-2024-q1/so-y-te.
    """
    from dondoc.cli.typed import source_of
    from dondoc.runtime import running
    from dondoc.services.answers import Answer, record
    from dondoc.store.queries import find_plan

    with running(as_of) as dondoc:
        with dondoc.office.sessions.reading() as session:
            plan = find_plan(session, plan_id).id
        now = dondoc.office.clock.now()
        recorded = record(
            dondoc.office,
            plan,
            Answer(
                request=request,
                verdict=Verdict(verdict),
                comment=comment,
                by=by,
                channel=Channel(channel),
                source=source_of("respond", now, plan, request, verdict, comment, by, channel, evidence),
                evidence=evidence,
            ),
        )
    what = "recorded" if recorded.new else "recorded already today, in the same words"
    click.echo(f"{what}: {request} {verdict}" + (" (late: the round has closed)" if recorded.late else ""))


@click.command()
@click.argument("occurrence")
@click.argument("action", type=click.Choice(_ACTIONS))
@click.option("--reason", default="", help="Why; the units will read it.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="revise: the new day.")
@click.option("--place", help="revise: the new place.")
@click.option("--each", type=click.IntRange(min=1), help="revise: the new amount from each unit, in đồng.")
@click.option("--note", help="revise: what else changes.")
@click.option("--material", is_flag=True, help="revise: ask again those who had agreed, too.")
@click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who decides.")
@_PLAN
@_AS_OF
def consult(
    occurrence: str,
    action: str,
    reason: str,
    day: datetime | None,
    place: str | None,
    each: int | None,
    note: str | None,
    material: bool,
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
) -> None:
    """Open, close or reopen the consultation about OCCURRENCE, or decide it.

    proceed, revise and cancel are the head's decisions; each needs --reason.
    """
    from dondoc.domain.proposal import Revision
    from dondoc.runtime import running
    from dondoc.services.decide import apply
    from dondoc.store.history import Actor

    revision = Revision(day=day.date() if day else None, place=place, each=each, note=note, material=material)
    with running(as_of) as dondoc:
        apply(dondoc.office, plan_id, occurrence, action, reason, revision, Actor(by, Channel.COMMAND))
    click.echo(f"{occurrence}: {action} done")


@click.command("follow-up")
@_AS_OF
def follow_up(as_of: datetime | None) -> None:
    """Open the consultations whose day has come, remind, close, launch; then send the letters."""
    from dondoc.runtime import running
    from dondoc.services.consult import open_due
    from dondoc.services.follow_up import follow_up as bring_up_to_date

    with running(as_of) as dondoc:
        opened = open_due(dondoc.office)
        followed = bring_up_to_date(dondoc.office)
        click.echo(f"opened: {', '.join(opened) or 'none'}; reminders: {followed.reminded}; closed: {followed.closed}")
        _send(dondoc)


@click.command()
@click.option("--arrived", metavar="LETTER", help="Say that an unknown letter did arrive.")
@click.option("--again", metavar="LETTER", help="Send an unknown or failed letter again.")
@click.option("--by", default="operator", show_default=True, metavar="WHO")
@_PLAN
@_AS_OF
def deliver(arrived: str | None, again: str | None, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Send the letters that wait; or settle a letter whose fate is unknown."""
    from dondoc.runtime import running
    from dondoc.services.deliver import settle_by_hand
    from dondoc.store.history import Actor
    from dondoc.store.queries import find_plan

    with running(as_of) as dondoc:
        for key, did_arrive in ((arrived, True), (again, False)):
            if key is not None:
                with dondoc.office.sessions.reading() as session:
                    plan = find_plan(session, plan_id).id
                now = dondoc.office.clock.now()
                actor = Actor(by, Channel.COMMAND)
                settle_by_hand(dondoc.office.sessions, plan, key, arrived=did_arrive, by=actor, now=now)
        _send(dondoc)


@click.command()
@_AS_OF
def intake(as_of: datetime | None) -> None:
    """Read what is new in the mailbox: record clear answers, hold the others for the head, then send the letters."""
    from dondoc.runtime import running

    with running(as_of) as dondoc:
        heard = dondoc.hear()
        click.echo(
            f"messages: {heard.fetched} new; {heard.recorded} recorded, {heard.held} held for the head, "
            f"{heard.ignored} ignored"
        )
        _send(dondoc)


def _send(dondoc: Any) -> None:
    done = dondoc.deliver()
    click.echo(
        f"letters: {done.sent} sent, {done.deferred} deferred, {done.failed} failed, {done.unknown} unknown, "
        f"{done.withdrawn} withdrawn, {done.waiting} waiting"
    )
    if done.stopped:
        raise Refused(f"{done.stopped}; {done.waiting} letters wait in the outbox and go out later")
