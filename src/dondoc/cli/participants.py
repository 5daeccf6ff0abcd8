"""Commands about those who take part: lists, the roll-call, who came."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from dondoc.domain.gathering import Preparation
from dondoc.domain.states import Channel
from dondoc.errors import Unreadable

_PLAN = click.option("--plan", "plan_id", metavar="PLAN", help="The plan, when several are loaded.")
_BY = click.option("--by", default="Cụm trưởng", show_default=True, metavar="WHO", help="Who says so.")
_AS_OF = click.option("--as-of", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="Act as of another moment.")
_FILE = click.Path(path_type=Path, dir_okay=False)

_EXAMPLES = """\b
Examples:
  dondoc participants show seminar-2024
  dondoc participants import seminar-2024 so-y-te danh-sach.xlsx --by "đ/c trực ban" --evidence "Zalo lúc 9 giờ"
  dondoc participants roll-call seminar-2024 --out diem-danh.docx
  dondoc participants attendance seminar-2024 diem-danh.xlsx
  dondoc participants prepare seminar-2024 --speaker "PGS.TS. …" --hall "Hội trường 272 đã giữ chỗ"
"""


@click.group(epilog=_EXAMPLES)
def participants() -> None:
    """Who takes part in an occurrence: named, in reserve, on two lists, there or not."""


@participants.command()
@click.argument("occurrence")
@_PLAN
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def show(occurrence: str, plan_id: str | None, as_json: bool) -> None:
    """Where every unit's list stands, and who came."""
    from dataclasses import asdict

    from dondoc.cli.tables import table
    from dondoc.runtime import running
    from dondoc.services.people_overview import gathering

    with running() as dondoc:
        found = gathering(dondoc.office, plan_id, occurrence)
    if as_json:
        click.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2, default=str))
        return
    click.echo(f"{found.title}: {found.when_text}, {found.place_text}\n")
    for line in found.preparations:
        click.echo(f"{line.what.value}: {line.detail or f'not confirmed, due {found.prepared_by:%d/%m/%Y}'}")
    if not found.units:
        click.echo("no unit has been asked for people yet")
        return
    rows = (
        (
            unit.unit,
            unit.name,
            f"{len(unit.selection.taken)}/{found.quota}",
            len(unit.selection.reserve) or None,
            len(unit.selection.excess) or None,
            ", ".join(unit.doubles) or None,
            f"{unit.attendance.came} ({unit.attendance.percent}%)" if found.is_marked else None,
            unit.state.value,
        )
        for unit in found.units
    )
    click.echo(table(("unit", "name", "named", "reserve", "beyond", "also on", "came", "request"), rows))


@participants.command("import")
@click.argument("occurrence")
@click.argument("unit")
@click.argument("file", type=_FILE)
@click.option("--adds", is_flag=True, help="It comes on top of the list that counts.")
@click.option("--evidence", help="On what it rests: a call, a message, a paper.")
@_BY
@_PLAN
@_AS_OF
def import_(
    occurrence: str,
    unit: str,
    file: Path,
    adds: bool,
    evidence: str | None,
    by: str,
    plan_id: str | None,
    as_of: datetime | None,
) -> None:
    """Record UNIT's list from FILE (XLSX, CSV or text) on its behalf; the unit gets the confirmation."""
    from dondoc.cli.typed import source_of
    from dondoc.documents.letter_names import names_in_file
    from dondoc.domain.ids import UnitId
    from dondoc.runtime import running
    from dondoc.services.name_replies import not_taken
    from dondoc.services.naming import Given, name
    from dondoc.store.history import Actor
    from dondoc.store.queries import find_plan

    content = _bytes(file)
    try:
        found = names_in_file(file.name, content, UnitId(unit))
    except Unreadable as refusal:
        raise Unreadable(f"{file}: {refusal}") from None
    lines = [line for line in found.rejected if line.reason.value != "around"]
    for line in lines:
        click.echo(f"{file}, line {line.line}: “{line.text}” was not taken: {line.reason.value}", err=True)
    if not found.people:
        raise Unreadable(f"{file}: nobody is named in it")
    with running(as_of) as dondoc:
        with dondoc.office.sessions.reading() as session:
            plan = find_plan(session, plan_id).id
        given = Given(
            found.people,
            Actor(by, Channel.COMMAND),
            source_of("names", dondoc.office.clock.now(), plan, occurrence, unit, content.hex(), adds, evidence, by),
            not_taken(found.rejected),
            adds=adds,
            file=file.name,
            evidence=evidence,
        )
        taken = name(dondoc.office, plan, f"participants/{occurrence}/{unit}", given)
    if taken is not None:
        reserve, beyond = len(taken.reserve), len(taken.excess)
        click.echo(f"taken {len(taken.taken)}, in reserve {reserve}, beyond {beyond}, missing {taken.missing}")


@participants.command("roll-call")
@click.argument("occurrence")
@click.option("--out", type=_FILE, required=True, help="The file; .docx to print and sign, .xlsx to fill in.")
@_PLAN
def roll_call_(occurrence: str, out: Path, plan_id: str | None) -> None:
    """Write the roll-call of an occurrence."""
    from dondoc.files import write_whole
    from dondoc.runtime import running
    from dondoc.services.people_overview import gathering
    from dondoc.services.roll_calls import roll_call, roll_call_sheet

    ending = out.suffix.lower()
    if ending not in (".docx", ".xlsx"):
        raise Unreadable(f"{out}: the name must end in .docx or .xlsx, which says what is written")
    with running() as dondoc:
        found = gathering(dondoc.office, plan_id, occurrence)
        if ending == ".docx":
            content = roll_call(dondoc.office, found)
        else:
            content = roll_call_sheet(dondoc.office, found, dondoc.settings.templates)
    write_whole(out, content)
    click.echo(f"{found.named} people of {len(found.units)} units in {out}")


@participants.command()
@click.argument("occurrence")
@click.argument("file", type=_FILE)
@_BY
@_PLAN
@_AS_OF
def attendance(occurrence: str, file: Path, by: str, plan_id: str | None, as_of: datetime | None) -> None:
    """Record who came, from FILE: the roll-call as XLSX with its column of marks filled in."""
    from dondoc.runtime import running
    from dondoc.services.attending import mark
    from dondoc.services.people_overview import gathering
    from dondoc.services.roll_calls import read_marks
    from dondoc.store.history import Actor

    with running(as_of) as dondoc:
        found = gathering(dondoc.office, plan_id, occurrence)
        try:
            marks = read_marks(found, _bytes(file))
        except Unreadable as refusal:
            raise Unreadable(f"{file}: {refusal}") from None
        for unit, said in marks.items():
            came = mark(dondoc.office, found.plan_id, occurrence, unit, said, Actor(by, Channel.COMMAND))
            click.echo(f"{unit}: {came.came} of {came.quota} came ({came.percent}%), {came.absent} absent")
    if not marks:
        click.echo(f"{file}: nobody is marked in it")


@participants.command()
@click.argument("occurrence")
@click.option("--programme", default="", help="The programme, as it was confirmed.")
@click.option("--speaker", default="", help="Who speaks.")
@click.option("--hall", default="", help="That the hall is reserved.")
@_BY
@_PLAN
@_AS_OF
def prepare(
    occurrence: str, programme: str, speaker: str, hall: str, by: str, plan_id: str | None, as_of: datetime | None
) -> None:
    """Confirm what is prepared."""
    from dondoc.runtime import running
    from dondoc.services import attending
    from dondoc.store.history import Actor

    said = {Preparation.PROGRAMME: programme, Preparation.SPEAKER: speaker, Preparation.HALL: hall}
    with running(as_of) as dondoc:
        lacking = attending.prepare(dondoc.office, plan_id, occurrence, said, Actor(by, Channel.COMMAND))
    click.echo(f"still to be confirmed: {', '.join(lacking)}" if lacking else "everything is confirmed")


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Unreadable(f"{file}: {error.strerror}") from None
