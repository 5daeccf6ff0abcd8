"""A plan and its check, as an office reads them on a terminal and a program as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dondoc.cli.tables import table
from dondoc.domain.plan import Activity, OnDay, Plan, PlannedOccurrence, Role
from dondoc.domain.plan_check import Report, Severity
from dondoc.domain.wording import dong, ngay

if TYPE_CHECKING:
    from dondoc.services.plan_preview import Effect

_WIDTH = 100

# What the office reads; everything else in this module is layout.
_HEAD = "Cụm trưởng"
_OCCURRENCES = "CÁC ĐỢT HOẠT ĐỘNG"
_OCCURRENCE_COLUMNS = ("Thời gian", "Lấy ý kiến từ", "Mã", "Hoạt động")
_UNITS = "CÁC ĐƠN VỊ"
_UNIT_COLUMNS = ("Mã", "Tên đơn vị", "Hộp thư")
_MONEY = "KINH PHÍ ĐÓNG GÓP CẢ NĂM (ĐỒNG)"
_UNIT, _TOTAL = "Đơn vị", "Cộng"


def print_report(plan: Plan, report: Report, *, as_json: bool) -> None:
    """The findings by severity, each with the plan's own words under it."""
    if as_json:
        findings = [asdict(finding) for finding in report.findings]
        _print_json({"plan": plan.id, "can_run": report.can_run, "findings": findings})
        return
    counts = ", ".join(f"{len(report.of(severity))} {severity.value}" for severity in Severity)
    click.echo(f"{plan.id}: {'can run' if report.can_run else 'cannot run'} ({counts})")
    for finding in report.findings:
        click.echo(f"\n{finding.severity.value:6}  {finding.code.value}  {finding.object}")
        for text in (finding.message, f"“{finding.quote}”" if finding.quote else ""):
            click.echo(textwrap.fill(text, _WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 8), nl=bool(text))


def print_plan(plan: Plan, *, as_json: bool) -> None:
    """The year: what happens when, who takes part, who pays how much."""
    if as_json:
        _print_json(_as_data(plan))
        return
    head = plan.heads[-1]
    click.echo(textwrap.fill(plan.title.upper(), _WIDTH))
    click.echo(textwrap.fill(f"{_HEAD}: {head.name}, {head.title}", _WIDTH))
    rows = [(_days(o), ngay(o.consult_on), o.id, activity.short_title) for activity, o in _by_date(plan)]
    _print_table(_OCCURRENCES, _OCCURRENCE_COLUMNS, rows)
    _print_table(
        _UNITS, _UNIT_COLUMNS, [(unit.id, unit.names[-1].full, _mailbox(plan, unit.id)) for unit in plan.units]
    )
    paid_for = [activity for activity in plan.activities if activity.contribution is not None]
    titles = (*(activity.short_title for activity in paid_for), _TOTAL)
    amounts = [[activity.owed_in_year_by(unit.id) for activity in paid_for] for unit in plan.units]
    sums = [[*row, sum(row)] for row in [*amounts, [sum(column) for column in zip(*amounts, strict=True)]]]
    cells = [[dong(amount).removesuffix(" đồng") for amount in row] for row in sums]
    columns = [_right([title, *column]) for title, column in zip(titles, zip(*cells, strict=True), strict=True)]
    names = [*(unit.id for unit in plan.units), _TOTAL]
    first, *lines = [list(line) for line in zip(*columns, strict=True)]
    _print_table(_MONEY, [_UNIT, *first], [[name, *line] for name, line in zip(names, lines, strict=True)])


def _as_data(plan: Plan) -> dict[str, object]:
    owed = {a.id: {unit.id: a.owed_in_year_by(unit.id) for unit in plan.units} for a in plan.activities}
    return {
        "plan": plan.id,
        "year": plan.year,
        "title": plan.title,
        "occurrences": [
            {"activity": activity.id, "title": o.title}
            | o.model_dump(mode="json", exclude={"title"}, exclude_none=True)
            for activity, o in _by_date(plan)
        ],
        "units": [
            {"id": unit.id, "name": unit.names[-1].full, "mailbox": _mailbox(plan, unit.id)} for unit in plan.units
        ],
        "money": owed,
        "totals": {activity: sum(amounts.values()) for activity, amounts in owed.items()},
    }


def _by_date(plan: Plan) -> list[tuple[Activity, PlannedOccurrence]]:
    return sorted(plan.occurrences(), key=lambda pair: (pair[1].first_day, pair[1].id))


def _days(occurrence: PlannedOccurrence) -> str:
    when = occurrence.when
    return ngay(when.day) if isinstance(when, OnDay) else f"{ngay(when.first)} – {ngay(when.last)}"


def _mailbox(plan: Plan, unit_id: str) -> str | None:
    contacts = plan.unit(unit_id).contacts
    return next((contact.email for contact in reversed(contacts) if contact.role is Role.CONTACT), None)


def _right(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def _print_table(title: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    click.echo(f"\n{title}\n\n{table(head, rows)}")


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_effects(effects: Sequence[Effect], *, as_json: bool) -> None:
    """What a changed plan does to what is under way."""
    if as_json:
        click.echo(json.dumps([asdict(effect) for effect in effects], ensure_ascii=False, indent=2))
    elif not effects:
        click.echo("nothing that is under way changes")
    else:
        rows = ((effect.about, effect.key, effect.text) for effect in effects)
        click.echo(table(("what", "which", "becomes"), rows))
