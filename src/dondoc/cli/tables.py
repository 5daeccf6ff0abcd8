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

if TYPE_CHECKING:
    from dondoc.rehearsal import Summary


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
