"""What happens to a record that was put back from a backup: it does not know what was done since the backup was made.

So nothing leaves that may have left before, and the head is told, by the one letter that certainly has not.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from dondoc.domain.ids import HEAD
from dondoc.domain.plan import Plan
from dondoc.domain.states import LetterState
from dondoc.domain.wording import luc
from dondoc.mail.letters import RestoredNotice
from dondoc.services import views
from dondoc.services.links import Purpose
from dondoc.services.office import Draft, Office
from dondoc.services.stays import end_all
from dondoc.store.history import Actor, note, raise_problem
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.restores import open_restore
from dondoc.store.tables import LetterRow, LinkRow
from dondoc.store.tables_restores import RestoreRow

RESTORED = "restored"
_GAP = 1_000_000
"""More links than are given out between two backups."""


def mark_restored(office: Office, taken_at: datetime, by: Actor) -> None:
    """Say that the record is that of a backup made at `taken_at`. A restore on top of another replaces it."""
    now = office.clock.now()
    with office.sessions.writing() as session:
        if (before := open_restore(session)) is not None:
            before.ended_at, before.ended_by = now, by.who
        row = RestoreRow(taken_at=taken_at, restored_at=now, restored_by=by.who)
        session.add(row)
        session.flush()
        # On its way when the backup was made: it left or it did not, like those that waited.
        on_the_way = update(LetterRow).where(LetterRow.state.in_((LetterState.QUEUED, LetterState.SENDING)))
        session.execute(on_the_way.values(state=LetterState.QUEUED, claimed_until=None, claimed_boot=None))
        end_all(session, "the record was restored", now)
        plans = active_plans(session)
        if plans:
            _leave_a_gap(session, plans[0].id, now)
        for plan_row in plans:
            _tell(office, session, plan_of(plan_row), row, by)


def _tell(office: Office, session: Session, plan: Plan, row: RestoreRow, by: Actor) -> None:
    now = office.clock.now()
    note(session, plan.id, now, "record.restored", by=by, old=row.taken_at.isoformat(), new=now.isoformat())
    problem = raise_problem(
        session,
        plan.id,
        now,
        f"{RESTORED}/{now:%Y%m%d-%H%M%S}",
        kind=RESTORED,
        detail=f"Khôi phục từ bản sao lưu lúc {luc(row.taken_at)}; thư tạm dừng gửi đến khi đối chiếu xong.",
        by=by,
    )
    if problem is not None:
        problem.told_at = now  # by the letter that follows
    letter = RestoredNotice(
        **views.to_head(office, session, plan, now), taken_at=row.taken_at, restored_at=row.restored_at
    )
    reader = plan.reader_on(now.date())
    key = f"{letter.kind}/{plan.id}/{HEAD}/{now:%Y%m%d-%H%M%S}"
    draft = Draft(letter=letter, key=key, addressee=HEAD, address=reader.email, name=reader.name)
    office.post(session, plan.id, [draft], now)


def _leave_a_gap(session: Session, plan_id: str, now: datetime) -> None:
    """Number new links beyond those that letters of the lost time may bear, for such a link must open nothing."""
    last = (session.scalar(select(func.max(LinkRow.id))) or 0) + _GAP
    session.add(
        LinkRow(
            id=last,
            plan_id=plan_id,
            purpose=Purpose.BOARD.value,
            subject=f"{RESTORED}/{last}",
            address="",
            serial=1,
            issued_at=now,
            expires_at=now,
            revoked_at=now,
            revoked_because="the record was restored",
        )
    )
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT setval(pg_get_serial_sequence('links', 'id'), :last)"), {"last": last})
