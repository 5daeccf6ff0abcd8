"""Reporting a problem to those above the cluster (Nơi nhận: Thành Đoàn, cấp ủy): only when the head says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from dondoc.domain.plan import Plan, Recipient
from dondoc.domain.wording import cap_uy
from dondoc.errors import Refused, Unreadable
from dondoc.mail.letters import ProblemReport
from dondoc.services import problem_letters, views
from dondoc.services.office import Draft, Office
from dondoc.store.history import Actor, note
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import ProblemRow


@dataclass(frozen=True, slots=True)
class Address:
    """One mailbox of a recipient of the plan; a group has several."""

    id: str
    name: str
    email: str


def approve_upward(
    office: Office, plan_id: str | None, problem: str, recipients: Sequence[str], by: Actor, comment: str = ""
) -> int:
    """Report a problem to the named recipients of the plan, as its head decided; return how many letters that makes.

    Each of them hears of a problem once. The party committees are that of the unit that the problem is about, or,
    when it is about none, those of all members. Raises Unreadable for an unknown problem or recipient, Refused for a
    recipient without an address, or when nobody is named who does not know.
    """
    with office.sessions.writing() as session:
        now = office.clock.now()
        plan = plan_of(find_plan(session, plan_id))
        row = session.scalar(select(ProblemRow).where(ProblemRow.plan_id == plan.id, ProblemRow.key == problem))
        if row is None:
            raise Unreadable(f"plan {plan.id} has no problem {problem}")
        addresses = [address for recipient in recipients for address in addresses_of(plan, recipient, row.unit, now)]
        written = office.post(session, plan.id, _drafts(office, plan, row, addresses, comment.strip(), now), now)
        if not written:
            raise Refused(f"{problem}: nobody is named to whom it was not reported already")
        note(
            session,
            plan.id,
            now,
            "problem.report_approved",
            occurrence=row.occurrence,
            unit=row.unit,
            by=by,
            old=row.key,
            new=", ".join(recipients),
            detail=comment.strip(),
        )
        return written


def addresses_of(plan: Plan, recipient_id: str, unit_id: str | None, now: datetime) -> list[Address]:
    """The mailboxes of a recipient; party committees are those of one unit, or of all. Raises Unreadable or Refused."""
    recipient = next((one for one in plan.recipients if one.id == recipient_id), None)
    if recipient is None:
        known = ", ".join(one.id for one in plan.recipients)
        raise Unreadable(f"plan {plan.id} has no recipient {recipient_id} (it has: {known})")
    addresses = list(_mailboxes(plan, recipient, unit_id, now))
    if not addresses:
        raise Refused(f"{recipient_id}: the plan names no address to report to")
    return addresses


def _mailboxes(plan: Plan, recipient: Recipient, unit_id: str | None, now: datetime) -> Iterator[Address]:
    if recipient.email is not None:
        yield Address(recipient.id, recipient.name, recipient.email)
    elif recipient.group == "party_committees":
        for unit in plan.members_on(now.date()):
            if unit.party_committee is not None and unit_id in (None, unit.id):
                name = cap_uy(unit.name_on(now.date()).full)
                yield Address(f"{recipient.id}/{unit.id}", name, unit.party_committee)


def _drafts(
    office: Office, plan: Plan, row: ProblemRow, addresses: Sequence[Address], comment: str, now: datetime
) -> Iterator[Draft]:
    day = now.date()
    titles = {occurrence.id: occurrence.title for _, occurrence in plan.occurrences()}
    names = {unit.id: unit.name_on(day).full for unit in plan.units}
    for address in addresses:
        letter = ProblemReport(
            head=views.head(plan, day),
            change_recipient_url=views.change_recipient(office, address.name),
            recipient=address.name,
            unit_full=names.get(row.unit or ""),
            occurrence_title=titles.get(row.occurrence or ""),
            problem=problem_letters.view(plan, row, "", 1, now),
            comment=comment,
            approved_at=now,
        )
        yield Draft(
            letter=letter,
            key=f"{letter.kind}/{row.key}/{address.id}",
            addressee=address.id,
            address=address.email,
            name=address.name,
            occurrence=row.occurrence,
        )
