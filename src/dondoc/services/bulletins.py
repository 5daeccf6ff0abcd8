"""Telling of an occurrence (I.2 "tuyên truyền", Nơi nhận): the head approves the words and names the recipients.

What goes to Thành Đoàn and cấp ủy goes there only so; every recipient hears of a bulletin once, and it is written
down who was told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.domain.plan import Plan, Role
from dondoc.errors import Refused
from dondoc.mail.letters_work import Bulletin
from dondoc.services import views
from dondoc.services.case import Case, open_case
from dondoc.services.office import Draft, Office
from dondoc.services.upward import Address, addresses_of
from dondoc.store.history import Actor, note
from dondoc.store.tables_work import BulletinRow, DistributionRow

MAX_TEXT = 20_000


def publish(
    office: Office,
    plan_id: str | None,
    occurrence: str,
    title: str,
    text: str,
    links: Sequence[str],
    recipients: Sequence[str],
    by: Actor,
) -> int:
    """Send a bulletin to recipients of the plan; return how many letters that makes.

    The same words again reach only those who were not told yet. The group of the units stands for every member's
    contact. Raises Refused for a bulletin that says nothing or reaches nobody, Unreadable for a recipient that the plan
    has not.
    """
    with office.sessions.writing() as session:
        case = open_case(session, plan_id, occurrence, office.clock.now())
        if not title.strip() or not text.strip() or len(text) > MAX_TEXT:
            raise Refused(f"{occurrence}: a bulletin has a title and a text of at most {MAX_TEXT} characters")
        to = [address for recipient in recipients for address in _addresses(case.plan, recipient, case.now)]
        if not to:
            raise Refused(f"{occurrence}: name at least one recipient with an address")
        row = _bulletin(session, case, title.strip(), text.strip(), "\n".join(links), by)
        told = set(session.scalars(select(DistributionRow.recipient).where(DistributionRow.bulletin_id == row.id)))
        fresh = {one.id: one for one in to if one.id not in told}
        if not fresh:
            return 0
        drafts = []
        for address in fresh.values():
            letter = Bulletin(
                head=views.head(case.plan, case.now.date()),
                change_recipient_url=views.change_recipient(office, address.name),
                recipient=address.name,
                title=row.title,
                text=row.text,
                links=tuple(links),
                occurrence_title=case.planned.title,
            )
            key = f"{letter.kind}/{case.key}/{row.number}/{address.id}"
            drafts.append(
                Draft(letter, key, addressee=address.id, address=address.email, name=address.name, occurrence=case.key)
            )
            session.add(
                DistributionRow(
                    bulletin_id=row.id,
                    recipient=address.id,
                    address=address.email,
                    letter=key,
                    decided_at=case.now,
                    decided_by=by.who,
                )
            )
        note(session, case.plan_id, case.now, "bulletin.sent", occurrence=case.key, by=by, new=row.title)
        return office.post(session, case.plan_id, drafts, case.now)


def _bulletin(session: Session, case: Case, title: str, text: str, links: str, by: Actor) -> BulletinRow:
    """The bulletin in these words: the one that was sent before, or the occurrence's next one."""
    of_this = BulletinRow.occurrence_id == case.row.id
    same = (BulletinRow.title == title, BulletinRow.text == text, BulletinRow.links == links)
    if (known := session.scalar(select(BulletinRow).where(of_this, *same))) is not None:
        return known
    last = session.scalar(select(func.max(BulletinRow.number)).where(of_this)) or 0
    row = BulletinRow(
        occurrence_id=case.row.id,
        number=last + 1,
        title=title,
        text=text,
        links=links,
        approved_at=case.now,
        approved_by=by.who,
    )
    session.add(row)
    session.flush()
    return row


def _addresses(plan: Plan, recipient: str, now: datetime) -> Iterator[Address]:
    named = next((one for one in plan.recipients if one.id == recipient), None)
    if named is not None and named.group == "units" and named.email is None:
        for unit in plan.members_on(now.date()):
            for contact in unit.addresses_of(Role.CONTACT, now.date())[:1]:
                yield Address(f"{named.id}/{unit.id}", unit.name_on(now.date()).full, contact.email)
        return
    yield from addresses_of(plan, recipient, None, now)
