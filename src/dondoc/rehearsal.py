"""A rehearsal's folder: what is played is written there as lines of JSON, letters and a database."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from dondoc.clock import ZONE, SetClock, local
from dondoc.config import Settings
from dondoc.domain.plan import Plan
from dondoc.domain.states import LetterState
from dondoc.errors import Refused, Unreadable
from dondoc.planfile import load_plan
from dondoc.runtime import build_office
from dondoc.services.ledger_lines import ledger_lines
from dondoc.services.rehearse import Rehearsal, play
from dondoc.services.script import Script, Step
from dondoc.store.database import Sessions, open_engine, reachable
from dondoc.store.exports import problem_lines, request_lines
from dondoc.store.outbox import Claimed
from dondoc.store.schema import migrate
from dondoc.store.tables import HistoryRow, LetterRow, OccurrenceRow, RoundRow
from dondoc.yamlfile import read_model

_MARK = "letters.jsonl"
_OURS = (_MARK, "events.jsonl", "requests.jsonl", "problems.jsonl", "ledger.jsonl", "dondoc.db", "maildir")
_KEY = "a rehearsal signs with a key that everybody knows, because its links lead nowhere"


@dataclass(frozen=True, slots=True)
class Consulted:
    """How one occurrence's consultation went."""

    occurrence: str
    state: str
    opened_on: date | None
    due_on: date | None
    rounds: int
    outcome: str | None
    decision: str | None
    letters: int


@dataclass(frozen=True, slots=True)
class Summary:
    """A rehearsal in short."""

    plan: str
    first: date
    last: date
    letters: int
    problems: int
    refused_steps: int
    consultations: tuple[Consulted, ...]


def rehearse_into(
    folder: Path, plan: Plan, script_file: Path | None, first: date, last: date, on_day: Callable[[date], None]
) -> Summary:
    """Play the plan into `folder`, replacing what an earlier rehearsal left there.

    Raises Refused when the folder holds anything else, Unreadable for a script that is not one, or when the folder
    takes no more.
    """
    steps = read_model(script_file, Script).root if script_file else ()
    try:
        _clear(folder)
        engine = open_engine(f"sqlite:///{folder / 'dondoc.db'}", durable=False)
        with ExitStack() as at_end:
            at_end.callback(engine.dispose)
            at_end.enter_context(reachable(engine))
            return _play_into(folder, engine, plan, script_file, steps, first, last, on_day)
    except OSError as error:
        raise Unreadable(f"{error.filename or folder} cannot be written: {error.strerror}") from None


def _play_into(
    folder: Path,
    engine: Engine,
    plan: Plan,
    script_file: Path | None,
    steps: tuple[Step, ...],
    first: date,
    last: date,
    on_day: Callable[[date], None],
) -> Summary:
    migrate(engine)
    clock = SetClock(datetime(first.year, first.month, first.day, tzinfo=ZONE))
    office = build_office(Settings.model_construct(**_settings(folder)), Sessions(engine), clock)
    with (folder / _MARK).open("w", encoding="utf-8") as letters:
        rehearsal = Rehearsal(
            office=office,
            clock=clock,
            maildir=folder / "maildir",
            load=lambda path: load_plan((script_file or Path()).parent / path),
            raw=lambda path: _bytes((script_file or Path()).parent / path),
            on_sent=lambda row: letters.write(_line(_letter(row, clock.now()))),
            on_day=on_day,
        )
        play(rehearsal, plan, steps, first, last)
    with office.sessions.reading() as session:
        _write(folder / "events.jsonl", _events(session))
        _write(folder / "requests.jsonl", request_lines(session))
        _write(folder / "problems.jsonl", problem_lines(session))
        _write(folder / "ledger.jsonl", ledger_lines(session))
        return _summary(session, plan, first, last)


def _settings(folder: Path) -> dict[str, Any]:
    """The defaults, whatever the environment says: a rehearsal must not depend on the machine."""
    defaults = {name: field.get_default(call_default_factory=True) for name, field in Settings.model_fields.items()}
    return defaults | {"data": folder, "secrets": [_secret()]}


def _secret() -> Any:
    from pydantic import SecretStr

    return SecretStr(_KEY)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from None


def _clear(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    foreign = sorted(path.name for path in folder.iterdir() if path.name not in _OURS)
    if foreign:
        raise Refused(f"{folder} holds something that is not a rehearsal ({foreign[0]}): name an empty folder")
    for name in _OURS:
        path = folder / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _letter(row: Claimed, now: datetime) -> dict[str, Any]:
    return {
        "at": now.isoformat(),
        "key": row.key,
        "kind": row.kind,
        "unit": row.addressee,
        "address": row.address,
        "occurrence": row.occurrence,
        "subject": row.subject,
        "message_id": row.message_id,
    }


def _events(session: Session) -> Iterator[dict[str, Any]]:
    for row in session.scalars(select(HistoryRow).order_by(HistoryRow.id).execution_options(yield_per=500)):
        yield {
            "at": local(row.at).isoformat(),
            "event": row.event,
            "occurrence": row.occurrence,
            "unit": row.unit,
            "detail": row.detail,
            "who": row.who,
            "channel": row.channel.value,
            "old": row.old,
            "new": row.new,
        }


def _write(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(_line(line) for line in lines)


def _line(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False) + "\n"


def _summary(session: Session, plan: Plan, first: date, last: date) -> Summary:
    def count(*where: Any, of: Any = LetterRow) -> int:
        return session.scalar(select(func.count()).select_from(of).where(*where)) or 0

    consultations = []
    for row in session.scalars(select(OccurrenceRow).order_by(OccurrenceRow.consult_on, OccurrenceRow.id)):
        rounds = session.scalars(select(RoundRow).where(RoundRow.occurrence_id == row.id).order_by(RoundRow.number))
        every = rounds.all()
        ending = every[-1] if every else None
        consultations.append(
            Consulted(
                occurrence=row.key,
                state=row.state.value,
                opened_on=local(every[0].opened_at).date() if every else None,
                due_on=local(ending.due_at).date() if ending else None,
                rounds=len(every),
                outcome=ending.outcome.value if ending and ending.outcome else None,
                decision=ending.decision.value if ending and ending.decision else None,
                letters=count(LetterRow.occurrence == row.key, LetterRow.state == LetterState.SENT),
            )
        )
    return Summary(
        plan=plan.id,
        first=first,
        last=last,
        letters=count(LetterRow.state == LetterState.SENT),
        problems=count(HistoryRow.event == "problem.raised", of=HistoryRow),
        refused_steps=count(HistoryRow.event == "step.refused", of=HistoryRow),
        consultations=tuple(consultations),
    )
