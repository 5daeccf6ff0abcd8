"""The letters about what became of an occurrence, drafted from the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy.orm import Session

from dondoc.domain.gathering import Dated, dates_of
from dondoc.domain.ids import HEAD, UnitId
from dondoc.domain.states import ChangeKind, OccurrenceState
from dondoc.domain.wording import thoi_gian
from dondoc.mail.letters_life import OccurrenceChanged
from dondoc.services import views
from dondoc.services.case import Case
from dondoc.services.consult_letters import to_head, to_unit, url_to_answer
from dondoc.services.office import Draft, Office
from dondoc.store.life import latest_change
from dondoc.store.outbox import known_keys
from dondoc.store.people import latest_invitation
from dondoc.store.queries import UNIT, find_occurrence, proposal_of, requests_of_units, units_without
from dondoc.store.tables import RoundRow
from dondoc.store.tables_life import ChangeRow

_BY_CALENDAR = (ChangeKind.MOVED, ChangeKind.POSTPONED)


def untold(session: Session, case: Case, round_row: RoundRow) -> tuple[str, ...]:
    """Who has not heard of the latest thing that became of the occurrence; an addressee is a unit's id, or HEAD.

    Where the day stands in the units' calendars, the letter that changes it there tells of a new day.
    """
    change = latest_change(session, case.row.id)
    if change is None or not change.is_told:
        return ()
    in_calendars = change.kind in _BY_CALENDAR and latest_invitation(session, case.row.id) is not None
    addressees = without_letter(session, case, round_row, _key(case, change, UNIT))
    return tuple(addressee for addressee in addressees if addressee == HEAD or not in_calendars)


def without_letter(session: Session, case: Case, round_row: RoundRow, key: str) -> tuple[str, ...]:
    """Of the head and the units that were asked and can be written to those who have no letter `key` yet; `UNIT` in it
    stands for the addressee.
    """
    heads = key.replace(UNIT, HEAD)
    head = () if heads in known_keys(session, case.plan_id, (heads,)) else (HEAD,)
    return (*head, *(unit for unit in units_without(session, case.row, round_row, key) if is_concerned(case, unit)))


def drafts(office: Office, session: Session, case: Case, addressees: Sequence[str]) -> Iterator[Draft]:
    """Tells what became of the occurrence."""
    change = latest_change(session, case.row.id)
    if change is None:
        return
    shared = _shared(session, case, change)
    requests = requests_of_units(session, case.row, addressees)
    for addressee in addressees:
        key = _key(case, change, addressee)
        if addressee == HEAD:
            head = views.to_head(office, session, case.plan, case.now)
            yield to_head(case, OccurrenceChanged(**head, **shared, unit=None, problem_url=None), key)
        elif (contact := case.contact(addressee)) is not None:
            row = requests[UnitId(addressee)]
            answer_url = url_to_answer(office, session, case, row, contact)
            letter = OccurrenceChanged(**views.to_unit(office, case, row, contact, answer_url), **shared)
            yield to_unit(case, row, contact, letter, key)


def is_concerned(case: Case, unit: str) -> bool:
    """Whether the unit belongs to the cluster and can be written to."""
    return case.unit(unit).is_member_on(case.now.date()) and case.contact(unit) is not None


def _key(case: Case, change: ChangeRow, addressee: str) -> str:
    number = f"/{change.number}" if change.number > 1 else ""
    return f"{OccurrenceChanged.kind}/{case.key}/{addressee}{number}"


def _shared(session: Session, case: Case, change: ChangeRow) -> dict[str, Any]:
    proposal = case.proposal(session)
    dated = isinstance(dates_of(proposal, case.planned), Dated)
    shared: dict[str, Any] = {
        "occurrence": views.occurrence(case, proposal, case.row.version),
        "change": change.kind,
        "reason": change.reason,
        "decision": proposal.decision,
        "changes": views.changes(case, case.proposal(session, change.old_version), proposal),
        "dated": dated and case.row.state is not OccurrenceState.POSTPONED,
        "settled": proposal.is_settled(case.planned),
        "was_agreed": case.row.agreed_at is not None,
        "collects": case.activity.contribution is not None,
    }
    if change.merged_into is not None:
        other = find_occurrence(session, case.plan_id, change.merged_into)
        _, planned = case.plan.occurrence(other.key)
        when = proposal_of(session, other).when if other.version else planned.when
        shared |= {"merged_title": planned.title, "merged_when": thoi_gian(when)}
    return shared
