"""The letters of a consultation, drafted from the record: to the units, to their secretaries, to the head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import HEAD, UnitId
from dondoc.domain.plan import Contact, Role
from dondoc.domain.states import Decision, RoundState, Verdict
from dondoc.mail.letters import (
    AnswerConfirmation,
    AnswerView,
    AskedAgain,
    ConsultationEscalation,
    ConsultationOutcome,
    ConsultationReminder,
    ConsultationRequest,
    DecisionNeeded,
    LateAnswerNotice,
    Letter,
    ObjectionNotice,
    Others,
    shorten,
)
from dondoc.services import views
from dondoc.services.case import Case, unreached
from dondoc.services.office import Draft, Office
from dondoc.store.queries import Asked, latest_round, previous_round, requests_of_units
from dondoc.store.tables import RequestRow, ResponseRow, RoundRow

REQUEST = ConsultationRequest.kind
CONFIRMATION = AnswerConfirmation.kind


def request(office: Office, session: Session, case: Case, round_row: RoundRow, row: RequestRow) -> Draft | None:
    """Asks one unit's opinion; None when the plan names no address for it."""
    if (contact := case.contact(row.unit)) is None:
        return None
    proposal = case.proposal(session, round_row.version)
    answer_url = url_to_answer(office, session, case, row, contact)
    letter = ConsultationRequest(
        **views.to_unit(office, case, row, contact, answer_url),
        occurrence=views.occurrence(case, proposal, round_row.version),
        due_at=local(row.due_at),
        assignments=views.assignments_of(case, row.unit),
        share=views.share_of(proposal, row.unit),
        answer_url=answer_url,
        again=_again(session, case, round_row, row),
    )
    return to_unit(case, row, contact, letter, asking_key(case, row), only_while_open=True, is_reply=False)


def asking_key(case: Case, row: RequestRow) -> str:
    """The key of the letter that asked last."""
    return f"{REQUEST}/{case.key}/{row.unit}" + ("" if row.asking == 1 else f"/{row.asking}")


def _again(session: Session, case: Case, round_row: RoundRow, row: RequestRow) -> AskedAgain | None:
    if row.asking == 1:
        return None
    if row.because is not None:
        return AskedAgain(row.because)
    if round_row.reopened_at is not None:
        return AskedAgain(round_row.reopened_reason or "")
    before = previous_round(session, round_row)
    if before is None:
        return None
    return AskedAgain(
        reason=before.decision_reason or "",
        changes=views.changes(case, case.proposal(session, before.version), case.proposal(session, round_row.version)),
        earlier=views.earlier_verdict(session, row, before),
    )


def reminder(office: Office, session: Session, case: Case, round_row: RoundRow, row: RequestRow) -> Draft | None:
    """Reminds a unit that still owes its answer; None when the plan names no address for it."""
    if (contact := case.contact(row.unit)) is None:
        return None
    answer_url = url_to_answer(office, session, case, row, contact)
    letter = ConsultationReminder(
        **views.to_unit(office, case, row, contact, answer_url),
        occurrence=views.occurrence(case, case.proposal(session, round_row.version), round_row.version),
        due_at=local(row.due_at),
        number=row.reminded,
        overdue=case.now >= row.due_at,
        answer_url=answer_url,
    )
    number = f"{row.reminded}" if row.asking == 1 else f"{row.asking}.{row.reminded}"
    key = f"{letter.kind}/{case.key}/{row.unit}/{number}"
    return to_unit(case, row, contact, letter, key, only_while_open=True)


def to_secretary(office: Office, session: Session, case: Case, round_row: RoundRow, row: RequestRow) -> Draft | None:
    """Tells the unit's secretary that its contact does not answer; None when the plan names no secretary."""
    secretary = case.contact(row.unit, Role.SECRETARY)
    if secretary is None:
        return None
    contact = case.contact(row.unit)
    answer_url = url_to_answer(office, session, case, row, secretary)
    letter = ConsultationEscalation(
        **views.to_unit(office, case, row, secretary, answer_url),
        occurrence=views.occurrence(case, case.proposal(session, round_row.version), round_row.version),
        due_at=local(row.due_at),
        overdue=case.now >= row.due_at,
        asked_at=local(row.asked_at),
        contact_address=contact.email if contact else None,
        reminders=row.reminded,
        undelivered=bool(unreached(session, case, [UnitId(row.unit)])),
        answer_url=answer_url,
    )
    key = f"{letter.kind}/{case.key}/{row.unit}" + ("" if row.asking == 1 else f"/{row.asking}")
    return to_unit(case, row, secretary, letter, key, only_while_open=True)


def after_answer(
    office: Office,
    session: Session,
    case: Case,
    round_row: RoundRow,
    row: RequestRow,
    response: ResponseRow,
    *,
    confirm: bool,
) -> Iterator[Draft]:
    """What an answer in a round calls for: a confirmation, and word to the head of an objection or of a late answer."""
    view = views.occurrence(case, case.proposal(session, response.version), response.version)
    answer = views.answer(case, row.unit, response)
    is_open = round_row.state is RoundState.OPEN
    if confirm and (contact := case.contact(row.unit)) is not None:
        answer_url = url_to_answer(office, session, case, row, contact)
        confirmation = AnswerConfirmation(
            **views.to_unit(office, case, row, contact, answer_url),
            occurrence=view,
            answer=answer,
            by=response.by,
            evidence=response.evidence,
            due_at=local(row.due_at),
            change_url=answer_url if is_open else None,
        )
        key = f"{confirmation.kind}/{case.key}/{row.unit}/{response.number}"
        yield to_unit(case, row, contact, confirmation, key)
    if response.late:
        late = LateAnswerNotice(
            **views.to_head(office, session, case.plan, case.now),
            unit=views.unit(case, row.unit),
            occurrence=view,
            answer=answer,
            closed_at=local(round_row.closed_at or case.now),
            decide_url=_decide_url(office, session, case),
        )
        yield to_head(case, late, f"{late.kind}/{case.key}/{row.unit}/{response.number}")
    elif response.verdict is Verdict.OBJECT:
        objection = ObjectionNotice(
            **views.to_head(office, session, case.plan, case.now),
            unit=views.unit(case, row.unit),
            occurrence=view,
            answer=answer,
            due_at=local(round_row.due_at),
            decide_url=_decide_url(office, session, case),
        )
        yield to_head(case, objection, f"{objection.kind}/{case.key}/{row.unit}/{response.number}")


def decision_needed(office: Office, session: Session, case: Case, state: Asked) -> Draft:
    """Puts a round that closed without agreement before the head."""
    letter = DecisionNeeded(
        **views.to_head(office, session, case.plan, case.now),
        occurrence=views.occurrence(case, case.proposal(session, state.row.version), state.row.version),
        closed_at=local(state.row.closed_at or case.now),
        answers=views.answers(case, state, unreached(session, case, state.round.waiting())),
        decide_url=_decide_url(office, session, case),
    )
    return to_head(case, letter, f"{letter.kind}/{case.key}/{HEAD}{_ending(state.row)}")


def outcome_key(case: Case, row: RoundRow, addressee: str) -> str:
    return f"{ConsultationOutcome.kind}/{case.key}/{addressee}{_ending(row)}"


Shown: TypeAlias = tuple[tuple[AnswerView, ...], Others]
"""The answers as letters to many show them."""


def shown(case: Case, state: Asked) -> Shown:
    """What was answered; read once for all the letters that show it, for it is about every unit."""
    return shorten(views.answers(case, state))


def outcomes(
    office: Office, session: Session, case: Case, round_row: RoundRow, answers: Shown, addressees: Sequence[str]
) -> Iterator[Draft]:
    """Tells how the consultation ended; an addressee is a unit's id, or HEAD."""
    proposal = case.proposal(session)
    requests = requests_of_units(session, case.row, addressees)
    shared: dict[str, Any] = {
        "occurrence": views.occurrence(case, proposal, case.row.version),
        "decision": round_row.decision,
        "reason": round_row.decision_reason or "",
        "answers": answers[0],
        "others": answers[1],
        "settled": proposal.is_settled(case.planned),
    }
    for addressee in addressees:
        key = outcome_key(case, round_row, addressee)
        if addressee == HEAD:
            head = views.to_head(office, session, case.plan, case.now)
            letter = ConsultationOutcome(**head, **shared, unit=None, problem_url=None)
            yield to_head(case, letter, key)
        elif (contact := case.contact(addressee)) is not None:
            row = requests[UnitId(addressee)]
            answer_url = url_to_answer(office, session, case, row, contact)
            letter = ConsultationOutcome(**views.to_unit(office, case, row, contact, answer_url), **shared)
            yield to_unit(case, row, contact, letter, key)


def carried(office: Office, session: Session, case: Case, before: Asked, units: Iterable[UnitId]) -> Iterator[Draft]:
    """Tells units that had agreed what was changed, and that their answer stays valid."""
    after = latest_round(session, case.row)
    assert after is not None  # noqa: S101 - the round that follows the revision was just opened
    old, new = case.proposal(session, before.row.version), case.proposal(session)
    answers, others = shown(case, before)
    changes = views.changes(case, old, new)
    for unit in units:
        if (contact := case.contact(unit)) is None:
            continue
        row = before.requests[unit]
        answer_url = url_to_answer(office, session, case, row, contact)
        letter = ConsultationOutcome(
            **views.to_unit(office, case, row, contact, answer_url),
            occurrence=views.occurrence(case, new, case.row.version),
            decision=Decision.REVISE,
            reason=before.row.decision_reason or "",
            answers=answers,
            others=others,
            settled=new.is_settled(case.planned),
            changes=changes,
            due_at=local(after.due_at),
            carried=before.counting[unit].verdict,
            answer_url=answer_url,
        )
        yield to_unit(case, row, contact, letter, outcome_key(case, before.row, unit))


def _ending(row: RoundRow) -> str:
    """What tells this ending from earlier ones of the same occurrence; nothing for the usual, only one."""
    if row.endings > 1:
        return f"/{row.number}.{row.endings}"
    return f"/{row.number}" if row.number > 1 else ""


def url_to_answer(office: Office, session: Session, case: Case, row: RequestRow, contact: Contact) -> str:
    return office.links.answer(session, case.plan_id, row.key, contact.email, now=case.now, due_at=row.due_at)


def _decide_url(office: Office, session: Session, case: Case) -> str:
    return office.links.decide(session, case.plan_id, case.key, case.reader().email, now=case.now)


def to_unit(
    case: Case,
    row: RequestRow,
    contact: Contact,
    letter: Letter,
    key: str,
    *,
    only_while_open: bool = False,
    is_reply: bool = True,
) -> Draft:
    return Draft(
        letter=letter,
        key=key,
        addressee=row.unit,
        address=contact.email,
        name=contact.name or case.unit(row.unit).name_on(case.now.date()).full,
        occurrence=case.key,
        request_id=row.id,
        asking=row.asking,
        only_while_open=only_while_open,
        thread=asking_key(case, row) if is_reply else None,
    )


def to_head(case: Case, letter: Letter, key: str) -> Draft:
    reader = case.reader()
    return Draft(letter=letter, key=key, addressee=HEAD, address=reader.email, name=reader.name, occurrence=case.key)


__all__ = [
    "CONFIRMATION",
    "REQUEST",
    "after_answer",
    "carried",
    "decision_needed",
    "outcome_key",
    "outcomes",
    "reminder",
    "request",
    "shown",
    "to_secretary",
]
