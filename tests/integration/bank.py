"""Statements as the bank of the 2024 plan's account writes them, and an office whose units have agreed to the visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import func, select

from dondoc.domain.plan import Plan
from dondoc.domain.states import Channel
from dondoc.services.bookkeeping import books_in
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.statements import Imported, import_statement
from dondoc.store.history import Actor
from dondoc.store.tables_money import DueRow, PostingRow
from tests.integration.office import PLAN, Desk, an_office

ACCOUNT = "0071000123456"
TREASURER = Actor("thủ quỹ", Channel.COMMAND)
YTE, GTVT, LDTBXH, TNXP = (f"due/visit-2024-q2/{unit}" for unit in ("so-y-te", "so-gtvt", "so-ldtbxh", "tnxp"))


def statement(*rows: tuple[str, str, int, str], account: str = ACCOUNT) -> bytes:
    """A CSV statement; a row is a day (`09/04/2024`), a document, an amount (below zero: it went), a remark."""
    lines = ["NGÂN HÀNG TMCP NGOẠI THƯƠNG VIỆT NAM", f"Số tài khoản: {account}", ""]
    lines.append("Ngày GD,Số CT,Ghi nợ,Ghi có,Số dư,Nội dung")
    balance = 0
    for day, document, amount, remark in rows:
        balance += amount
        came, went = (_dots(amount), "") if amount > 0 else ("", _dots(-amount))
        lines.append(f'{day},{document},"{went}","{came}","{_dots(balance)}","{remark}"')
    return "\n".join(lines).encode()


def _dots(amount: int) -> str:
    return f"{amount:,}".replace(",", ".")


@contextmanager
def an_agreed_visit(folder: Path, plan: Plan | None = None) -> Iterator[Desk]:
    """All units agreed to the second quarter's visit, and were asked for the year's contributions on 01/04/2024."""
    with an_office(folder, plan=plan) as desk:
        desk.at("2024-04-01 08:00").run()
        desk.at("2024-04-01 09:00").everyone_answers()
        desk.at("2024-04-01 17:05").run()
        yield desk


def take_in(desk: Desk, *rows: tuple[str, str, int, str], name: str = "sao-ke.csv") -> Imported:
    """Import a statement; `{DUE-KEY}` in a remark stands for that due's code."""
    codes = codes_of(desk)
    filled = [(day, document, amount, remark.format_map(codes)) for day, document, amount, remark in rows]
    return import_statement(desk.office, PLAN, name, statement(*filled), TREASURER)


def codes_of(desk: Desk) -> Mapping[str, str]:
    with desk.office.sessions.reading() as session:
        return {row.key: row.code for row in session.scalars(select(DueRow))}


def dues(desk: Desk) -> dict[str, tuple[str, int]]:
    """Every due's state, and what was paid of it."""
    with desk.office.sessions.reading() as session:
        lines = list(ledger_lines(session))
    return {line["key"]: (line["state"], line["paid"]) for line in lines if "key" in line}


def booked(desk: Desk) -> list[tuple[str, int]]:
    """Everything that was booked, as kind and amount, in order; the head's own shares left out."""
    with desk.office.sessions.reading() as session:
        lines = list(ledger_lines(session))
    return [(line["kind"], line["amount"]) for line in lines if "entry" in line and line["kind"] != "internal"]


def sum_of_everything(desk: Desk) -> int:
    with desk.office.sessions.reading() as session:
        assert books_in(session, PLAN).next_number > 1
        return int(session.scalar(select(func.sum(PostingRow.amount))) or 0)
