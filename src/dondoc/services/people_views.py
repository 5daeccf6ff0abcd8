"""How lists of names stand, and how letters and pages show them (R15, R18, R21)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import (
    Attendance,
    Duplicate,
    Likeness,
    Person,
    Selection,
    UnitSelection,
    attendance,
    take,
)
from dondoc.domain.plan import Contact, Quota
from dondoc.mail.letters import OccurrenceView
from dondoc.mail.letters_people import LikenessView, NamedView
from dondoc.services import views
from dondoc.services.case import Case
from dondoc.services.office import Office
from dondoc.store.people import marks_of, people_named
from dondoc.store.tables import RequestRow


@dataclass(frozen=True, slots=True)
class Standing:
    """All lists of an occurrence, against its quota."""

    quota: Quota
    selection: Selection

    def of(self, unit: str) -> UnitSelection:
        return self.selection.of(UnitId(unit))

    def likenesses_of(self, unit: str) -> list[tuple[Person, Duplicate]]:
        """Who of a unit seems to be on another unit's list as well, each with the likeness that says so."""
        found = []
        for each in self.doubles():
            found += [(person, each) for person in (each.first, each.again) if person.unit == unit]
        return found

    def doubles(self) -> list[Duplicate]:
        """Who stands on the lists of two units. Namesakes with another birth year or telephone number are two people
        so often that nobody is asked about them.
        """
        return [
            each
            for each in self.selection.duplicates
            if each.is_across_units and each.likeness is not Likeness.POSSIBLE
        ]

    def repeated_in(self, unit: str) -> tuple[str, ...]:
        """Names that stand twice on a unit's own list and take one place only."""
        return tuple(
            each.again.name
            for each in self.selection.duplicates
            if each.again.unit == unit and not each.is_across_units and each.likeness is Likeness.SAME
        )


def quota_of(case: Case) -> Quota | None:
    """How many each unit names; None where the plan asks for nobody."""
    return case.activity.quota


def standing(session: Session, case: Case, quota: Quota) -> Standing:
    """Where the lists of every unit that was asked stand now."""
    return Standing(quota, take(people_named(session, case.row.id), quota.each, quota.reserve))


def attendance_of(session: Session, case: Case, quota: Quota) -> tuple[Attendance, ...]:
    """Who came, unit by unit; this is what an evaluation reads (R18)."""
    return attendance(standing(session, case, quota).selection, marks_of(session, case.row.id), quota.each)


def names_url(office: Office, session: Session, case: Case, row: RequestRow, contact: Contact) -> str:
    """Where one mailbox gives its unit's list."""
    return office.links.answer(session, case.plan_id, row.key, contact.email, now=case.now, due_at=row.due_at)


def about_names(
    office: Office, session: Session, case: Case, row: RequestRow, contact: Contact, lists: Standing
) -> dict[str, Any]:
    """The fields that all letters about a unit's list have."""
    url = names_url(office, session, case, row, contact)
    return views.to_unit(office, case, row, contact, url) | {
        "occurrence": event(session, case),
        "due_at": local(row.due_at),
        "quota": lists.quota.each,
        "reserve": lists.quota.reserve,
        "named": len(lists.of(row.unit).taken),
        "names_url": url,
    }


def event(session: Session, case: Case) -> OccurrenceView:
    """The occurrence as those who take part see it: when and where, without contents and money."""
    view = views.occurrence(case, case.proposal(session), case.row.version)
    return replace(view, contents=(), contribution_text=None)


def named(people: Iterable[Person]) -> tuple[NamedView, ...]:
    return tuple(NamedView(person.name, about(person)) for person in people)


def about(person: Person) -> str:
    """What a list says of a person besides the name."""
    born = f"sinh năm {person.birth_year}" if person.birth_year else None
    return ", ".join(filter(None, (person.role, born, person.phone, person.email)))


def likenesses(case: Case, lists: Standing, unit: str) -> tuple[LikenessView, ...]:
    """Who of a unit seems to be on another unit's list as well, and on whose."""
    return tuple(
        LikenessView(
            person.name,
            views.unit(case, (each.first if each.first.unit != unit else each.again).unit).short,
            each.likeness is Likeness.SAME,
        )
        for person, each in lists.likenesses_of(unit)
    )
