"""What units, the treasurer and the head do in a play; what a rule refuses changes nothing, and the play goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, TypeVar

from sqlalchemy import select

from dondoc.domain.gathering import Preparation
from dondoc.domain.participants import Presence
from dondoc.domain.proposal import Revision
from dondoc.domain.states import Channel, MessageState, ProblemState, RequestKind, RequestState, Severity, Verdict
from dondoc.errors import Refused
from dondoc.services import attending, claims, held, held_mail, working
from dondoc.services.acts import Said, act
from dondoc.services.answers import Answer, record
from dondoc.services.attending import Marked
from dondoc.services.naming import Given, name
from dondoc.services.people_overview import gathering
from dondoc.services.upward import approve_upward
from dondoc.store.history import Actor
from dondoc.store.tables import MessageRow, OccurrenceRow, ProblemRow, RequestRow, RoundRow
from tests.integration.office import HEAD, PLAN
from tests.integration.people import people
from tests.machine.core import Core

T = TypeVar("T")
FIRST: Final = "visit-2024-q1"
VERDICTS: Final = {
    Verdict.AGREE: "Nhất trí",
    Verdict.COMMENT: "Nhất trí, đề nghị đi sớm hơn",
    Verdict.OBJECT: "Không nhất trí vì trùng lịch họp",
    Verdict.ABSTAIN: "Không tham gia ý kiến",
}


@contextmanager
def may_be_refused() -> Iterator[None]:
    try:
        yield
    except Refused:
        return


def one_of(things: Sequence[T], pick: int) -> T | None:
    return things[pick % len(things)] if things else None


# units


def asked(core: Core, *, is_open: bool = True) -> list[RequestRow]:
    """What is asked, or was; everything that was asked can be answered again."""
    with core.desk.office.sessions.reading() as session:
        rows = session.scalars(select(RequestRow).order_by(RequestRow.id)).all()
    return [row for row in rows if not is_open or row.state is RequestState.OPEN]


def answer(core: Core, row: RequestRow, verdict: Verdict, amount: int) -> None:
    """On the unit's page. `amount` is how many people it names, and how far its work is."""
    office, by = core.desk.office, Actor(f"{row.unit}@example.org", Channel.WEB)
    source = f"web/{core.next()}"
    is_yes = verdict is not Verdict.OBJECT
    with may_be_refused():
        match row.kind:
            case RequestKind.OPINION:
                said = Answer(row.key, verdict, VERDICTS[verdict], by=by.who, channel=Channel.WEB, source=source)
                record(office, PLAN, said)
            case RequestKind.PARTICIPANTS:
                name(office, PLAN, row.key, Given(people(row.unit, amount), by, source))
            case RequestKind.ASSIGNMENT:
                working.answer(office, PLAN, row.key, accepted=is_yes, reason="Lý do", said=working.Said(by, source))
            case RequestKind.REPORT:
                working.report(office, PLAN, row.key, "Đã hoàn thành.", "", working.Said(by, source))
            case RequestKind.CONTRIBUTION:
                claims.claim(office, PLAN, row.key, claims.Claim(core.today, "", by.who, source), by)


def everyone_agrees(core: Core) -> None:
    for row in asked(core):
        if row.kind is RequestKind.OPINION:
            answer(core, row, Verdict.AGREE, 0)


def reply(core: Core, row: RequestRow, verdict: Verdict, amount: int, sender: str | None) -> None:
    """By mail, below the letter."""
    match row.kind:
        case RequestKind.OPINION:
            text = VERDICTS[verdict]
        case RequestKind.PARTICIPANTS:
            text = "\n".join(f"{n}. {p.name}, {p.birth_year}" for n, p in enumerate(people(row.unit, amount), 1))
        case RequestKind.ASSIGNMENT:
            text = "Nhất trí" if verdict is not Verdict.OBJECT else "Không nhất trí vì thiếu lực lượng"
        case RequestKind.REPORT:
            text = "Đơn vị đã hoàn thành các nội dung được phân công, không có vướng mắc."
        case RequestKind.CONTRIBUTION:
            text = f"Đã chuyển khoản ngày {core.today:%d/%m/%Y}"
    core.replied(row.key, row.unit, text, sender)


# the head


def under_way(core: Core) -> str:
    """What was opened last."""
    opened = select(OccurrenceRow.key).join(RoundRow, RoundRow.occurrence_id == OccurrenceRow.id)
    with core.desk.office.sessions.reading() as session:
        return session.scalars(opened.order_by(RoundRow.id.desc())).first() or FIRST


def decide(core: Core, do: str, occurrence: str, into: str, in_days: int, each: int, *, material: bool) -> None:
    day = core.today + timedelta(in_days)
    revision = Revision(
        day=None if do in ("held", "postpone") and in_days % 2 else day,
        place="Xã Tân Thông Hội" if occurrence.startswith("ky") else None,
        each=each or None,
        decision="245-KH" if do == "set-date" else None,
        material=material,
    )
    with may_be_refused():
        act(core.desk.office, PLAN, occurrence, do, Said("Lý do", revision, into), HEAD)


def makes_ready(core: Core, occurrence: str, owner: str | None) -> None:
    """What nobody does yet is given to a unit, or waived; everything is prepared, and the day is known."""
    for content in ("tang-qua", "ban-giao", "dich-vu-cong") if occurrence == "ky-nghi-hong-2024" else ():
        with may_be_refused():
            working.hand_over(core.desk.office, PLAN, occurrence, content, owner, "Lý do", HEAD)
    with may_be_refused():
        attending.prepare(core.desk.office, PLAN, occurrence, dict.fromkeys(Preparation, "Đã xong"), HEAD)
    decide(core, "set-date", occurrence, "", 12, 0, material=False)


def roll_call(core: Core, occurrence: str, unit: str, presence: Presence) -> None:
    """Who stands on a unit's list came, or did not."""
    office = core.desk.office
    with may_be_refused():
        listed = next((u.selection.taken for u in gathering(office, PLAN, occurrence).units if u.unit == unit), ())
        marks = [
            Marked(person, presence, "Người khác" if presence is Presence.SUBSTITUTE else None) for person in listed
        ]
        attending.mark(office, PLAN, occurrence, unit, marks, HEAD)
        attending.report(office, PLAN, occurrence, "Quà", "Đã tổ chức", HEAD)


def report_problem(core: Core, unit: str, occurrence: str | None, severity: Severity) -> None:
    with may_be_refused():
        held.raise_by_hand(
            core.desk.office,
            PLAN,
            unit,
            "Không có xe",
            occurrence=occurrence,
            severity=severity,
            by=Actor(unit, Channel.WEB),
            source=f"problem/{core.next()}",
        )


def unsettled(core: Core) -> list[ProblemRow]:
    with core.desk.office.sessions.reading() as session:
        return list(
            session.scalars(select(ProblemRow).where(ProblemRow.state != ProblemState.RESOLVED).order_by(ProblemRow.id))
        )


def look_after(core: Core, problem: str, do: str) -> None:
    """Acknowledge, resolve, or report it up."""
    with may_be_refused():
        if do == "report_up":
            approve_upward(core.desk.office, PLAN, problem, ["thanh-doan-van-phong"], HEAD)
        else:
            held.settle(core.desk.office, PLAN, problem, do, HEAD)


def read_held_mail(core: Core, pick: int, do: str, verdict: Verdict) -> None:
    """The head looks at a message that nobody could read, or whose sender nobody knew."""
    with core.desk.office.sessions.reading() as session:
        waiting = session.scalars(
            select(ProblemRow.key)
            .join(MessageRow, ProblemRow.key.endswith("/" + MessageRow.id.cast(ProblemRow.key.type)))
            .where(MessageRow.state == MessageState.HELD, ProblemRow.kind.in_(_ABOUT_MAIL))
            .order_by(ProblemRow.id)
        ).all()
    if (problem := one_of(waiting, pick)) is None:
        return
    with may_be_refused():
        match do:
            case "confirm":
                held_mail.confirm_sender(core.desk.office, PLAN, problem, HEAD)
            case "count":
                held_mail.count_as(core.desk.office, PLAN, problem, verdict, HEAD)
            case _:
                held_mail.dismiss(core.desk.office, PLAN, problem, HEAD)


_ABOUT_MAIL: Final = ("unknown_sender", "unclear_reply", "conditional_reply")
