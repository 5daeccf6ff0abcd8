"""How the record is shown in letters: names, facts and answers as of a day."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.ids import Dong, OccurrenceId, UnitId
from dondoc.domain.plan import Activity, Contact, Head, Plan, PlannedOccurrence, Substitute
from dondoc.domain.proposal import Aspect, Proposal, differences
from dondoc.domain.states import Verdict
from dondoc.domain.wording import dia_diem, kinh_phi, quy, thoi_gian
from dondoc.mail.letters import AnswerView, ChangeView, HeadView, OccurrenceView, PersonView, StandInView, UnitView
from dondoc.services.case import Case
from dondoc.services.office import Office
from dondoc.store.queries import Asked
from dondoc.store.tables import RequestRow, ResponseRow, RoundRow


def unit(case: Case, unit_id: str) -> UnitView:
    """A unit under the name that it bears that day."""
    found = case.unit(unit_id)
    name = found.name_on(case.now.date())
    return UnitView(found.unit_id, name.full, name.short)


def to_unit(office: Office, case: Case, row: RequestRow, contact: Contact, answer_url: str) -> dict[str, Any]:
    """The fields that every letter to a unit has."""
    return {
        "head": head(case.plan, case.now.date()),
        "change_recipient_url": change_recipient(office, unit(case, row.unit).full),
        "unit": unit(case, row.unit),
        "person": PersonView(contact.name, contact.title) if contact.name else None,
        "problem_url": office.links.report_url(answer_url),
    }


def to_head(
    office: Office, session: Session, plan: Plan, now: datetime, reader: Head | Substitute | None = None
) -> dict[str, Any]:
    """The fields that every letter to the head has; `reader` when it is not who reads the head's letters that day."""
    person = reader or plan.reader_on(now.date())
    away = isinstance(person, Substitute)
    return {
        "head": head(plan, now.date()),
        "change_recipient_url": change_recipient(office, plan.cluster),
        "board_url": office.links.board(session, plan.id, person.email, now=now),
        "stands_in": StandInView(person.name, person.title, person.until) if away else None,
    }


def head(plan: Plan, day: date) -> HeadView:
    person = plan.head_on(day)
    return HeadView(person.name, person.title, plan.unit(person.unit).name_on(day).full, plan.cluster)


def change_recipient(office: Office, whose: str) -> str:
    """A letter to the office, begun."""
    return f"mailto:{office.stationery.replies.plain}?subject={quote(f'Đổi người nhận thư: {whose}')}"


def occurrence(case: Case, proposal: Proposal, version: int) -> OccurrenceView:
    """The version of the proposal that `proposal` is."""
    if version not in case.views:
        case.views[version] = _occurrence(case, proposal, version)
    return case.views[version]


def _occurrence(case: Case, proposal: Proposal, version: int) -> OccurrenceView:
    return OccurrenceView(
        id=OccurrenceId(case.key),
        title=proposal.title,
        short_title=short_title(case),
        clause=case.activity.clause,
        when_text=thoi_gian(proposal.when),
        place_text=dia_diem(proposal.place),
        contents=tuple(content.text for content in case.activity.contents),
        contribution_text=_contribution(case, proposal),
        version=version,
        note=proposal.note,
    )


def short_title(case: Case) -> str:
    return short_title_of(case.activity, case.planned)


def short_title_of(activity: Activity, planned: PlannedOccurrence) -> str:
    """How a subject line calls the occurrence; of visits the quarter tells which."""
    quarter = planned.quarter
    return f"{activity.short_title} {quy(quarter)}" if quarter else activity.short_title


def assignments_of(case: Case, unit_id: str) -> tuple[str, ...]:
    """What the plan puts a unit in charge of ("Phân công thực hiện")."""
    return tuple(a.text for a in case.activity.assignments if unit_id in a.units)


def share_of(proposal: Proposal, unit_id: str) -> Dong:
    return proposal.contribution.share_of(unit_id) if proposal.contribution else Dong(0)


def changes(case: Case, old: Proposal, new: Proposal) -> tuple[ChangeView, ...]:
    """What differs, in words."""
    return tuple(
        ChangeView(aspect, _aspect(case, old, aspect), _aspect(case, new, aspect) or "")
        for aspect in differences(old, new)
    )


def _aspect(case: Case, proposal: Proposal, aspect: Aspect) -> str | None:
    match aspect:
        case Aspect.WHEN:
            return thoi_gian(proposal.when)
        case Aspect.PLACE:
            return dia_diem(proposal.place)
        case Aspect.CONTRIBUTION:
            return _contribution(case, proposal)
        case Aspect.NOTE:
            return proposal.note


def _contribution(case: Case, proposal: Proposal) -> str | None:
    if proposal.contribution is None:
        return None
    return kinh_phi(proposal.contribution, lambda unit_id: unit(case, unit_id).short)


def answer(case: Case, unit_id: str, response: ResponseRow, *, counts: bool = False) -> AnswerView:
    """What was answered; `counts`: it came late, but the round was reopened after it."""
    return AnswerView(
        unit_short=unit(case, unit_id).short,
        verdict=response.verdict,
        comment=response.comment,
        channel=response.channel,
        answered_at=local(response.received_at),
        late=response.late and not counts,
    )


def answers(case: Case, state: Asked, unreached: Collection[UnitId] = ()) -> tuple[AnswerView, ...]:
    """Every unit asked, with the answer that counts, or the one that came too late to count."""
    return tuple(_answer_of(case, state, unit_id, unit_id in unreached) for unit_id in state.requests)


def _answer_of(case: Case, state: Asked, unit_id: UnitId, unreached: bool) -> AnswerView:
    if (counting := state.counting.get(unit_id)) is not None:
        return answer(case, unit_id, counting, counts=True)
    if (late := state.latest.get(unit_id)) is not None:
        return answer(case, unit_id, late)
    return AnswerView(unit_short=unit(case, unit_id).short, unreached=unreached)


def earlier_verdict(session: Session, row: RequestRow, before: RoundRow) -> Verdict | None:
    """What the unit had answered up to an earlier round."""
    return session.scalar(
        select(ResponseRow.verdict)
        .where(ResponseRow.request_id == row.id, ResponseRow.round <= before.number)
        .order_by(ResponseRow.number.desc())
        .limit(1)
    )
