"""Plain tables for a terminal of 80 to 100 columns."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dondoc.domain.states import DECIDED_WITH_THE_ROUND

if TYPE_CHECKING:
    from dondoc.rehearsal import Summary
    from dondoc.services.money_overview import MoneyOverview
    from dondoc.services.overview import Detail, OccurrenceLine, Overview, UnitLine


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Aligned columns, two spaces apart; empty cells for None."""
    lines = [list(head), *([_cell(value) for value in row] for row in rows)]
    widths = [max(_width(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(text + " " * (width - _width(text)) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _cell(value: object) -> str:
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return "" if value is None else str(value)


def _width(text: str) -> int:
    """How many cells a terminal gives it; combining marks take none."""
    return sum(not unicodedata.combining(char) for char in text)


def fitted(text: str, width: int) -> str:
    """The text in one line of so many cells, cut where it is longer."""
    indent = text[: len(text) - len(text.lstrip())]
    line = indent + " ".join(text.split())
    if _width(line) <= width:
        return line
    while _width(line) > width - 1:
        line = line[:-1]
    return f"{line.rstrip()}…"


def print_rehearsal(summary: Summary, *, kept: Path | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(asdict(summary), ensure_ascii=False, indent=2, default=str))
        return
    click.echo(f"{summary.plan}, {summary.first:%d/%m/%Y} – {summary.last:%d/%m/%Y}\n")
    click.echo(
        table(
            ("consultation", "opened", "until", "rounds", "outcome", "decision", "now", "letters"),
            (
                (c.occurrence, c.opened_on, c.due_on, c.rounds or None, c.outcome, c.decision, c.state, c.letters)
                for c in summary.consultations
            ),
        )
    )
    click.echo(f"\n{summary.letters} letters, {summary.problems} problems raised")
    if summary.refused_steps:
        click.echo(f"{summary.refused_steps} steps of the script were refused by a rule: see events.jsonl")
    if kept is not None:
        click.echo(f"kept in {kept}")


def print_overview(found: Overview) -> None:
    """The year on one screen: what needs a decision first."""
    click.echo(f"{found.title} ({found.plan_id}), {found.at:%d/%m/%Y %H:%M}\n")
    for line in found.decisions:
        click.echo(f"needs a decision: {line.key}, {_standing(line)}")
    for problem in found.problems:
        if problem.kind not in DECIDED_WITH_THE_ROUND:
            about = f" ({problem.unit_name})" if problem.unit_name else ""
            click.echo(f"{problem.severity.value} problem {problem.key}{about}: {problem.detail.splitlines()[0]}")
    if found.unconfirmed:
        click.echo(f"not confirmed yet: {', '.join(found.unconfirmed)}")
    click.echo()
    click.echo(
        table(
            ("occurrence", "state", "round", "until", "answered", "objecting", "decision"),
            (
                (
                    line.key,
                    line.state.value,
                    line.round or None,
                    line.due_at,
                    f"{line.answered}/{line.asked}" if line.asked else None,
                    line.objecting or None,
                    line.decision.value if line.decision else None,
                )
                for line in found.occurrences
            ),
        )
    )
    click.echo(f"\nletters: {', '.join(f'{n} {state}' for state, n in sorted(found.letters.items())) or 'none'}")


def print_detail(found: Detail) -> None:
    """One occurrence, unit by unit."""
    click.echo(f"{found.line.title}: {found.line.state.value}, {_standing(found.line)}\n")
    click.echo(
        table(
            ("unit", "name", "answer", "on", "through", "reminders", "letter"),
            (
                (
                    unit.unit,
                    unit.name,
                    *_said(unit),
                    unit.reminders or None,
                    unit.letter.value if unit.letter else None,
                )
                for unit in found.units
            ),
        )
    )


def print_money(found: MoneyOverview) -> None:
    """Thu – chi – tồn, then who owes what."""
    from dondoc.domain.wording import dong

    click.echo(f"{found.title} ({found.plan_id}), {found.at:%d/%m/%Y %H:%M}")
    click.echo(f"in the bank {dong(found.in_bank)}, in cash {dong(found.in_cash)}\n")
    head = ("activity", "to collect", "received", "spent", "left", "lacking")
    rows = ((a.title, *map(dong, (a.raised, a.received, a.spent, a.left, a.lacks))) for a in found.activities)
    click.echo(table(head, rows) if found.activities else "no dues yet")
    for activity in found.activities:
        dues = (
            (d.key, d.unit_name, dong(d.lacks) if d.lacks else None, d.state.value, d.due_on) for d in activity.dues
        )
        click.echo("\n" + table(("due", "unit", "lacks", "state", "until"), dues))
    for credit in found.credits:
        click.echo(f"\ntransfer {credit.transfer}: {credit.unit_name} paid {dong(credit.amount)} too much")
    for debit in found.debits:
        click.echo(f"\ntransfer {debit.transfer}: {dong(debit.amount)} went on {debit.on:%d/%m/%Y}: {debit.remark}")
    click.echo()


def _said(unit: UnitLine) -> tuple[object, object, object]:
    answer = unit.answer or unit.late
    if answer is None:
        return (None, None, None)
    verdict = answer.verdict.value if unit.answer else f"late: {answer.verdict.value}"
    return (verdict, answer.at, answer.channel.value)


def _standing(line: OccurrenceLine) -> str:
    if not line.asked:
        return f"to be asked from {line.consult_on:%d/%m/%Y}"
    return f"{line.answered} of {line.asked} answered, {line.objecting} object"
