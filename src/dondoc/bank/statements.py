"""A bank's statement, whatever the bank calls its columns and whichever format it was downloaded in.

CSV, XLSX, MT940 and OFX are told apart by what is in them, never by their name. The file is only read here: what is
booked of it, and that nothing is booked twice, is decided by the lines' fingerprints.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dondoc.bank.grids import MAX_BYTES, csv_grids, decoded, xlsx_grids
from dondoc.bank.layouts import Layout
from dondoc.bank.lines import NotAStatement, Statement, Why
from dondoc.bank.messages import read_mt940, read_ofx
from dondoc.bank.tables import read_tables
from dondoc.errors import Unreadable


def read_statement_file(path: Path, layout: Layout, account: str | None = None) -> Statement:
    """As `read_statement`; what it raises names the file. A file that is too large is not even opened."""
    content = contents_of(path)
    with naming(str(path)):
        return read_statement(content, layout, account)


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Have a refusal say which file it is about."""
    try:
        yield
    except NotAStatement as refusal:
        raise NotAStatement(refusal.why, f"{file}: {refusal}") from None


def contents_of(path: Path) -> bytes:
    """The bytes of a statement's file. Raises Unreadable for one that is not there, and, unopened, for a huge one."""
    try:
        with naming(str(path)):
            _check_size(path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: expected a file that can be read: {error.strerror}") from None


def read_statement(content: bytes, layout: Layout, account: str | None = None) -> Statement:
    """The statement in the file. `account` is the number that it must be of, if it says one.

    Raises NotAStatement, in one sentence, for a file that is not a statement of this bank and account.
    """
    _check_size(len(content))
    found = _read(content, layout)
    if account and found.account and found.account.lstrip("0") != account.lstrip("0"):
        raise NotAStatement(
            Why.OTHER_ACCOUNT, f"the statement is of account {found.account}, not of the plan's account {account}"
        )
    return found


def _read(content: bytes, layout: Layout) -> Statement:
    if content.startswith(b"PK"):
        return read_tables(xlsx_grids(content), layout)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise NotAStatement(Why.OLD_XLS, "the file is an old (.xls) or protected workbook: save it as .xlsx")
    if re.match(rb"(\xef\xbb\xbf)?\s*(OFXHEADER|<\?OFX|<\?xml[^>]*>\s*<\?OFX)", content):
        return read_ofx(content)
    text = decoded(content)
    if re.search(r"^:20:", text, re.MULTILINE) and re.search(r"^:60[FM]:", text, re.MULTILINE):
        return read_mt940(text)
    return read_tables(csv_grids(text), layout)


def _check_size(size: int) -> None:
    if size == 0:
        raise NotAStatement(Why.EMPTY, "the file is empty")
    if size > MAX_BYTES:
        largest = MAX_BYTES // 1_000_000
        raise NotAStatement(Why.TOO_LARGE, f"the file is larger than {largest} MB: export a shorter time")
