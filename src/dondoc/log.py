"""What happens, one line an event: JSON for programs that collect it, plain text for a terminal (`DONDOC_LOG`).

A line names things by their keys. Who reads logs has no right to read letters: addresses of people and of links are
taken out of whatever is written, whoever writes it.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, Literal, TextIO

from dondoc.domain.zone import ZONE

Style = Literal["json", "text"]

EVENTS: Final = logging.getLogger("dondoc")
_FIELDS: Final = "dondoc_fields"
_RUN: ContextVar[str | None] = ContextVar("run", default=None)
_SECRET: Final = re.compile(
    r"(?P<scheme>\b\w[\w+]*://[^/\s:@\"'<>]*:)[^\s@\"'<>]+(?=@)"
    r"|(?P<host>https?://[^/\s\"'<>]+/)[^\s\"'<>]+"
    r"|[\w.+%=-]+@(?P<domain>[\w-]+\.)"
)


def say(event: str, *, level: int = logging.INFO, **fields: str | float | None) -> None:
    """Tell of an event, as in `letter.sent`; fields that are None or empty are left out."""
    if EVENTS.isEnabledFor(level):
        told = {"run": _RUN.get(), **fields}
        EVENTS.log(
            level, event, extra={_FIELDS: {name: value for name, value in told.items() if value not in (None, "")}}
        )


@contextmanager
def during(run: str | None = None) -> Iterator[None]:
    """Every event meanwhile bears this run's id; by default one of its own."""
    token = _RUN.set(run or uuid.uuid4().hex[:12])
    try:
        yield
    finally:
        _RUN.reset(token)


def style_for(stream: TextIO) -> Style:
    """Text where a person looks on, else JSON."""
    return "text" if stream.isatty() else "json"


@contextmanager
def written(style: Style | None, stream: TextIO | None = None) -> Iterator[None]:
    """Write events to `stream`, by default standard error; of libraries only warnings.

    Without a style, and within another one, it does nothing. Where somebody else has set up logging, what libraries
    say is left to them.
    """
    if style is None or any(isinstance(handler, _Written) for handler in EVENTS.handlers):
        yield
        return
    handler = _Written(stream or sys.stderr)
    handler.setFormatter(Text() if style == "text" else Json())
    root = logging.getLogger()
    listens = [EVENTS] if root.handlers else [EVENTS, root]
    before = EVENTS.level, EVENTS.propagate
    EVENTS.setLevel(logging.INFO)
    EVENTS.propagate = False
    for logger in listens:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in listens:
            logger.removeHandler(handler)
        EVENTS.level, EVENTS.propagate = before


class _Written(logging.StreamHandler[TextIO]):
    """Ours, to be told from others."""


class Json(logging.Formatter):
    """`{"time", "level", "event", "run", …}`; of a library its name is the event, and what it says the message."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, ZONE).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            **_told(record),
        }
        if record.exc_info:
            line["error"] = without_secrets(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


class Text(logging.Formatter):
    """`08:15:02 info letter.sent letter=…`; without `timed`, only what follows the level."""

    def __init__(self, *, timed: bool = True) -> None:
        super().__init__()
        self._timed = timed

    def format(self, record: logging.LogRecord) -> str:
        told = _told(record)
        words = [str(told.pop("event")), *(f"{name}={_quoted(value)}" for name, value in told.items())]
        if self._timed:
            words[:0] = [f"{datetime.fromtimestamp(record.created, ZONE):%H:%M:%S}", record.levelname.lower()]
        trace = [without_secrets(self.formatException(record.exc_info))] if record.exc_info else []
        return "\n".join([" ".join(words), *trace])


def _told(record: logging.LogRecord) -> dict[str, str | float]:
    fields: Mapping[str, str | float] | None = getattr(record, _FIELDS, None)
    if fields is None:
        return {"event": record.name, "message": without_secrets(record.getMessage())}
    clean = {name: without_secrets(value) if isinstance(value, str) else value for name, value in fields.items()}
    return {"event": record.msg, **clean}


def _quoted(value: str | float) -> str:
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if re.search(r"[\s\"=]", text) else text


def without_secrets(text: str) -> str:
    """Without the paths of links, in which tokens stand, the passwords in URLs, and the names in addresses."""
    return _SECRET.sub(lambda found: f"{found['host'] or found['scheme'] or ''}…{_at(found['domain'])}", text)


def _at(domain: str | None) -> str:
    return f"@{domain}" if domain else ""
