"""What the head enters about an occurrence: that it is prepared, who came, what was given (R17, R18, II.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dondoc.domain.gathering import Dated, Preparation, dates_of
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Attendance, Mark, Person, Presence, entry_of, fold_name
from dondoc.domain.plan import Quota
from dondoc.domain.states import OccurrenceState
from dondoc.errors import Refused, Unreadable
from dondoc.services.case import Case, open_case
from dondoc.services.office import Office
from dondoc.services.people_views import attendance_of, quota_of
from dondoc.services.people_watch import watch_attendance, watch_preparations
from dondoc.store.history import Actor, note
from dondoc.store.people import latest_minutes, marks_of, people_named, preparations_of
from dondoc.store.tables_people import MarkRow, MinutesRow, PreparationRow

MAX_TEXT = 5000
_TAKES_PLACE = (OccurrenceState.LAUNCHED, OccurrenceState.HELD, OccurrenceState.EVALUATED)


@dataclass(frozen=True, slots=True)
class Marked:
    """The roll-call's word on one place of a list."""

    person: Person
    presence: Presence
    substitute: str | None = None
    """Who came instead; only, and always, with `Presence.SUBSTITUTE`."""


def mark(
    office: Office, plan_id: str | None, occurrence: str, unit: str, marks: Sequence[Marked], by: Actor
) -> Attendance:
    """Record who of a unit came; what was marked before and is said otherwise now, is kept beneath.

    Saying the same again records nothing. Raises Refused before the day has come, and for a substitute without a name.
    """
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        quota = _held(session, case)
        for one in marks:
            if (one.presence is Presence.SUBSTITUTE) != bool(one.substitute and one.substitute.strip()):
                raise Refused(f"{occurrence}: say who came instead of {one.person.name}, and only then")
        said = {entry_of(one.person): one for one in marks_of(session, case.row.id)}
        new = [one for one in marks if not _says_the_same(one, said.get(entry_of(one.person)))]
        session.add_all(_rows(case, new, by))
        session.flush()
        found = next(each for each in attendance_of(session, case, quota) if each.unit == unit)
        if not new:
            return found
        watch_attendance(session, case, quota)
        note(
            session,
            case.plan_id,
            case.now,
            "attendance.low" if not found.unmarked and found.falls_short else "attendance.recorded",
            occurrence=occurrence,
            unit=unit,
            by=by,
            detail=f"{found.present} present, {found.substitutes} substitutes, {found.absent} absent "
            f"of {found.quota}: {found.percent} %",
        )
        return found


def prepare(
    office: Office, plan_id: str | None, occurrence: str, said: Mapping[Preparation, str], by: Actor
) -> list[Preparation]:
    """Record what the head confirms; return what is still lacking. Saying the same again records nothing."""
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if case.activity.confirmed_before is None:
            raise Refused(f"{occurrence}: the plan asks for no confirmation of its preparation")
        known = preparations_of(session, case.row.id)
        new = {what: " ".join(text.split())[:500] for what, text in said.items() if text.strip()}
        for what, detail in new.items():
            if what in known and known[what].detail == detail:
                continue
            row = PreparationRow(occurrence_id=case.row.id, what=what, detail=detail, confirmed_at=case.now)
            row.by, row.channel = by.who, by.channel
            session.add(row)
            note(
                session,
                case.plan_id,
                case.now,
                "preparation.confirmed",
                occurrence=occurrence,
                by=by,
                old=known[what].detail if what in known else None,
                new=what.value,
                detail=detail,
            )
        session.flush()
        watch_preparations(office, session, case)
        return [what for what in Preparation if what not in known and what not in new]


def report(office: Office, plan_id: str | None, occurrence: str, given: str, text: str, by: Actor) -> None:
    """Record what was given and a short report. Raises Refused when both are empty, or before the day has come."""
    given, text = given.strip()[:MAX_TEXT], text.strip()[:MAX_TEXT]
    if not given and not text:
        raise Refused(f"{occurrence}: the report says nothing")
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        _held(session, case)
        last = latest_minutes(session, case.row.id)
        if last is not None and (last.given, last.report) == (given, text):
            return
        row = MinutesRow(occurrence_id=case.row.id, given=given, report=text, written_at=case.now)
        row.by, row.channel = by.who, by.channel
        session.add(row)
        note(session, case.plan_id, case.now, "report.written", occurrence=occurrence, by=by, detail=given or text)


def people_called(
    office: Office, plan_id: str | None, occurrence: str, unit: str, names: Iterable[str]
) -> dict[str, Person]:
    """The people on a unit's list who bear these names. Raises Unreadable, naming the one that nobody bears."""
    with office.sessions.reading() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        listed = people_named(session, case.row.id).get(UnitId(unit), ())
    by_name = {fold_name(person.name): person for person in reversed(listed)}
    found = {}
    for name in names:
        if fold_name(name) not in by_name:
            raise Unreadable(f"{occurrence}: nobody called {name} is on the list of {unit}")
        found[name] = by_name[fold_name(name)]
    return found


def _held(session: Session, case: Case) -> Quota:
    """Raises Refused while nobody can have come yet."""
    quota = quota_of(case)
    if quota is None:
        raise Refused(f"{case.key}: the plan asks for nobody")
    if case.row.state not in _TAKES_PLACE:
        raise Refused(f"{case.key} is {case.row.state.value}: nobody can have come")
    dates = dates_of(case.proposal(session), case.planned) if case.row.version else None
    if not isinstance(dates, Dated) or case.now.date() < dates.first:
        raise Refused(f"{case.key} has not taken place: attendance and report are entered from its day on")
    return quota


def _says_the_same(one: Marked, before: Mark | None) -> bool:
    if before is None or before.presence is not one.presence:
        return False
    return (one.substitute or "").strip() == (before.substitute.name if before.substitute else "")


def _rows(case: Case, marks: Iterable[Marked], by: Actor) -> Iterable[MarkRow]:
    for one in marks:
        yield MarkRow(
            occurrence_id=case.row.id,
            unit=one.person.unit,
            name=one.person.name,
            birth_year=one.person.birth_year,
            phone=one.person.phone,
            presence=one.presence,
            substitute=one.substitute.strip() if one.substitute else None,
            marked_at=case.now,
            by=by.who,
            channel=by.channel,
        )
