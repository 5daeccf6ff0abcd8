"""What comes from outside: the messages that people write, and those who follow the link in a letter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from email import message_from_bytes, policy
from typing import Any

import httpx
from sqlalchemy import select

from dondoc.domain.states import ProblemState
from dondoc.errors import DondocError
from dondoc.services.rehearse_mail import as_replied, filled_in
from dondoc.services.script import ABOUT_PROBLEMS, Reply
from dondoc.store.tables import LetterRow, ProblemRow, RequestRow
from tests.crash.world import Mail, Visit
from tests.integration.office import PLAN, Desk
from tests.integration.pages import nonce_in

_LINK = re.compile(r"https?://[^/\s]+(/tra-loi/\S+)")


def messages_of(desk: Desk, mail: Mail) -> list[bytes]:
    """Whoever was not asked writes no reply."""
    messages = []
    with desk.office.sessions.reading() as session:
        for reply in mail.replies:
            said = Reply.model_validate(reply)
            request = said.request if said.request.count("/") >= 2 else f"{said.request}/{said.unit}"
            with suppress(DondocError):
                messages.append(as_replied(desk.office, session, PLAN, request, said))
        for other in mail.others:
            with suppress(DondocError):
                messages.append(filled_in(session, PLAN, other.encode()))
    return messages


def meant(desk: Desk, step: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody does who has read what stands open: a step about a unit's problem names it by its key, so that
    it means the same one when it is done again.
    """
    head = step.get("head", {})
    if head.get("do") not in ABOUT_PROBLEMS or "unit" not in head:
        return dict(step)
    with desk.office.sessions.reading() as session:
        problem = session.scalar(
            select(ProblemRow.key)
            .where(ProblemRow.unit == head["unit"], ProblemRow.state != ProblemState.RESOLVED)
            .order_by(ProblemRow.raised_at.desc(), ProblemRow.key)
            .limit(1)
        )
    return dict(step) if problem is None else {**step, "head": {**head, "problem": problem}}


class Visitor:
    """Somebody who opens the page that the latest letter names, and sends its form until it is taken."""

    def __init__(self, desk: Desk, visit: Visit, letters: Mapping[str, bytes]) -> None:
        self._path = _link(desk, f"{visit.request}/{visit.unit}", letters)
        self._form = {"verdict": visit.verdict, "comment": visit.comment}

    def __call__(self, base: str) -> None:
        """Raises ConnectionError when the server is gone."""
        if self._path is None:
            return
        try:
            self._go(base + self._path)
        except httpx.TransportError as lost:
            raise ConnectionError(str(lost)) from None

    def _go(self, url: str) -> None:
        if "nonce" not in self._form:
            page = httpx.get(url)
            assert page.status_code in (200, 410), page.text
            if page.status_code == 410:
                return  # the link has expired
            self._form["nonce"] = nonce_in(page.text)
        answered = httpx.post(url, data=self._form)
        assert answered.status_code in (303, 422), answered.text


def _link(desk: Desk, request: str, letters: Mapping[str, bytes]) -> str | None:
    """The path of the link in the letter about the request that arrived last; None when none did."""
    with desk.office.sessions.reading() as session:
        ids = session.scalars(
            select(LetterRow.message_id)
            .join(RequestRow, RequestRow.id == LetterRow.request_id)
            .where(RequestRow.key == request)
            .order_by(LetterRow.id.desc())
        ).all()
    for message_id in ids:
        body = message_from_bytes(letters.get(message_id, b""), policy=policy.default).get_body(("plain",))
        if body is not None and (found := _LINK.search(body.get_content())) is not None:
            return found[1]
    return None
