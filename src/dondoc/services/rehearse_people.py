"""People in a rehearsal: a unit names them, the head enters who came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dondoc.documents.letter_names import names_in_file
from dondoc.documents.names import Kind, read_names
from dondoc.documents.names import Names as Found
from dondoc.documents.sheets import NotAList
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person, Presence
from dondoc.domain.states import Channel
from dondoc.errors import Refused, Unreadable
from dondoc.services import attending
from dondoc.services.attending import Marked, people_called
from dondoc.services.name_replies import not_taken
from dondoc.services.naming import Given
from dondoc.services.naming import name as record_names
from dondoc.services.people_overview import gathering
from dondoc.services.script import HeadStep, NamedPerson, Names
from dondoc.store.history import Actor

if TYPE_CHECKING:
    from dondoc.services.office import Office
    from dondoc.services.rehearse import Rehearsal


def name(rehearsal: Rehearsal, names: Names, request: str, plan_id: str) -> None:
    """A unit gives its list on its page. Raises Refused for a file that is none, as the page refuses it."""
    try:
        found = _found(rehearsal, names)
    except NotAList as refusal:
        raise Refused(f"{request}: {refusal}") from None
    source = f"names/{request}/{rehearsal.clock.now().isoformat()}"
    given = Given(
        found.people,
        Actor(names.unit, Channel.WEB),
        source,
        not_taken(found.rejected),
        adds=names.adds,
        file=names.file,
    )
    record_names(rehearsal.office, plan_id, request, given)


def _found(rehearsal: Rehearsal, names: Names) -> Found:
    unit = UnitId(names.unit)
    if names.file is not None:
        return names_in_file(names.file, rehearsal.raw(names.file), unit)
    if names.text is not None:
        return read_names(names.text.encode(), Kind.TEXT, unit)
    people = [NamedPerson(name=each) if isinstance(each, str) else each for each in names.people]
    return Found(tuple(Person(each.name, unit, each.phone, each.email, each.born, each.role) for each in people), ())


def enter(office: Office, head: HeadStep, plan_id: str) -> None:
    """The head enters who came, what is prepared, or a short report."""
    by, occurrence = Actor("head", Channel.COMMAND), head.occurrence or ""
    match head.do:
        case "prepare":
            attending.prepare(office, plan_id, occurrence, head.confirmed, by)
        case "report":
            attending.report(office, plan_id, occurrence, head.given, head.note or "", by)
        case _:
            if head.unit is None:
                raise Unreadable("'attendance' needs 'unit'")
            attending.mark(office, plan_id, occurrence, head.unit, _marks(office, head, plan_id, head.unit), by)


def _marks(office: Office, head: HeadStep, plan_id: str, unit: str) -> list[Marked]:
    said: dict[str, tuple[Presence, str | None]] = dict.fromkeys(head.absent, (Presence.ABSENT, None))
    said |= {name: (Presence.SUBSTITUTE, who) for name, who in head.substitutes.items()}
    if head.present == "all":
        units = gathering(office, plan_id, head.occurrence or "").units
        everybody = next((each.selection.taken for each in units if each.unit == unit), ())
        present = [person.name for person in everybody if person.name not in said]
    else:
        present = head.present
    said |= dict.fromkeys(present, (Presence.PRESENT, None))
    people = people_called(office, plan_id, head.occurrence or "", unit, said)
    return [Marked(people[name], presence, who) for name, (presence, who) in said.items()]
