"""A decision rests on what its maker has seen: what was said and decided since then is looked at first."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select

from dondoc.services.office import Office
from dondoc.store.history import Actor
from dondoc.store.tables import HistoryRow

_DECIDED = {
    "proceed": ("consultation.proceed",),
    "revise": ("consultation.revise",),
    "reopen": ("consultation.reopened",),
    "cancel": ("occurrence.cancelled",),
    "set-date": ("occurrence.moved",),
    "postpone": ("occurrence.postponed", "occurrence.moved"),
    "skip": ("occurrence.skipped",),
    "merge": ("occurrence.merged",),
    "held": ("occurrence.held",),
    "evaluate": ("occurrence.evaluated",),
}
_NEWS = (
    "response.recorded",
    "response.late",
    "consultation.cancel",
    *{event for events in _DECIDED.values() for event in events},
)


@dataclass(frozen=True, slots=True)
class News:
    """An answer or a decision about an occurrence."""

    event: str
    who: str
    said: str

    def is_decision(self, action: str, reason: str, by: Actor) -> bool:
        """Whether it is this very decision: the same form, sent twice."""
        return self.event in _DECIDED.get(action, ()) and (self.who, self.said) == (by.who, reason.strip())


def last_seen(office: Office, plan_id: str, occurrence: str) -> int:
    """The mark of whoever looks at the occurrence now; 0 when nothing has happened yet."""
    with office.sessions.reading() as session:
        return session.scalar(select(func.max(HistoryRow.id)).where(*_about(plan_id, occurrence))) or 0


def news_since(office: Office, plan_id: str, occurrence: str, mark: int) -> tuple[News, ...]:
    """The answers and decisions that came after the mark, in order."""
    with office.sessions.reading() as session:
        rows = session.scalars(
            select(HistoryRow)
            .where(*_about(plan_id, occurrence), HistoryRow.id > mark, HistoryRow.event.in_(_NEWS))
            .order_by(HistoryRow.id)
        )
        return tuple(News(row.event, row.who, row.detail) for row in rows)


def _about(plan_id: str, occurrence: str) -> tuple[ColumnElement[bool], ...]:
    return HistoryRow.plan_id == plan_id, HistoryRow.occurrence == occurrence
