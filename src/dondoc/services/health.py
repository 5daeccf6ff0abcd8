"""What is wrong with the installation itself, whoever asks: the probe, the board's banner, the alarms, `dondoc status`.

Cheap enough to ask every ten seconds. What is wrong with the plan's work is a problem (`dondoc problem`), not this.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dondoc.clock import local
from dondoc.domain.states import LetterState
from dondoc.domain.wording import luc
from dondoc.store.database import Sessions
from dondoc.store.outbox import LEASE, due
from dondoc.store.runs import last_runs
from dondoc.store.schema import is_current
from dondoc.store.tables import LetterRow, PauseRow, PlanRow
from dondoc.store.tables_runs import Work

STUCK_AFTER = timedelta(hours=2)
"""How long a letter may wait while no delivery runs through; one that does takes every letter that is due."""
UNREAD_AFTER = timedelta(hours=1)
"""How long the mailbox may go unread; it is read every few minutes."""
NO_RUN_AFTER = timedelta(hours=1)
"""How long nothing at all may run through; something does every few minutes."""
NO_FOLLOW_UP_AFTER = timedelta(hours=48)
"""How long nothing may be followed up: over a weekend it rests for 40 hours."""


class Code(StrEnum):
    """What can be wrong; for programs, which never parse the sentences."""

    DATABASE = "database"
    SCHEMA = "schema"
    DISK = "disk"
    LETTERS_STUCK = "letters_stuck"
    LETTERS_UNKNOWN = "letters_unknown"
    MAILBOX_UNREAD = "mailbox_unread"
    NO_RUNS = "no_runs"
    NO_FOLLOW_UP = "no_follow_up"


@dataclass(frozen=True, slots=True)
class Ailment:
    """One thing that is wrong: what it is, since when, and what to do, in one sentence for people."""

    code: Code
    sentence: str
    since: datetime | None = None
    """None: nobody knows."""


def check_up(sessions: Sessions, now: datetime, data: Path, spare: int) -> tuple[Ailment, ...]:
    """Everything that is wrong. Never raises for what it looks at: that nothing can be read is the first thing to tell.

    `spare`: how many bytes must be free where the data folder lies.
    """
    return (*_of_the_record(sessions, now), *_of_the_disk(data, spare))


def _of_the_record(sessions: Sessions, now: datetime) -> tuple[Ailment, ...]:
    try:
        if not is_current(sessions.engine):
            return (_SCHEMA,)
        with sessions.reading() as session:
            return ailments(session, now)
    except DBAPIError as error:
        why = " ".join(str(error.orig).split())
        return (Ailment(Code.DATABASE, f"Không đọc được cơ sở dữ liệu ({why}): hãy kiểm tra DONDOC_DATABASE_URL."),)


_SCHEMA = Ailment(
    Code.SCHEMA,
    "Cơ sở dữ liệu không đúng phiên bản của chương trình: hãy dừng mọi tiến trình rồi khởi động lại cùng phiên bản.",
)


def ailments(session: Session, now: datetime) -> tuple[Ailment, ...]:
    """What the record itself shows to be wrong."""
    done = last_runs(session)
    return (*_of_letters(session, now, done.get(Work.DELIVERY)), *_of_runs(session, now, done))


def _of_letters(session: Session, now: datetime, delivered: datetime | None) -> Iterator[Ailment]:
    # What a run has taken waits as well: if it dies, nothing has left, and an alarm must not call that over.
    waits = (*due(now + LEASE), LetterRow.created_at <= now - STUCK_AFTER)
    stuck, since = session.execute(select(func.count(), func.min(LetterRow.created_at)).where(*waits)).one()
    if stuck and (delivered is None or now - delivered >= STUCK_AFTER):
        paused = session.scalars(select(PauseRow.reason).where(PauseRow.until > now)).first()
        why = f" (máy chủ thư: {' '.join(paused.split())})" if paused else ""
        said = f"{stuck} thư chờ gửi, lâu nhất từ {luc(since)}{why}: hãy xem lần chạy mail-delivery gần nhất."
        yield Ailment(Code.LETTERS_STUCK, said, local(since))
    unknown, since = session.execute(
        select(func.count(), func.min(LetterRow.settled_at)).where(LetterRow.state == LetterState.UNKNOWN)
    ).one()
    if unknown:
        said = (
            f"{unknown} thư không rõ đã đến hay chưa: hãy hỏi người nhận, rồi ghi lại bằng "
            "dondoc deliver --arrived hoặc --again."
        )
        yield Ailment(Code.LETTERS_UNKNOWN, said, local(since))


def _of_runs(session: Session, now: datetime, done: Mapping[Work, datetime]) -> Iterator[Ailment]:
    begun = session.scalar(select(func.min(PlanRow.loaded_at)))
    if begun is None:
        return  # nothing to run for yet
    read = done.get(Work.INTAKE, begun)
    if now - read >= UNREAD_AFTER:
        said = f"Hộp thư trả lời chưa được đọc từ {luc(read)}: hãy xem lần chạy response-intake gần nhất."
        yield Ailment(Code.MAILBOX_UNREAD, said, local(read))
    any_run = max(done.values(), default=begun)
    if now - any_run >= NO_RUN_AFTER:
        said = f"Không lần chạy nào hoàn thành từ {luc(any_run)}: hãy kiểm tra Prefect và tiến trình worker."
        yield Ailment(Code.NO_RUNS, said, local(any_run))
    followed = done.get(Work.FOLLOW_UP, begun)
    if now - followed >= NO_FOLLOW_UP_AFTER:
        said = f"Việc theo dõi, đôn đốc chưa chạy từ {luc(followed)}: hãy xem lịch chạy follow-up."
        yield Ailment(Code.NO_FOLLOW_UP, said, local(followed))


def _of_the_disk(data: Path, spare: int) -> Iterator[Ailment]:
    free = shutil.disk_usage(data).free
    if free < spare:
        said = f"Ổ đĩa chứa {data} còn trống {free >> 20} MB, dưới mức {spare >> 20} MB: hãy giải phóng dung lượng."
        yield Ailment(Code.DISK, said)
