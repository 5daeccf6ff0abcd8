"""Commands about the contributions: what is owed, what came, what it is for."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dondoc.domain.states import Channel
from dondoc.errors import Refused, Unreadable

if TYPE_CHECKING:
    from dondoc.services.money import Parts
    from dondoc.services.money_overview import MoneyOverview
    from dondoc.services.statements import Imported

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who says so.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
_DUE = click.option(
    "--due", "dues", multiple=True, metavar="DUE=ĐỒNG", help="Which due gets how much; may be given several times."
)

_BANK_EXAMPLES = """\b
Examples:
  dondoc bank import sao-ke-thang-4.xlsx          shows what it would book, and asks
  dondoc bank import sao-ke-thang-4.xlsx --yes
  dondoc bank match                               money whose purpose nobody knows, with proposals
  dondoc bank match 12                            book transfer 12 as proposed
  dondoc bank match 12 --due due/ky-nghi-hong-2024/so-y-te=7000000 --due due/seminar-2024/so-y-te=1000000
"""

_MONEY_EXAMPLES = """\b
Examples:
  dondoc money show
  dondoc money waive due/ky-nghi-hong-2024/so-y-te --reason "thiếu 1.000 đồng"
  dondoc money carry-over 12
  dondoc money return 12
  dondoc money cash due/seminar-2024/so-gtvt=1000000 --payer "đ/c thủ quỹ Đoàn Sở GTVT"
  dondoc money spend ky-nghi-hong 2500000 --what "Thuốc" --evidence "HĐ 0001234"
"""


@click.command()
@_AS_OF
def collect(as_of: datetime | None) -> None:
    """Raise dues, ask for contributions, remind, put before the head what is overdue; then send the letters."""
    from dondoc.runtime import running
    from dondoc.services.follow_up import follow_up

    with running(as_of) as dondoc:
        done = follow_up(dondoc.office)
        sent = dondoc.deliver()
    click.echo(f"asked: {done.asked}, reminded: {done.reminded}; letters sent: {sent.sent}")


@click.group(epilog=_BANK_EXAMPLES)
def bank() -> None:
    """Bank statements: take them in, and say what money is for."""


@bank.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Book without asking.")
@_BY
@_PLAN
@_AS_OF
@_JSON
def import_(file: Path, yes: bool, by: str, plan_id: str | None, as_of: datetime | None, as_json: bool) -> None:
    """Take in the statement FILE (CSV, XLSX, OFX or MT940), after showing what it would book.

    Lines that were imported before are known, so days may overlap. Without --yes, and without a terminal to ask on,
    nothing is booked.
    """
    from dondoc.bank.statements import contents_of
    from dondoc.runtime import running
    from dondoc.services.statements import import_statement, preview_statement
    from dondoc.store.history import Actor

    content = contents_of(file)
    actor = Actor(by, Channel.COMMAND)
    with running(as_of) as dondoc:
        if not yes:
            found = preview_statement(dondoc.office, plan_id, file.name, content, actor)
            _print_import(found, as_json=as_json)
            if as_json or not sys.stdin.isatty():
                click.echo("nothing is booked yet: repeat with --yes", err=True)
                return
            if not click.confirm("Book this?"):
                return
        found = import_statement(dondoc.office, plan_id, file.name, content, actor)
        sent = dondoc.deliver()
    if yes:
        _print_import(found, as_json=as_json)
    if not as_json:
        click.echo(f"booked; letters sent: {sent.sent}")


def _print_import(found: Imported, *, as_json: bool) -> None:
    from dondoc.cli.tables import table
    from dondoc.domain.wording import dong

    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    period = f", {found.first:%d/%m/%Y} – {found.last:%d/%m/%Y}" if found.first and found.last else ""
    click.echo(f"{found.name}{period}: {found.lines} lines, {found.added} of them new")
    click.echo(f"came {dong(found.came)}, went {dong(found.went)}")
    if found.matched:
        click.echo("\n" + table(("due", "paid"), ((key, dong(amount)) for key, amount in found.matched)))
    if found.items:
        rows = ((i.matter.value, i.on, dong(i.amount), i.unit_short, i.proposal or i.about) for i in found.items)
        click.echo("\nneeds a decision:\n" + table(("what", "on", "amount", "unit", "proposal"), rows))
    for row in found.rejected:
        click.echo(f"line {row.line_number} is not taken ({row.reason.value}): {row.raw}", err=True)
    if found.breaks:
        numbers = ", ".join(map(str, found.breaks))
        click.echo(f"the balance does not run through at line {numbers}: rows are missing there", err=True)


@bank.command()
@click.argument("transfer", type=int, required=False)
@_DUE
@_BY
@_PLAN
@_AS_OF
@_JSON
def match(
    transfer: int | None,
    dues: tuple[str, ...],
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """Show the money whose purpose nobody knows; with TRANSFER, book it as proposed, or for the dues named."""
    from dondoc.runtime import running
    from dondoc.services import money
    from dondoc.services.money_overview import money_overview
    from dondoc.store.history import Actor

    parts = _parts(dues)
    with running(as_of) as dondoc:
        if transfer is None:
            found = money_overview(dondoc.office, plan_id)
        else:
            money.confirm(dondoc.office, plan_id, transfer, Actor(by, Channel.COMMAND), parts or None)
            dondoc.deliver()
    if transfer is not None:
        click.echo(f"booked: transfer {transfer}")
        return
    if as_json:
        click.echo(json.dumps([asdict(line) for line in found.waiting], ensure_ascii=False, indent=2, default=str))
        return
    _print_waiting(found)


def _print_waiting(found: MoneyOverview) -> None:
    from dondoc.domain.wording import dong

    if not found.waiting:
        click.echo("all money that came belongs to a due or to a unit")
    for line in found.waiting:
        payer = f", {line.payer}" if line.payer else ""
        click.echo(f"transfer {line.transfer}: {dong(line.amount)} on {line.on:%d/%m/%Y}{payer}: {line.remark}")
        for proposal in line.proposals:
            click.echo(f"  {proposal.score:3}  {proposal.text}")


@click.group(epilog=_MONEY_EXAMPLES)
def money() -> None:
    """What was collected, spent and is left, and what the head decides about it."""


@money.command()
@_PLAN
@_JSON
def show(plan_id: str | None, as_json: bool) -> None:
    """Thu – chi – tồn of every activity, unit by unit, and what needs a decision."""
    from dondoc.cli.tables import print_money
    from dondoc.runtime import running
    from dondoc.services.money_overview import money_overview

    with running() as dondoc:
        found = money_overview(dondoc.office, plan_id)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    print_money(found)
    _print_waiting(found)


@money.command()
@click.argument("due")
@click.option("--reason", default="", help="Why; it stays with the entry.")
@_BY
@_PLAN
@_AS_OF
def waive(due: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Let go what DUE still lacks: only what is within the tolerance, or a bank's fee."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.waive(dondoc.office, plan_id, due, reason, Actor(by, Channel.COMMAND))
    click.echo(f"waived: {due}")


@money.command("carry-over")
@click.argument("transfer", type=int)
@_DUE
@_BY
@_PLAN
@_AS_OF
def carry_over(transfer: int, dues: tuple[str, ...], by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Let what a unit paid too much by TRANSFER pay its other dues: those named, or the open ones, oldest first."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.carry_over(dondoc.office, plan_id, transfer, Actor(by, Channel.COMMAND), _parts(dues) or None)
        dondoc.deliver()
    click.echo(f"carried over: transfer {transfer}")


@money.command("return")
@click.argument("transfer", type=int)
@click.option("--amount", type=click.IntRange(min=1), help="How much, in đồng; without it everything that is left.")
@_BY
@_PLAN
@_AS_OF
def return_(transfer: int, amount: int | None, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Book that money of TRANSFER goes back to who paid it; the bank's debit is then recognised in the statement."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.give_back(dondoc.office, plan_id, transfer, Actor(by, Channel.COMMAND), amount)
    click.echo(f"returned: transfer {transfer}")


@money.command()
@click.argument("dues", nargs=-1, required=True, metavar="DUE=ĐỒNG...")
@click.option("--payer", required=True, help="Who brought it.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="When; without it today.")
@_BY
@_PLAN
@_AS_OF
def cash(
    dues: tuple[str, ...], payer: str, day: datetime | None, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Book cash that pays these dues of one unit; the unit gets its receipt."""
    from dondoc.cli.typed import source_of
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    parts = _parts(dues)
    with running(as_of) as dondoc:
        now = dondoc.office.clock.now()
        on = day.date() if day else now.date()
        source = source_of("cash", now, plan_id, on, payer, sorted(parts.items()))
        brought = decisions.Cash(sum(parts.values()), on, payer, source)
        new = decisions.book_cash(dondoc.office, plan_id, brought, parts, Actor(by, Channel.COMMAND))
        dondoc.deliver()
    if not new:
        raise Refused(f"this was booked already today: {', '.join(parts)}; if it came twice, say so in --payer")
    click.echo(f"booked: {', '.join(parts)}")


@money.command()
@click.argument("activity")
@click.argument("amount", type=click.IntRange(min=1))
@click.option("--what", required=True, help="What it was spent on.")
@click.option("--evidence", required=True, help="The invoice's number, or where the paper is kept.")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="When; without it today.")
@click.option("--cash", "in_cash", is_flag=True, help="It was paid in cash.")
@click.option("--debit", type=int, help="The transfer of the statement that it explains.")
@_BY
@_PLAN
@_AS_OF
def spend(
    activity: str,
    amount: int,
    what: str,
    evidence: str,
    day: datetime | None,
    in_cash: bool,
    debit: int | None,
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
) -> None:
    """Book that AMOUNT đồng were spent on ACTIVITY, with the evidence for it."""
    from dondoc.cli.typed import source_of
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        now = dondoc.office.clock.now()
        on = day.date() if day else now.date()
        source = source_of("spend", now, plan_id, activity, amount, on, what, evidence, in_cash, debit)
        expense = decisions.Expense(activity, amount, on, what, evidence, source, in_cash)
        new = decisions.spend(dondoc.office, plan_id, expense, Actor(by, Channel.COMMAND), debit)
    if not new:
        raise Refused(
            f"this was booked already today: {amount} đồng for {activity}; if it was spent twice, say so in --what"
        )
    click.echo(f"booked: {amount} đồng spent on {activity}")


@money.command()
@click.argument("debit", type=int)
@click.option("--reversal-of", type=int, metavar="TRANSFER", help="The bank took this transfer back.")
@click.option("--other", metavar="WHY", help="It is none of the plan's money.")
@_BY
@_PLAN
@_AS_OF
def explain(
    debit: int, reversal_of: int | None, other: str | None, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Say what the DEBIT of a statement was; an expense is booked with `dondoc money spend … --debit`."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    if (reversal_of is None) == (other is None):
        raise click.UsageError("give --reversal-of or --other")
    with running(as_of) as dondoc:
        actor = Actor(by, Channel.COMMAND)
        if reversal_of is not None:
            decisions.reverse(dondoc.office, plan_id, debit, reversal_of, actor)
        else:
            decisions.leave_debit(dondoc.office, plan_id, debit, other or "", actor)
    click.echo(f"explained: transfer {debit}")


@money.command()
@click.argument("entry", type=int)
@click.option("--reason", required=True, help="Why; it stays with the entry.")
@_BY
@_PLAN
@_AS_OF
def undo(entry: int, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Take ENTRY of the ledger back, which was a mistake: its receipt is void, and what it paid is owed again."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.undo(dondoc.office, plan_id, entry, reason, Actor(by, Channel.COMMAND))
    click.echo(f"taken back: entry {entry}")


@money.command("let-go")
@click.argument("due")
@click.option("--reason", required=True, help="Why nobody is asked for it.")
@_BY
@_PLAN
@_AS_OF
def let_go(due: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Ask nobody for DUE of a unit that left the cluster or became part of another."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.let_go(dondoc.office, plan_id, due, reason, Actor(by, Channel.COMMAND))
    click.echo(f"let go: {due}")


@money.command()
@click.argument("due")
@click.option("--reason", default="", help="Why; it stays with the entry.")
@_BY
@_PLAN
@_AS_OF
def thaw(due: str, reason: str, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Ask for DUE after all, of the unit that the one which owes it became part of."""
    from dondoc.runtime import running
    from dondoc.services import money as decisions
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        decisions.thaw(dondoc.office, plan_id, due, reason, Actor(by, Channel.COMMAND))
    click.echo(f"asked for again: {due}")


def _parts(written: tuple[str, ...]) -> Parts:
    """`due/OCCURRENCE/UNIT=7000000`; both separators of thousands may stand in the amount. Raises Unreadable."""
    from dondoc.domain.dues import DueKey

    parts = {}
    for each in written:
        key, sign, amount = each.rpartition("=")
        digits = amount.replace(".", "").replace(",", "")
        if not sign or not (digits.isascii() and digits.isdigit()) or int(digits) == 0:
            raise Unreadable(f"{each!r}: expected a due and an amount, such as due/seminar-2024/so-y-te=1000000")
        parts[DueKey(key)] = int(digits)
    return parts
