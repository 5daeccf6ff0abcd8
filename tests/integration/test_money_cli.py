"""The commands about money, as the office types them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from dondoc.cli import group
from tests.integration.bank import GTVT, YTE, an_agreed_visit, booked, codes_of, dues, statement
from tests.integration.mail_server import local_mail
from tests.integration.office import Desk

pytestmark = pytest.mark.usefixtures("each_database")

NOW = ["--as-of", "2024-04-10 10:00"]


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An office in a folder that the commands are pointed to, with a mail server."""
    with an_agreed_visit(tmp_path) as desk, local_mail(tmp_path / "mail", ("example.org", "doan.example.org")) as port:
        monkeypatch.setenv("DONDOC_DATA", str(tmp_path))
        monkeypatch.setenv("DONDOC_SMTP_PORT", str(port))
        yield desk


def dondoc(*words: object) -> Result:
    return CliRunner().invoke(group, [str(word) for word in words])


def a_file(folder: Path, content: bytes, name: str = "sao-ke.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_an_import_is_looked_at_before_it_is_booked(desk: Desk, tmp_path: Path) -> None:
    file = a_file(tmp_path, statement(("09/04/2024", "A1", 1_750_000, codes_of(desk)[YTE])))

    looked = dondoc("bank", "import", file, *NOW)
    assert looked.exit_code == 0, looked.output
    assert YTE in looked.output
    assert "nothing is booked yet" in looked.output
    assert booked(desk) == []

    done = dondoc("bank", "import", file, "--yes", *NOW)

    assert done.exit_code == 0, done.output
    assert dues(desk)[YTE] == ("paid", 1_750_000)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + bytes(99), "sao-ke.csv", id="picture"),
    ],
)
def test_what_is_no_statement_is_refused_in_one_sentence(desk: Desk, tmp_path: Path, content: bytes, says: str) -> None:
    done = dondoc("bank", "import", a_file(tmp_path, content), "--yes", *NOW)

    assert done.exit_code == 2
    assert says in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert booked(desk) == []


def test_a_huge_file_is_refused_unopened(desk: Desk, tmp_path: Path) -> None:
    huge = tmp_path / "huge.xlsx"
    with huge.open("wb") as file:
        file.truncate(200_000_000)

    done = dondoc("bank", "import", huge, "--yes", *NOW)

    assert done.exit_code == 2
    assert "larger than" in done.output


def test_money_without_a_code_is_matched_by_hand(desk: Desk, tmp_path: Path) -> None:
    dondoc("bank", "import", a_file(tmp_path, statement(("09/04/2024", "A1", 1_750_000, "So GTVT nop"))), "--yes", *NOW)
    shown = dondoc("bank", "match")
    assert "transfer 1: 1.750.000 đồng" in shown.output
    assert "Giao thông Vận tải" in shown.output
    assert json.loads(dondoc("bank", "match", "--json").output)[0]["transfer"] == 1

    done = dondoc("bank", "match", 1, "--due", f"{GTVT}=1.750.000", *NOW)

    assert done.exit_code == 0, done.output
    assert dues(desk)[GTVT] == ("paid", 1_750_000)
    assert dondoc("bank", "match", 1, *NOW).exit_code == 1


@pytest.mark.parametrize("due", ["x", "due/visit-2024-q2/so-y-te", f"{YTE}=-5", f"{YTE}=0", f"{YTE}=abc"])
def test_a_due_that_cannot_be_read_is_named(desk: Desk, due: str) -> None:
    done = dondoc("bank", "match", 1, "--due", due, *NOW)

    assert done.exit_code == 2
    assert due in done.output


def test_the_head_decides_on_the_command_line(desk: Desk, tmp_path: Path) -> None:
    code = codes_of(desk)
    rows = [("09/04/2024", f"A{n}", 1_750_000, code[YTE]) for n in (1, 2)] + [
        ("09/04/2024", "A3", 1_749_000, code[GTVT])
    ]
    dondoc("bank", "import", a_file(tmp_path, statement(*rows)), "--yes", *NOW)

    for words in (
        ("waive", GTVT),
        ("return", 2),
        ("cash", "due/visit-2024-q2/tnxp=1.500.000", "--payer", "đ/c thủ quỹ", "--on", "2024-04-09"),
        ("spend", "visit", 500_000, "--what", "Quà", "--evidence", "HĐ 1", "--on", "2024-04-09"),
    ):
        done = dondoc("money", *words, *NOW)
        assert done.exit_code == 0, done.output

    shown = dondoc("money", "show").output
    assert "7.249.000 đồng" in shown, shown
    found = json.loads(dondoc("money", "show", "--json").output)
    (visit,) = found["activities"]
    assert (visit["received"], visit["spent"], visit["left"]) == (7_249_000, 500_000, 6_749_000)


def test_collecting_raises_asks_and_sends(desk: Desk) -> None:
    done = dondoc("collect", *NOW)

    assert done.exit_code == 0, done.output
    assert "reminded: 6" in done.output
    assert {desk.letter(key).state.value for key in desk.letters("contribution_reminder")} == {"sent"}


def test_the_ledger_opens_in_excel(desk: Desk, tmp_path: Path) -> None:
    rows = [("09/04/2024", "A1", 1_750_000, codes_of(desk)[YTE]), ("09/04/2024", "A2", 99_000, "=HYPERLINK(1)")]
    dondoc("bank", "import", a_file(tmp_path, statement(*rows)), "--yes", *NOW)

    for name in ("so.xlsx", "so.csv"):
        assert dondoc("export", "ledger", "--out", tmp_path / name).exit_code == 0

    sheet = openpyxl.load_workbook(tmp_path / "so.xlsx").active
    assert sheet is not None
    table = [list(row) for row in sheet.iter_rows(values_only=True)]
    (paid,) = (row for row in table if "PT-2024-001" in row)
    assert 1_750_000 in paid
    assert "Đoàn Sở Y tế" in paid
    content = (tmp_path / "so.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert lines[0][:2] == ["STT", "Ngày"]
    assert [line[6] for line in lines[1:]] == ["2250000", "1750000", "99000"]
    assert not any(cell.startswith("=") for line in lines for cell in line)


def test_an_export_says_which_files_it_writes(tmp_path: Path) -> None:
    done = dondoc("export", "ledger", "--out", tmp_path / "so.pdf")

    assert done.exit_code == 2
    assert ".xlsx or .csv" in done.output
