"""An office under play, and what reaches it: mail, the bank's statements, changed plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from pydantic import ValidationError

from dondoc.clock import local
from dondoc.domain.plan import Plan
from dondoc.domain.plan_units import Relation, Unit
from dondoc.errors import Refused
from dondoc.mail.maildir_in import MaildirMailbox
from dondoc.services.intake import hear
from dondoc.services.plans import load_plan
from dondoc.services.rehearse_mail import as_replied
from dondoc.services.script import Reply
from dondoc.services.statements import import_statement
from dondoc.store.tables import LetterRow
from tests.integration.bank import ACCOUNT, TREASURER, statement
from tests.integration.office import HEAD, PLAN, Desk, an_office, plan_2024

Line = tuple[date, str, int, str]
"""A line of the bank's: its day, document, amount (below zero: it went), remark."""


@dataclass(slots=True)
class Core:
    """The office, and the world around it as that knows it: the bank's own lines, the plan as it was last written."""

    desk: Desk
    folder: Path
    plan: Plan = field(default_factory=plan_2024)
    lines: list[Line] = field(default_factory=list)
    imported: set[int] = field(default_factory=set)
    """Which of the bank's lines a statement has shown."""
    returned: list[str] = field(default_factory=list)
    """The addresses from which a letter came back for good, in the order of coming back."""
    _number: int = 0

    @property
    def today(self) -> date:
        return local(self.desk.clock.at).date()

    def next(self) -> int:
        """A number that nothing had before: for sources, documents, addresses."""
        self._number += 1
        return self._number

    def minute_passes(self) -> None:
        self.desk.clock.at += timedelta(minutes=1)

    # mail

    def delivered(self, content: bytes) -> None:
        """A message lies in the mailbox, and the intake reads it."""
        box = self.folder / "traloi"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        (box / "new" / f"{self.next():08}.eml").write_bytes(content)
        hear(self.desk.office, MaildirMailbox(box), "traloi")

    def replied(self, request: str, unit: str, text: str, sender: str | None = None) -> None:
        """An officer presses Reply below the latest letter about `request`."""
        reply = Reply(unit=unit, request=request, text=text, **{"from": sender})
        with self.desk.office.sessions.reading() as session:
            content = as_replied(self.desk.office, session, PLAN, request, reply)
        self.delivered(content)

    def came_back(self, letter: LetterRow) -> None:
        """The addressee's server refuses a letter for good."""
        self.returned.append(letter.address)
        self.delivered(_BOUNCE.format(address=letter.address, message_id=letter.message_id, n=self.next()).encode())

    def nobody_is_there(self, letter: LetterRow) -> None:
        """The addressee's mail program says so by itself."""
        self.delivered(_AWAY.format(address=letter.address, message_id=letter.message_id, n=self.next()).encode())

    # the bank

    def bank_books(self, amount: int, remark: str, document: str | None = None) -> None:
        """Money came, or went; the bank's days only go forward."""
        day = max(self.today, self.lines[-1][0]) if self.lines else self.today
        self.lines.append((day, document if document is not None else f"FT{self.next():05}", amount, remark))

    def came(self) -> list[Line]:
        """What the bank booked as come, the latest first."""
        return [line for line in reversed(self.lines) if line[2] > 0]

    def bank_repeats(self) -> None:
        """The same transfer again, in all that a statement says of it."""
        if self.lines:
            self.lines.append(self.lines[-1])

    def statement_comes(self, first: int, days: int) -> None:
        """A statement of so many of the bank's days, from the `first` one on: each with all that was booked so far.

        Every other one has the newest first, as some banks write it.
        """
        every = sorted({line[0] for line in self.lines})
        chosen = set(every[first % len(every) :][:days]) if every else set()
        shown = [n for n, line in enumerate(self.lines) if line[0] in chosen]
        rows = [(f"{day:%d/%m/%Y}", document, amount, remark) for day, document, amount, remark in self._of(shown)]
        if not rows:
            return
        number = self.next()
        content = statement(*(rows[::-1] if number % 2 else rows), account=self.account)
        import_statement(self.desk.office, PLAN, f"sao-ke-{number}.csv", content, TREASURER)
        self.imported.update(shown)

    def _of(self, numbers: list[int]) -> Iterator[Line]:
        return (self.lines[n] for n in numbers)

    @property
    def account(self) -> str:
        return self.plan.account.number if self.plan.account else ACCOUNT

    # the plan

    def plan_changes(self, change: Callable[[Plan], Plan]) -> None:
        """A changed plan is loaded, unless nobody could write it so or the office refuses it."""
        with suppress(ValidationError, Refused):
            changed = Plan.model_validate(change(self.plan).model_dump())
            load_plan(self.desk.office, changed, HEAD)
            self.plan = changed

    def contact_is_another(self, unit: str) -> None:
        self.plan_changes(lambda plan: _with_unit(plan, unit, lambda old: _new_contact(old, self.next())))

    def unit_leaves(self, unit: str, in_days: int, into: str | None = None) -> None:
        on = self.today + timedelta(in_days)
        gone = Relation(kind="merged_into", on=on, unit=into) if into else Relation(kind="left", on=on)
        self.plan_changes(
            lambda plan: _with_unit(
                plan, unit, lambda old: old.model_copy(update={"relations": (*old.relations, gone)})
            )
        )

    def unit_stays_after_all(self, unit: str) -> None:
        self.plan_changes(lambda plan: _with_unit(plan, unit, lambda old: old.model_copy(update={"relations": ()})))

    def head_is_another(self, unit: str, in_days: int) -> None:
        since = self.today + timedelta(in_days)

        def change(plan: Plan) -> Plan:
            *before, last = plan.heads
            until = last.model_copy(update={"until": since - timedelta(1)})
            update = {"unit": unit, "since": since, "email": f"bi-thu.{unit}@example.org", "name": f"Bí thư {unit}"}
            return plan.model_copy(update={"heads": (*before, until, last.model_copy(update=update))})

        self.plan_changes(change)

    def campaign_costs(self, each: int) -> None:
        def change(plan: Plan) -> Plan:
            campaign, *others = plan.activities
            assert campaign.contribution is not None
            contribution = campaign.contribution.model_copy(update={"each": each})
            return plan.model_copy(
                update={"activities": (campaign.model_copy(update={"contribution": contribution}), *others)}
            )

        self.plan_changes(change)


def _with_unit(plan: Plan, unit: str, change: Callable[[Unit], Unit]) -> Plan:
    return plan.model_copy(update={"units": tuple(change(u) if u.id == unit else u for u in plan.units)})


def _new_contact(unit: Unit, n: int) -> Unit:
    first, *others = unit.contacts
    return unit.model_copy(
        update={"contacts": (first.model_copy(update={"email": f"moi-{n}.{unit.id}@example.org"}), *others)}
    )


@contextmanager
def a_core(folder: Path, moment: str) -> Iterator[Core]:
    with an_office(folder, moment) as desk:
        yield Core(desk, folder)


_BOUNCE = """\
From: MAILER-DAEMON@mx.example.org
To: cum-truong@doan.example.org
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{n}@mx.example.org>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

The mail could not be delivered.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--b--
"""
_AWAY = """\
From: {address}
To: traloi@doan.example.org
Subject: Automatic reply: De nghi
Message-ID: <away-{n}@mx.example.org>
In-Reply-To: {message_id}
Auto-Submitted: auto-replied

Toi dong y nghi phep den thu Hai.
"""
