"""Recording whom a unit names: by web, by reply, or on its behalf (R15, R18, R21; scenario 29).

Every list is kept as it was given; the latest one counts, and what is too much, too few or double is told at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Likeness, Person, UnitSelection, likeness
from dondoc.domain.plan import Quota
from dondoc.domain.states import Channel, OccurrenceState, RequestState
from dondoc.errors import Refused
from dondoc.mail.letters_people import LineView, NamesNoted
from dondoc.services.asking import settle, take_up
from dondoc.services.case import Case, open_case
from dondoc.services.office import Draft, Office
from dondoc.services.participants import draft
from dondoc.services.people_views import Standing, about_names, likenesses, named, quota_of, standing
from dondoc.services.people_watch import watch_lists
from dondoc.store.history import Actor, note
from dondoc.store.people import NotTaken, latest_list
from dondoc.store.queries import find_request
from dondoc.store.tables import RequestRow
from dondoc.store.tables_people import NamedRow, NameListRow

MOST = 500
"""People that one list may name."""


@dataclass(frozen=True, slots=True)
class Given:
    """A unit's list as it reached us."""

    people: tuple[Person, ...]
    by: Actor
    source: str
    """Unique for each time it was given; hearing the same source again records nothing."""
    not_taken: tuple[NotTaken, ...] = ()
    adds: bool = False
    """It comes on top of the list that counts, instead of taking its place."""
    file: str | None = None
    refused: str | None = None
    """Why the file cannot be read."""
    evidence: str | None = None


def name(office: Office, plan_id: str, request: str, given: Given, *, confirm: bool = True) -> UnitSelection | None:
    """Record a list with what follows from it; return who of the unit is taken, None when nothing could be read.

    Raises Unreadable when nothing of that name was asked, Refused when nobody is asked for any more.
    """
    with office.sessions.writing() as session:
        return name_in(office, session, find_request(session, plan_id, request), given, confirm=confirm)


def name_in(
    office: Office, session: Session, request: RequestRow, given: Given, *, confirm: bool = True
) -> UnitSelection | None:
    """As `name`, within the caller's transaction; without `confirm` the unit gets no letter."""
    session.refresh(request, with_for_update=True)  # lists of one request are numbered one after the other
    case = open_case(session, request.plan_id, request.occurrence.key, office.clock.now())
    quota = _asked_for(session, case, request, given.by.channel)
    if session.scalar(select(NameListRow.id).where(NameListRow.source == given.source)) is not None:
        return standing(session, case, quota).of(request.unit)
    row = _keep(session, case, request, given)
    lists = standing(session, case, quota)
    found = lists.of(request.unit)
    if row.refused is None:
        _settle(case, request, found)
    request.held_at = None
    watch_lists(office, session, case, quota)
    note(
        session,
        case.plan_id,
        case.now,
        "names.refused" if row.refused else "names.recorded",
        occurrence=case.key,
        unit=request.unit,
        by=given.by,
        new=f"list {row.number}",
        detail=row.refused or _figures(found),
    )
    letter = _noted(office, session, case, request, row, lists, given) if confirm else None
    if letter is not None:
        office.post(session, case.plan_id, [letter], case.now)
    return None if row.refused else found


def _asked_for(session: Session, case: Case, request: RequestRow, channel: Channel) -> Quota:
    """Raises Refused when names are of no use any more; afterwards the office may still add who came unnamed."""
    quota = quota_of(case)
    if quota is None:
        raise Refused(f"{request.key}: the plan asks for nobody")
    if case.row.state in (OccurrenceState.CANCELLED, OccurrenceState.SKIPPED, OccurrenceState.MERGED):
        raise Refused(f"{case.key} is {case.row.state.value}: nobody is asked for any more")
    dates = dates_of(case.proposal(session), case.planned)
    if isinstance(dates, Dated) and dates.last < case.now.date() and channel in (Channel.WEB, Channel.EMAIL):
        raise Refused(f"{case.key} is over since {dates.last:%d/%m/%Y}: who came is entered as attendance")
    return quota


def _keep(session: Session, case: Case, request: RequestRow, given: Given) -> NameListRow:
    people = _together(session, request, given)
    if len(people) > MOST:
        raise Refused(f"{request.key}: the list names {len(people)} people, at most {MOST} can be kept")
    number = session.scalar(select(func.max(NameListRow.number)).where(NameListRow.request_id == request.id))
    row = NameListRow(
        request_id=request.id,
        number=(number or 0) + 1,
        by=given.by.who,
        channel=given.by.channel,
        evidence=given.evidence,
        file=given.file,
        refused=given.refused or (None if people else "nobody"),
        received_at=case.now,
        late=case.now >= request.due_at,
        source=given.source,
    )
    session.add(row)
    session.flush()
    session.add_all(_rows(row, people, given.not_taken))
    session.flush()
    return row


def _together(session: Session, request: RequestRow, given: Given) -> Sequence[Person]:
    """The whole list: where one comes on top of another, who stands on both is named once."""
    before = latest_list(session, request) if given.adds else None
    if before is None:
        return given.people
    new = [
        person
        for person in given.people
        if not any(likeness(person, other) is Likeness.SAME for other in before.people)
    ]
    return [*before.people, *new]


def _rows(row: NameListRow, people: Sequence[Person], not_taken: Sequence[NotTaken]) -> Iterator[NamedRow]:
    for place, person in enumerate(people, start=1):
        yield NamedRow(
            list_id=row.id,
            place=place,
            name=person.name,
            phone=person.phone,
            email=person.email,
            birth_year=person.birth_year,
            role=person.role,
        )
    for place, line in enumerate(not_taken, start=len(people) + 1):
        yield NamedRow(list_id=row.id, place=place, name=line.text, line=line.line, reason=line.reason)


def _settle(case: Case, request: RequestRow, found: UnitSelection) -> None:
    """A full list settles the request; a list that became too short is owed again."""
    if not found.missing:
        settle(request, case.now)
    elif request.state is RequestState.ANSWERED:
        take_up(request)


def _figures(found: UnitSelection) -> str:
    said = [f"{len(found.taken)} taken"]
    said += [f"{len(found.reserve)} in reserve"] if found.reserve else []
    said += [f"{len(found.excess)} beyond"] if found.excess else []
    return ", ".join(said + ([f"{found.missing} missing"] if found.missing else []))


def _noted(
    office: Office, session: Session, case: Case, request: RequestRow, row: NameListRow, lists: Standing, given: Given
) -> Draft | None:
    """Tells the unit what was taken; None when the plan names nobody of it."""
    contact = case.contact(request.unit)
    if contact is None:
        return None
    found = lists.of(request.unit)
    is_read = row.refused is None
    letter = NamesNoted(
        **about_names(office, session, case, request, contact, lists),
        taken=named(found.taken) if is_read else (),
        spare=named(found.reserve) if is_read else (),
        excess=named(found.excess) if is_read else (),
        repeated=lists.repeated_in(request.unit) if is_read else (),
        likenesses=likenesses(case, lists, UnitId(request.unit)) if is_read else (),
        lines=tuple(LineView(line.line, line.text, line.reason) for line in given.not_taken if line.reason != "around"),
        by=given.by.who,
        file=row.file,
        refused=row.refused,
        late=local(row.received_at) >= local(request.due_at),
    )
    return draft(case, request, contact, letter, f"{letter.kind}/{case.key}/{request.unit}/{row.number}")
