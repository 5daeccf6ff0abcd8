"""`dondoc status`: how everything stands, on one screen of 80 columns and 24 lines."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime
from textwrap import wrap
from typing import TYPE_CHECKING

import click

from dondoc.cli.tables import fitted
from dondoc.domain.states import DECIDED_WITH_THE_ROUND, Severity

if TYPE_CHECKING:
    from dondoc.services.overview import Overview, ProblemLine
    from dondoc.services.status import Status

_WIDTH = 80
_DECISIONS, _LATE, _WRONG, _COMING, _PLANS = 4, 3, 2, 3, 2
"""How many lines each part has at most, what is wrong twice as many: with headings, post and the prompt 24."""


@click.command()
@click.argument("occurrence", required=False)
@click.option("--plan", "plan_id", metavar="PLAN", help="This plan only.")
@click.option("--all", "is_all", is_flag=True, help="Every occurrence of the year, in a table.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def status(occurrence: str | None, plan_id: str | None, is_all: bool, as_json: bool) -> None:
    """Where things stand, on one screen; with OCCURRENCE, unit by unit.

    \b
    Examples:
      dondoc status
      dondoc status --all
      dondoc status visit-2024-q1
      dondoc status --json | jq .late
    """
    from dondoc.cli.tables import print_detail, print_overview
    from dondoc.runtime import running
    from dondoc.services.overview import detail, overview
    from dondoc.services.status import status as look

    with running() as dondoc:
        office, settings = dondoc.office, dondoc.settings
        if occurrence is not None:
            one = detail(office, plan_id, occurrence)
            click.echo(_json(asdict(one))) if as_json else print_detail(one)
        elif is_all:
            year = overview(office, plan_id)
            click.echo(_json(asdict(year))) if as_json else print_overview(year)
        else:
            found = look(office, plan_id, settings.data, settings.disk_spare_mb << 20)
            click.echo(_json(asdict(found)) if as_json else "\n".join(screen(found)))
            if not settings.operator:
                click.echo("DONDOC_OPERATOR is not set: what goes wrong stands on the board only", err=True)


def screen(found: Status) -> Iterator[str]:
    """The lines, each of which fits."""
    for plan in found.plans[:_PLANS]:
        yield fitted(f"{plan.title} ({plan.plan_id})", _WIDTH)
    others = len(found.plans) - _PLANS
    yield f"{_at(found.at)}{f'; plans not named: {others}' if others > 0 else ''}"
    yield from _part(
        "needs a decision",
        [line for plan in found.plans for line in _urgent(plan)]
        + [line for plan in found.plans for line in _decisions(plan)],
        _DECISIONS,
    )
    late = [
        f"{line.key} since {_at(line.due_at)}"
        + (f", reminded {line.reminders}×" if line.reminders else "")
        + (", answer held" if line.is_held else "")
        for line in found.late
    ]
    yield from _part("late", late, _LATE)
    post = found.post
    counts = ", ".join(f"{count} {state}" for state, count in sorted(post.letters.items())) or "none"
    yield fitted(f"letters: {counts}; last run {_at(post.delivered_at)}", _WIDTH)
    yield fitted(f"replies: {post.replies_held} held for a person; mailbox read {_at(post.read_at)}", _WIDTH)
    sentences = [f"{one.code}: {one.sentence}" for one in found.wrong]
    yield from _part("wrong", sentences, _WRONG, lines_each=2)
    yield from _part("next", [f"{line.on:%d/%m/%Y}  {line.what}" for line in found.coming], _COMING)


def _urgent(plan: Overview) -> Iterator[str]:
    return (_problem(line) for line in plan.problems if line.severity is Severity.URGENT)


def _decisions(plan: Overview) -> Iterator[str]:
    for line in plan.decisions:
        yield f"{line.key}: {line.answered} of {line.asked} answered, {line.objecting} object"
    for problem in plan.problems:
        if problem.severity is not Severity.URGENT and problem.kind not in DECIDED_WITH_THE_ROUND:
            yield _problem(problem)
    if plan.unconfirmed:
        yield f"not confirmed yet: {', '.join(plan.unconfirmed)}"


def _problem(line: ProblemLine) -> str:
    return f"{line.severity.value}: {line.key}: {line.detail.splitlines()[0]}"


def _part(heading: str, lines: Sequence[str], most: int, *, lines_each: int = 1) -> Iterator[str]:
    """The first lines under their heading, which says how many there are when not all are shown."""
    if not lines:
        yield f"{heading}: nothing"
        return
    yield heading if len(lines) <= most else f"{heading}: {len(lines)}, of which the first {most}"
    for line in lines[:most]:
        yield from wrap(
            line, _WIDTH, max_lines=lines_each, placeholder=" …", initial_indent="  ", subsequent_indent="    "
        )


def _at(moment: datetime | None) -> str:
    return f"{moment:%d/%m/%Y %H:%M}" if moment else "never"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be printed as JSON")
