"""The printed roll-call and the one for Excel, and reading the latter back (II.2; R18)."""

from __future__ import annotations

from pathlib import Path

from dondoc.documents.official import Form, Letterhead
from dondoc.documents.roll_call import RollCall, groups_of
from dondoc.documents.sheets import Row, xlsx_rows
from dondoc.documents.workbook import RollCallRow, read_layouts, workbook
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Presence, Selection, fold_name, plain_name
from dondoc.domain.plan import UnitName
from dondoc.errors import Refused, Unreadable
from dondoc.services.attending import Marked
from dondoc.services.office import Office
from dondoc.services.people_overview import Gathering

STANDINGS = {"taken": "chính thức", "reserve": "dự bị", "excess": "vượt số lượng"}
PRESENCES = {Presence.PRESENT: "Có mặt", Presence.ABSENT: "Vắng", Presence.SUBSTITUTE: "Đi thay"}


def roll_call(office: Office, found: Gathering) -> bytes:
    """The list to sign at the door, as DOCX. Raises Refused while nobody is named."""
    if not found.named:
        raise Refused(f"{found.occurrence}: no unit has named anybody yet")
    day = office.clock.now().date()
    named = [unit for unit in found.units if unit.people]
    paper = RollCall(
        letterhead=Letterhead(Form.YOUTH_UNION, found.parent, found.head_unit, "TP. Hồ Chí Minh", day),
        activity=found.title,
        when=found.when_text,
        place=found.place_text,
        groups=groups_of(
            Selection(tuple(unit.selection for unit in named), ()),
            {UnitId(unit.unit): UnitName(full=unit.full, short=unit.name) for unit in named},
        ),
    )
    return office.press.docx(paper)


def roll_call_sheet(office: Office, found: Gathering, templates: Path) -> bytes:
    """The same as XLSX, with everybody's mark. Raises Refused while nobody is named."""
    if not found.named:
        raise Refused(f"{found.occurrence}: no unit has named anybody yet")
    lines = [(unit, line) for unit in found.units for line in unit.people]
    rows = [
        RollCallRow(
            number=number,
            name=line.person.name,
            unit=unit.name,
            role=line.person.role,
            birth_year=line.person.birth_year,
            phone=line.person.phone,
            standing=STANDINGS[line.standing],
            presence=PRESENCES[line.mark.presence] if line.mark else None,
            note=line.mark.substitute.name if line.mark and line.mark.substitute else None,
        )
        for number, (unit, line) in enumerate(lines, start=1)
    ]
    about = [found.title, f"Thời gian: {found.when_text}", f"Địa điểm: {found.place_text}"]
    day = office.clock.now().date()
    return workbook(read_layouts(templates / "documents").roll_call, rows, about=about, author=found.cluster, day=day)


def read_marks(found: Gathering, content: bytes) -> dict[str, list[Marked]]:
    """The marks in a roll-call that was filled in, by unit; lines without a mark are left out.

    Raises Unreadable, naming the line: the file is no roll-call of this occurrence, or says what is no mark.
    """
    rows = xlsx_rows(content)
    header = next((n for n, row in enumerate(rows) if _columns(row)), None)
    if header is None:
        raise Unreadable(f"{found.occurrence}: the sheet has no columns “Họ và tên”, “Đơn vị” and “Có mặt / Vắng / …”")
    columns = _columns(rows[header])
    listed = {(unit.name, fold_name(line.person.name)): line.person for unit in found.units for line in unit.people}
    ids = {unit.name: unit.unit for unit in found.units}
    marks: dict[str, list[Marked]] = {}
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        name, unit, said, note = (row[columns[n]] if columns.get(n, len(row)) < len(row) else "" for n in _NEEDED)
        if not name or not said:
            continue
        person, presence = listed.get((unit, fold_name(name))), _PRESENCES.get(plain_name(said))
        if person is None:
            raise Unreadable(f"line {number}: {name} is not on the list of “{unit}”")
        if presence is None:
            raise Unreadable(f"line {number}: “{said}” is no mark: write Có mặt, Vắng or Đi thay")
        marks.setdefault(ids[unit], []).append(
            Marked(person, presence, note if presence is Presence.SUBSTITUTE else None)
        )
    return marks


_NEEDED = ("ho va ten", "don vi", "co mat", "ghi chu")
_PRESENCES = {
    **{plain_name(word): presence for presence, word in PRESENCES.items()},
    **dict.fromkeys(("x", "co", "1"), Presence.PRESENT),
    **dict.fromkeys(("0", "v", "khong", "vang mat"), Presence.ABSENT),
    "thay": Presence.SUBSTITUTE,
}


def _columns(row: Row) -> dict[str, int]:
    """Where the columns stand; empty for a row that is no header."""
    found = {
        need: n for need in _NEEDED for n, cell in reversed(list(enumerate(row))) if plain_name(cell).startswith(need)
    }
    return found if set(_NEEDED[:3]) <= set(found) else {}
