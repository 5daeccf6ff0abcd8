"""What a record remembers, in a form in which two lives can be compared, and what must hold of it by itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Engine, FromClause, LargeBinary, Table, func, select
from sqlalchemy.orm import Session

from dondoc.domain.accounts import AccountKind
from dondoc.domain.states import LetterState
from dondoc.services.bookkeeping import books_in
from dondoc.store.database import Sessions
from dondoc.store.tables import LetterRow, MessageRow, ProblemRow, ResponseRow, Row
from dondoc.store.tables_money import EntryRow, ExpenseRow, PostingRow, ReceiptRow, TransferRow

Remembered = Mapping[str, Counter[str]]
"""Of each table, how often it has which row."""

_ABOUT_RUNS = {"last_runs", "cursors", "found_letters", "pauses"}
"""Says how far work is, not what was done."""
_OF_THE_MOMENT = {
    "letters": {"not_before", "claimed_until", "attempts", "settled_at", "sent_at", "note"},
    "history": {"id"},
    "messages": {"source", "digest"},
    "problems": {"id"},
}
"""When and how often a letter was tried is not the same when a run is killed, nor how many problems were raised before
because a letter was in doubt, nor where the mailbox keeps a message, nor its every byte: a reply goes to an address
with the number of its request, and quotes its links. That it left once, or came once, is.
"""
_FORM = re.compile(r"^(web/)\d+/[^/]+(?=/)")
"""Which form it was: each that is opened has a number of its own, which nobody can guess."""
_DIGEST = re.compile(r"(?<=^message/)[0-9a-f]{64}$")
_BY_NUMBER = re.compile(r"(^|(?<=/))\d+$")
_RECOVERY = re.compile(r"letter\.(found|not_found|settled_by_hand)|step\.refused")
"""What stands in the history only because somebody had to look what became of it, or did a thing once more."""
_DOUBT = "letter_unknown/"


def remembered(engine: Engine, *, numbers: bool = True) -> Remembered:
    """Everything on record but the traces of sending and the numbers that the database gave to rows: who goes on where
    somebody died may come to the same things in another order. Without `numbers` no key is or ends in one, either:
    PostgreSQL leaves out those of transactions that were killed.
    """
    with engine.connect() as connection:
        tables = [table for table in Row.metadata.sorted_tables if table.name not in _ABOUT_RUNS]
        return {table.name: _rows(connection, table, numbers) for table in tables}


def _rows(connection: Any, table: Table, numbers: bool) -> Counter[str]:
    left_out = _OF_THE_MOMENT.get(table.name, set())
    columns: list[ColumnElement[Any]] = []
    source: FromClause = table
    for column in table.columns:
        if column.name in left_out or isinstance(column.type, LargeBinary):
            continue
        if (
            number := next((key.column for key in column.foreign_keys if "key" in key.column.table.c), None)
        ) is not None:
            other = number.table.alias()
            source = source.outerjoin(other, other.c[number.name] == column)
            columns.append(other.c.key.label(column.name))
        elif not _is_number(column) and (numbers or column.name != "source"):
            columns.append(column)
    found: Counter[str] = Counter()
    for row in connection.execute(select(*columns).select_from(source)).mappings():
        if not _is_recovery(table.name, row):
            said = {name: _comparable(value, numbers=numbers) for name, value in row.items() if value is not None}
            found[repr(said)] += 1
    return found


def _is_number(column: Any) -> bool:
    is_key = column.primary_key and column.autoincrement is not False and column.type.python_type is int
    return is_key or any(_is_number(key.column) for key in column.foreign_keys)


def _comparable(value: Any, *, numbers: bool) -> Any:
    if not isinstance(value, str):
        return value
    value = _DIGEST.sub("#", _FORM.sub(r"\1", value))
    return value if numbers else _BY_NUMBER.sub("#", value)


def _is_recovery(table: str, row: Mapping[str, Any]) -> bool:
    if table == "problems":
        return str(row["key"]).startswith(_DOUBT)
    if table == "history":
        about = (row["old"] or "", row["new"] or "")
        return bool(_RECOVERY.fullmatch(row["event"])) or any(key.startswith(_DOUBT) for key in about)
    return False


def difference(one: Remembered, other: Remembered) -> str:
    """What the first has and the second has not, and the other way round; empty when they are the same."""
    lines = []
    for table in one:
        lines += [f"- {table} {row} ×{count}" for row, count in (one[table] - other[table]).items()]
        lines += [f"+ {table} {row} ×{count}" for row, count in (other[table] - one[table]).items()]
    return "\n".join(lines)


def in_transit(sessions: Sessions) -> dict[str, LetterRow]:
    """The letters that are neither settled nor waiting for their hour: claimed, begun or in doubt; by their keys."""
    with sessions.reading() as session:
        rows = session.scalars(
            select(LetterRow).where(LetterRow.state.in_([LetterState.QUEUED, LetterState.SENDING, LetterState.UNKNOWN]))
        ).all()
    return {row.key: row for row in rows if row.state is not LetterState.QUEUED or row.not_before > row.created_at}


def on_the_way(sessions: Sessions) -> int:
    """How many letters are begun, or in doubt."""
    with sessions.reading() as session:
        begun = LetterRow.state.in_([LetterState.SENDING, LetterState.UNKNOWN])
        return session.scalar(select(func.count()).select_from(LetterRow).where(begun)) or 0


def check_letters(sessions: Sessions, got: Counter[tuple[str, str]]) -> None:
    """What counts as sent arrived once, what does not never arrived, and nothing arrived that is not on record."""
    with sessions.reading() as session:
        rows = session.execute(select(LetterRow.address, LetterRow.message_id, LetterRow.state, LetterRow.key)).all()
        shown = set(session.scalars(select(ProblemRow.key).where(ProblemRow.state != "resolved")))
    known = set()
    for address, message_id, state, key in rows:
        known.add((address, message_id))
        arrived = got[address, message_id]
        match state:
            case LetterState.SENT:
                assert arrived == 1, f"{key} counts as sent and arrived {arrived} times"
            case LetterState.UNKNOWN:
                assert arrived <= 1, f"{key} is in doubt and arrived {arrived} times"
                assert f"{_DOUBT}{key}" in shown, f"{key} is in doubt and not shown"
            case LetterState.SENDING:
                assert arrived <= 1, f"{key} is on its way and arrived {arrived} times"
            case _:
                assert arrived == 0, f"{key} is {state.value} and arrived {arrived} times"
    strange = set(got) - known
    assert not strange, f"arrived, and not on record: {strange}"


def check_books(session: Session, plan: str, came: Mapping[str, int]) -> None:
    """The books add up to zero, entry by entry, and hold exactly what the statements say; receipts have no gap."""
    sums = session.execute(select(PostingRow.number, func.sum(PostingRow.amount)).group_by(PostingRow.number)).all()
    assert all(total == 0 for _, total in sums)
    assert len(sums) == session.scalar(select(func.count()).select_from(EntryRow))
    lines = session.execute(select(TransferRow.document, TransferRow.credit).where(TransferRow.document.is_not(None)))
    assert sorted(lines.tuples()) == sorted(came.items())
    held = session.scalar(
        select(func.sum(PostingRow.amount)).where(PostingRow.account.in_([AccountKind.BANK, AccountKind.CASH]))
    )
    credit = session.scalar(select(func.sum(TransferRow.credit))) or 0
    spent = session.scalar(select(func.sum(ExpenseRow.amount))) or 0
    assert (held or 0) == credit - spent
    receipts = session.scalars(select(ReceiptRow.number).order_by(ReceiptRow.number)).all()
    assert list(receipts) == list(range(1, len(receipts) + 1))
    assert books_in(session, plan).next_number == len(sums) + 1


def check_replies(session: Session, put: int) -> None:
    """Each message that was put into the mailbox is kept once and has a fate; each answer by mail stands once."""
    rows = session.execute(select(MessageRow.digest, MessageRow.state)).all()
    assert len(rows) == put == len({digest for digest, _ in rows})
    assert all(state != "new" for _, state in rows)
    sources = session.scalars(select(ResponseRow.source)).all()
    assert len(sources) == len(set(sources))
