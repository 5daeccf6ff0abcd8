"""Alarms: what is wrong with the installation is told to the operator once, and once when it is over.

Whatever looks, writes down what it found; whoever looks next carries on. A letter goes through our own outbox, and the
head's board shows the same, so that an outbox that does not move is seen as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.calendar import WorkingCalendar
from dondoc.domain.rounds import missed_rounds
from dondoc.domain.wording import rut_gon
from dondoc.mail.letters_operator import IncidentsNotice, IncidentView
from dondoc.services import views
from dondoc.services.health import Ailment, ailments
from dondoc.services.office import Draft, Office
from dondoc.store.queries import active_plans, plan_of
from dondoc.store.runs import last_run
from dondoc.store.tables import LetterRow
from dondoc.store.tables_incidents import IncidentRow
from dondoc.store.tables_runs import Work

OPERATOR: Final = "operator"
_RUN: Final = "run/"
_OFF: Final = "off"
_FREQUENT: Final = ("mail-delivery", "response-intake")
_PATIENCE: Final = timedelta(minutes=15)
"""How long a frequent run may be missed before anybody is told: the next one mends it within minutes."""


def report_run(office: Office, flow: str, run: str, state: str, message: str) -> None:
    """A run of ours did not end well; it stays so until a run of that flow does."""
    now = office.clock.now()
    how = {"Crashed": "bị dừng giữa chừng", "TimedOut": "quá thời gian"}.get(state, "không thực hiện được")
    why = f" ({rut_gon(' '.join(message.split()), 300)})" if message.strip() else ""
    said = f"Lần chạy {run} {how}{why}: hãy xem nhật ký trên Prefect nếu lặp lại; lần chạy sau sẽ làm tiếp."
    with office.sessions.writing() as session:
        _open(session, f"{_RUN}{flow}", said, now)


def run_completed(office: Office, flow: str) -> None:
    """A run of that flow went through, so what was wrong with the one before is over."""
    with office.sessions.reading() as session:
        if not any(row.key == f"{_RUN}{flow}" for row in _standing(session)):
            return
    with office.sessions.writing() as session:
        _clear(session, office.clock.now(), lambda key: key == f"{_RUN}{flow}")


def notice_pause(session: Session, now: datetime, calendar: WorkingCalendar) -> None:
    """See whether everything was off so long that rounds were missed; it is over as soon as it is noticed.

    Whoever has made the next round asks, in the transaction that says so, because nobody else could have told.
    """
    last = last_run(session, Work.FOLLOW_UP)
    missed = missed_rounds(local(last), local(now), calendar) if last else 0
    if last and missed:
        said = f"Hệ thống không chạy, bỏ qua {missed} lượt theo dõi, đôn đốc; nay đã làm bù."
        session.add(IncidentRow(key=_OFF, sentence=said, opened_at=last, cleared_at=now))


def watch(office: Office, operator: str, found: Iterable[Ailment]) -> int:
    """Bring the incidents in line with what was `found`, and tell `operator`; return how many letters were written.

    It is told as `tell_operator` does.
    """
    now = office.clock.now()
    ailing = {one.code.value: one for one in found}
    with office.sessions.writing() as session:
        _clear(session, now, lambda key: not key.startswith(_RUN) and key not in ailing)
        for key, one in ailing.items():
            _open(session, key, one.sentence, one.since or now)
    return tell_operator(office, operator)


def tell_operator(office: Office, operator: str) -> int:
    """Write what `operator` has not heard; return how many letters that makes.

    Without an address nothing is told, and all of it as soon as there is one.
    """
    if not operator:
        return 0
    with office.sessions.writing() as session:
        return _tell(office, session, operator, office.clock.now())


def standing_incidents(session: Session, now: datetime) -> tuple[IncidentView, ...]:
    """What is wrong at this moment, whether or not anybody has looked before."""
    runs = (row for row in _standing(session) if row.key.startswith(_RUN) and _is_worth_telling(row, now))
    return (
        *(IncidentView(one.sentence, one.since or now) for one in ailments(session, now)),
        *(_view(row) for row in runs),
    )


def _standing(session: Session) -> Sequence[IncidentRow]:
    return session.scalars(select(IncidentRow).where(IncidentRow.cleared_at.is_(None)).order_by(IncidentRow.id)).all()


def _open(session: Session, key: str, sentence: str, since: datetime) -> None:
    known = next((row for row in _standing(session) if row.key == key), None)
    if known is None:
        session.add(IncidentRow(key=key, sentence=sentence, opened_at=since))
        session.flush()
    elif known.told_at is None:
        known.sentence = sentence


def _clear(session: Session, now: datetime, is_over: Callable[[str], bool]) -> None:
    for row in _standing(session):
        if is_over(row.key):
            row.cleared_at = now


def _is_worth_telling(row: IncidentRow, now: datetime) -> bool:
    """What mends itself within minutes is not."""
    return row.key.removeprefix(_RUN) not in _FREQUENT or now - row.opened_at >= _PATIENCE


def _tell(office: Office, session: Session, operator: str, now: datetime) -> int:
    begun = [row for row in _standing(session) if row.told_at is None and _is_worth_telling(row, now)]
    over = session.scalars(
        select(IncidentRow)
        .where(
            IncidentRow.cleared_at.is_not(None),
            IncidentRow.over_told_at.is_(None),
            or_(IncidentRow.told_at.is_not(None), IncidentRow.key == _OFF),
        )
        .order_by(IncidentRow.id)
    ).all()
    plans = active_plans(session)
    if not (begun or over) or not plans:
        return 0
    plan = plan_of(plans[0])
    letter = IncidentsNotice(
        head=views.head(plan, now.date()),
        change_recipient_url=views.change_recipient(office, "người vận hành"),
        standing=tuple(map(_view, begun)),
        over=tuple(map(_view, over)),
    )
    earlier = session.scalar(select(func.count()).select_from(LetterRow).where(LetterRow.kind == letter.kind)) or 0
    key = f"{letter.kind}/{plan.id}/{OPERATOR}/{earlier + 1}"
    for row in begun:
        row.told_at = now
    for row in over:
        row.over_told_at = now
    return office.post(session, plan.id, [Draft(letter, key, addressee=OPERATOR, address=operator)], now)


def _view(row: IncidentRow) -> IncidentView:
    return IncidentView(row.sentence, local(row.opened_at), local(row.cleared_at) if row.cleared_at else None)
