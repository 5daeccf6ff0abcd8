"""Letters about problems: who gets them, and what they say. Several problems make one letter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import HEAD
from dondoc.domain.plan import Audience, Contact, Head, Plan, Role, Substitute
from dondoc.domain.states import Severity
from dondoc.mail.letters import PersonView, ProblemsNotice, ProblemToUnit, ProblemView, UnitView
from dondoc.services import views
from dondoc.services.office import Draft, Office
from dondoc.store.outbox import suppressed
from dondoc.store.tables import LetterRow, ProblemRow

KINDS = (ProblemsNotice.kind, ProblemToUnit.kind)
LISTED = 25
"""How many problems a letter shows; the others it tells stand on the board."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told of problems; `unit` is None for the head and whoever stands in."""

    person: Head | Substitute | Contact
    unit: str | None = None

    @property
    def address(self) -> str:
        return self.person.email


@dataclass(frozen=True, slots=True)
class Said:
    """A problem, and for which time it is told."""

    row: ProblemRow
    times: int


def heads(session: Session, plan: Plan, now: datetime) -> list[Reader]:
    """Who reads the head's letters, then the head, who is away; of the two only those to whom letters arrive."""
    day = now.date()
    people = {person.email: person for person in (plan.reader_on(day), plan.head_on(day))}
    refused = suppressed(session, people)
    return [Reader(person) for address, person in people.items() if address not in refused] or [
        Reader(plan.reader_on(day))
    ]


def of_unit(session: Session, plan: Plan, unit: str, to: Audience, now: datetime) -> Reader | None:
    """The unit's contact or secretary; None when the plan names none to whom letters arrive."""
    people = plan.unit(unit).addresses_of(Role(to.value), now.date())
    refused = suppressed(session, [person.email for person in people])
    return next((Reader(person, unit) for person in people if person.email not in refused), None)


def written_lately(session: Session, address: str, now: datetime) -> Sequence[datetime]:
    """When the letters about problems were written that this address got within the last hour."""
    return session.scalars(
        select(LetterRow.created_at).where(
            LetterRow.kind.in_(KINDS),
            LetterRow.address == address,
            LetterRow.created_at > now - timedelta(hours=1),
        )
    ).all()


def draft(office: Office, session: Session, plan: Plan, reader: Reader, said: Sequence[Said], now: datetime) -> Draft:
    """The letter that tells `reader` of all that was `said`, the urgent first."""
    ordered = sorted(said, key=lambda one: (one.row.severity is not Severity.URGENT, one.row.raised_at, one.row.id))
    problems = tuple(_views(office, session, plan, reader, ordered[:LISTED], now))
    rest = len(ordered) - len(problems)
    letter: ProblemsNotice | ProblemToUnit
    if reader.unit is None:
        person = reader.person if isinstance(reader.person, Head | Substitute) else None
        fields = views.to_head(office, session, plan, now, person)
        letter = ProblemsNotice(**fields, problems=problems, rest=rest)
    else:
        letter = _to_unit(office, plan, reader, reader.unit, problems, rest, now)
    addressee = reader.unit or HEAD
    earlier = session.scalar(
        select(func.count())
        .select_from(LetterRow)
        .where(LetterRow.plan_id == plan.id, LetterRow.kind == letter.kind, LetterRow.addressee == addressee)
    )
    return Draft(
        letter=letter,
        key=f"{letter.kind}/{plan.id}/{addressee}/{(earlier or 0) + 1}",
        addressee=addressee,
        address=reader.address,
        name=reader.person.name or plan.unit(addressee).name_on(now.date()).full,
    )


def _to_unit(
    office: Office,
    plan: Plan,
    reader: Reader,
    unit_id: str,
    problems: tuple[ProblemView, ...],
    rest: int,
    now: datetime,
) -> ProblemToUnit:
    unit = plan.unit(unit_id)
    name = unit.name_on(now.date())
    contact = reader.person if isinstance(reader.person, Contact) else None
    return ProblemToUnit(
        head=views.head(plan, now.date()),
        change_recipient_url=views.change_recipient(office, name.full),
        unit=UnitView(unit.unit_id, name.full, name.short),
        person=PersonView(contact.name, contact.title) if contact and contact.name else None,
        problem_url=f"mailto:{office.stationery.replies.plain}?subject={quote(f'Báo vấn đề phát sinh: {name.full}')}",
        problems=problems,
        rest=rest,
        to_secretary=contact is not None and contact.role is Role.SECRETARY,
    )


def _views(
    office: Office, session: Session, plan: Plan, reader: Reader, said: Sequence[Said], now: datetime
) -> Iterator[ProblemView]:
    for one in said:
        url = office.links.problem(session, plan.id, one.row.key, reader.address, now=now)
        yield view(plan, one.row, url, one.times, now)


def view(plan: Plan, row: ProblemRow, url: str, times: int, now: datetime) -> ProblemView:
    titles = {occurrence.id: occurrence.title for _, occurrence in plan.occurrences()}
    return ProblemView(
        kind=row.kind,
        severity=row.severity,
        detail=row.detail,
        since=local(row.raised_at),
        url=url,
        unit_short=plan.unit(row.unit).name_on(now.date()).short if row.unit and plan.has_unit(row.unit) else None,
        occurrence_title=titles.get(row.occurrence or ""),
        times=times,
        acknowledged_at=local(row.acknowledged_at) if row.acknowledged_at else None,
    )
