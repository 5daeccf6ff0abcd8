"""The one door to every page: whoever comes, by a letter's link or signed in, is told apart and let in here, or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException

from dondoc.domain.authority import Capacity, capacities_of, speaks_for
from dondoc.domain.plan import Plan
from dondoc.services import views
from dondoc.services.links import Purpose
from dondoc.services.office import Office
from dondoc.services.stays import stay_of
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import LinkRow, OccurrenceRow, PlanRow, ProblemRow
from dondoc.web.page import Gone, Page, Reply, Upload, Whom
from dondoc.web.rights import PAGES, may
from dondoc.web.visit import Visit

_NOT_TYPED: Final = ("seal", "nonce", "mark", "do", "way", "task", "unit", "transfer", "due", "parts")
"""Fields of forms that nobody writes anything into."""


class NotAllowed(HTTPException):
    """Known, and not allowed to do that: `part` has no right to it, `seal` sends a form that we did not show."""

    def __init__(self, reason: str, typed: tuple[str, ...] = ()) -> None:
        super().__init__(403)
        self.reason = reason
        self.typed = typed
        """What was written into the form that is not taken, so that it is not lost."""


class SignedOut(HTTPException):
    """A page for people who are signed in, and nobody is."""

    def __init__(self, typed: tuple[str, ...] = ()) -> None:
        super().__init__(401)
        self.typed = typed


class Entrance:
    def __init__(self, office: Office) -> None:
        self._office = office

    def by_link(self, page: Page, token: str) -> Visit:
        """Whoever holds a letter's link. Raises Gone, saying why, when it opens nothing, or not this page."""
        now = self._office.clock.now()
        with self._office.sessions.reading() as session:
            link = self._office.links.read(session, token, page.purpose, now)
            plan = plan_of(find_plan(session, link.plan_id)) if isinstance(link, LinkRow) else None
            if plan is not None and isinstance(link, LinkRow):
                if page.kind is not None and not link.subject.startswith(f"{page.kind.value}/"):
                    raise Gone("unknown")
                if capacities := self._capacities(session, plan, link):
                    here = f"/{page.path}/{token}"
                    return Visit(plan.id, link.subject, link.address, capacities, here, token, link.id)
            reason, row = ("revoked", link) if isinstance(link, LinkRow) else (link.reason, link.link)
            raise Gone(reason, self._whom(session, row) if row is not None else None)

    def by_stay(self, page: Page, plan_id: str, subject: str, secret: str, typed: tuple[str, ...] = ()) -> Visit:
        """Whoever is signed in by this cookie. Raises SignedOut, or Gone when there is no such thing to see."""
        stay = stay_of(self._office, secret) if secret else None
        if stay is None:
            raise SignedOut(typed)
        with self._office.sessions.reading() as session:
            row = session.get(PlanRow, plan_id)
            if row is None or plan_id not in stay.parts or not _exists(session, row, page.purpose, subject):
                raise Gone("unknown")
        end = f"/{subject}" if subject else ""
        return Visit(
            plan_id,
            subject or page.purpose.value,
            stay.address,
            stay.parts[plan_id],
            f"/ke-hoach/{plan_id}/{page.path}{end}",
            seal=stay.seal,
            plans=tuple(stay.parts),
        )

    def by_trial(self, page: Page) -> Visit:
        """Whoever reaches the port of a trial machine, in the head's place. Raises Unreadable without a single plan."""
        now = self._office.clock.now()
        with self._office.sessions.reading() as session:
            plan = plan_of(find_plan(session, None))
        address = plan.reader_on(now.date()).email
        capacities = capacities_of(plan, address, now.date())
        return Visit(plan.id, page.purpose.value, address, capacities, f"/{page.path}")

    def reply(
        self, page: Page, visit: Visit, method: str, query: Mapping[str, str], form: Mapping[str, str],
        files: Mapping[str, Upload],
    ) -> Reply:  # fmt: skip
        """What the page says to who came to it. Raises NotAllowed when the table of rights does not let them."""
        act = PAGES[page.path].act("POST" if method == "POST" else "GET", query, form.get("do", ""))
        if not may(visit.capacities, act):
            raise NotAllowed("part")
        if method == "POST" and not visit.sent(form):
            raise NotAllowed("seal", written_in(form))
        return page.reply(method, visit, query, form, files)

    def _capacities(self, session: Session, plan: Plan, link: LinkRow) -> frozenset[Capacity]:
        """In what capacity a link's address acts this day. A unit's link is for the unit, whoever reads its mail."""
        if link.purpose == Purpose.ANSWER.value:
            return frozenset({Capacity.UNIT})
        day = self._office.clock.now().date()
        capacities = capacities_of(plan, link.address, day)
        if link.purpose == Purpose.PROBLEM.value:
            unit = session.scalar(
                select(ProblemRow.unit).where(ProblemRow.plan_id == plan.id, ProblemRow.key == link.subject)
            )
            if speaks_for(plan, link.address, unit, day):
                return capacities | {Capacity.UNIT}
        return capacities

    def _whom(self, session: Session, row: LinkRow) -> Whom:
        plan = plan_of(find_plan(session, row.plan_id))
        return Whom(views.head(plan, self._office.clock.now().date()), self._office.stationery.replies.plain)


def written_in(form: Mapping[str, str]) -> tuple[str, ...]:
    """What a person wrote into a form."""
    return tuple(value for name, value in form.items() if name not in _NOT_TYPED and len(value.strip()) > 3)


def _exists(session: Session, plan: PlanRow, purpose: Purpose, subject: str) -> bool:
    """Whether there is what a page of this kind would be about."""
    match purpose:
        case Purpose.BOARD | Purpose.MONEY:
            return not subject
        case Purpose.PROBLEM:
            found = select(ProblemRow.id).where(ProblemRow.plan_id == plan.id, ProblemRow.key == subject)
        case _:
            found = select(OccurrenceRow.id).where(OccurrenceRow.plan_id == plan.id, OccurrenceRow.key == subject)
    return session.scalar(found) is not None
