"""One act of booking: what it puts in the books, and what follows from it for requests, receipts and letters.

Everything of one act stands in one transaction, and the letters are drafted at its end, so that a unit hears once
what a whole statement brought (scenarios 5 to 10).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dondoc.domain import ledger as rules
from dondoc.domain.accounts import AccountKind, DueStanding, TransferId, credits_held, standings_of_dues, unmatched
from dondoc.domain.books import Books, Entry
from dondoc.domain.dues import DueKey
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.matching import Limits
from dondoc.domain.plan import Plan
from dondoc.domain.states import RequestState, Severity
from dondoc.domain.wording import dong, ngay
from dondoc.errors import Unreadable
from dondoc.services import money_letters as letters
from dondoc.services.asking import ask_again, settle, take_up
from dondoc.services.bookkeeping import Ledger, due_of, dues_in
from dondoc.services.case import Case, open_case
from dondoc.services.money_views import place_of
from dondoc.services.office import Draft, Office
from dondoc.services.receipts import issue, paid_by, void
from dondoc.store.history import Actor, note, raise_problem, resolve_problem
from dondoc.store.parts import in_parts
from dondoc.store.queries import find_plan, plan_of
from dondoc.store.tables import ProblemRow
from dondoc.store.tables_money import ClaimRow, DueRow, TransferRow


class Booking:
    """What is booked in one transaction; `finish` draws the consequences."""

    def __init__(self, office: Office, session: Session, plan_id: str | None, by: Actor) -> None:
        self.office, self.session, self.by = office, session, by
        self.now = office.clock.now()
        self.plan: Plan = plan_of(find_plan(session, plan_id))
        self.ledger = Ledger(session, self.plan.id, self.now, by)
        self.dues = dues_in(session, self.plan.id)
        self.told: set[str] = set()
        """Problems that a letter of this act tells the head."""
        self._paid: list[tuple[Entry, TransferRow | None]] = []
        self._touched: dict[DueKey, None] = {}
        self._reopened: dict[DueKey, str] = {}
        self._credited: dict[UnitId, int] = defaultdict(int)
        self._about: dict[UnitId, DueRow] = {}
        """Per unit that will hear of this act, the due that it hears of first."""

    @property
    def today(self) -> date:
        return self.now.date()

    def case(self, due: DueRow) -> Case:
        return open_case(self.session, self.plan.id, due.occurrence.key, self.now)

    def standings(self) -> dict[DueKey, DueStanding]:
        return standings_of_dues(self.ledger.books.balances)

    # What is booked

    def receive(self, transfer: TransferRow) -> None:
        """Money came; whose it is will be seen."""
        self.ledger.add(
            rules.receive(
                self.ledger.books, transfer_id(transfer), transfer.credit, transfer.booked_on, place_of(transfer)
            )
        )
        self.note("money.received", detail=f"{dong(transfer.credit)}: {transfer.remark}", new=str(transfer.id))

    def allocate(self, transfer: TransferRow, parts: Mapping[DueKey, int]) -> None:
        """A transfer's money pays these dues of one unit. Raises Refused when it is more than there is, or is owed."""
        booked = {due_of(self.due(key)): amount for key, amount in parts.items()}
        entry = rules.allocate(self.ledger.books, transfer_id(transfer), booked, transfer.booked_on)
        self._pays(entry, transfer, parts)

    def carry_over(self, transfer: TransferRow, unit: UnitId, parts: Mapping[DueKey, int]) -> None:
        """A unit's credit pays these dues."""
        booked = {due_of(self.due(key)): amount for key, amount in parts.items()}
        entry = rules.carry_over(self.ledger.books, transfer_id(transfer), unit, booked, self.today)
        self._pays(entry, transfer, parts)

    def hold_credit(self, transfer: TransferRow, about: DueRow, amount: int) -> None:
        """A due's unit paid too much: the head is asked what becomes of it (scenario 5)."""
        unit = UnitId(about.unit)
        self._hears_of(about)
        entry = rules.hold_credit(self.ledger.books, transfer_id(transfer), unit, amount, transfer.booked_on)
        self.ledger.add(entry)
        self._resolve_used(transfer_id(transfer))
        self._credited[unit] += amount
        self.note("money.credited", unit=unit, detail=dong(amount), new=str(transfer.id))
        self.raise_problem(
            f"credit_held/{transfer.id}",
            "credit_held",
            f"{dong(amount)} nộp thừa ngày {ngay(transfer.booked_on)}: {transfer.remark}",
            unit=unit,
        )

    def give_back(self, transfer: TransferRow, amount: int, unit: UnitId | None) -> int:
        """Money goes back to who paid it; returns the entry's number."""
        entry = rules.give_back(self.ledger.books, transfer_id(transfer), amount, self.today, unit, place_of(transfer))
        self.ledger.add(entry)
        self.note("money.returned", unit=unit, detail=dong(amount), old=str(transfer.id))
        self._resolve_used(transfer_id(transfer))
        return entry.number

    def waive(self, key: DueKey, reason: str, *, is_fee: bool) -> None:
        """The head lets go what a due still lacks (scenarios 6 and 7)."""
        row, standing = self.due(key), self.standings()[key]
        self.ledger.add(
            rules.waive(self.ledger.books, due_of(row), standing.outstanding, self.today, reason, is_fee=is_fee)
        )
        self._touched[key] = None
        self.note("due.waived", row, detail=f"{dong(standing.outstanding)}: {reason}", new=key)

    def reverse(self, transfer: TransferRow, reason: str) -> None:
        """The bank took a transfer back: what it paid is owed again (scenario 13)."""
        entries = rules.reverse(self.ledger.books, transfer_id(transfer), self.today, reason)
        self.ledger.add(*entries)
        reopened = self._take_back(entries, f"ngân hàng đã hoàn lại khoản chuyển ngày {ngay(transfer.booked_on)}")
        self.note("money.reversed", detail=f"{dong(transfer.credit)}: {reason}", old=str(transfer.id))
        self.resolve(f"credit_held/{transfer.id}", f"unmatched_money/{transfer.id}")
        about = self.due(reopened[0]) if reopened else None
        self.raise_problem(
            f"reversed/{transfer.id}",
            "reversed",
            f"{dong(transfer.credit)} ngày {ngay(transfer.booked_on)} đã bị ngân hàng hoàn lại: {transfer.remark}",
            unit=about.unit if about else None,
            occurrence=about.occurrence.key if about else None,
        )

    def undo(self, number: int, reason: str) -> None:
        """Take an entry back that was a mistake; its receipt is void."""
        entry = rules.undo(self.ledger.books, number, self.today, reason)
        self.ledger.add(entry)
        self._take_back((entry,), reason)
        for posting in entry.postings:
            if posting.account.kind is AccountKind.CREDIT:
                self._resolve_used(TransferId(posting.account.item))
        self.note("entry.undone", detail=reason, old=str(number))

    # What follows

    def is_small(self, standing: DueStanding) -> bool:
        """Whether a due that was paid lacks so little that the head may let it go."""
        return bool(standing.paid) and limits_of(self.office, self.plan).forgive(standing.outstanding)

    def note(
        self, event: str, due: DueRow | None = None, *, unit: str | None = None, detail: str = "",
        old: str | None = None, new: str | None = None,
    ) -> None:  # fmt: skip
        note(
            self.session,
            self.plan.id,
            self.now,
            event,
            occurrence=due.occurrence.key if due else None,
            unit=due.unit if due else unit,
            by=self.by,
            old=old,
            new=new,
            detail=detail,
        )

    def raise_problem(
        self,
        key: str,
        kind: str,
        detail: str,
        *,
        unit: str | None = None,
        occurrence: str | None = None,
        severity: Severity = Severity.NORMAL,
    ) -> None:
        raised = raise_problem(
            self.session,
            self.plan.id,
            self.now,
            key,
            kind=kind,
            detail=detail,
            severity=severity,
            unit=unit,
            occurrence=occurrence,
            by=self.by,
        )
        if raised is not None:
            self.told.add(key)

    def finish(self) -> None:
        """Draw all consequences: what every act but the taking in of a statement ends with."""
        self.settle()
        self.write()

    def settle(self) -> None:
        """Settle what is paid, and open what is owed again."""
        standings = self.standings()
        for key in self._touched:
            self._settle(self.due(key), standings.get(key))

    def write(self, *notices: Draft) -> None:
        """Issue the receipts, and put the letters into the outbox with the notices."""
        standings = self.standings()
        receipts: dict[UnitId, list[letters.Paid]] = defaultdict(list)
        for entry, transfer in self._paid:
            if entry.number not in self.ledger.books.corrected:
                row = issue(self.office, self.session, self.plan, self.dues, entry, transfer)
                receipts[UnitId(row.unit)].append((row, entry, transfer))
                self.note("receipt.issued", unit=row.unit, detail=dong(row.amount), new=str(row.number))
        drafts = [
            letters.receipt(
                self.office,
                self.session,
                self.case(self._about[unit]),
                self._about[unit],
                receipts[unit],
                self._lacking(unit, standings),
                Dong(self._credited.get(unit, 0)),
                len(self.ledger.books.entries),
            )
            for unit in dict.fromkeys([*receipts, *self._credited])
            if unit in self._about
        ]
        every = [*(draft for draft in drafts if draft is not None), *notices]
        self.office.post(self.session, self.plan.id, every, self.now)

    @property
    def allocated(self) -> dict[DueKey, int]:
        """What this act paid of each due."""
        paid: dict[DueKey, int] = defaultdict(int)
        for entry, _ in self._paid:
            for key, amount in paid_by(entry).items():
                paid[key] += amount
        return dict(paid)

    def tell(self) -> None:
        """A letter of this act tells the head of the problems that it raised."""
        for some in in_parts(self.told):
            is_told = ProblemRow.plan_id == self.plan.id, ProblemRow.key.in_(some)
            for row in self.session.scalars(select(ProblemRow).where(*is_told)):
                row.told_at = self.now

    def credited_of(self, transfer: TransferRow) -> int:
        """What of a transfer is held as its unit's credit."""
        held = credits_held(self.ledger.books.balances)
        return sum(each.amount for each in held if each.transfer == transfer_id(transfer))

    def _settle(self, row: DueRow, standing: DueStanding | None) -> None:
        """Bring a due's request, claims and problems in line with the books."""
        request, occurrence = row.request, row.occurrence.key
        short = f"short/{occurrence}/{row.unit}"
        if request is None or standing is None or standing.frozen:
            return
        if not standing.outstanding:
            if request.state is RequestState.OPEN:
                self.note("due.paid", row, detail=dong(standing.paid), new=row.key)
            settle(request, self.now)
            self.resolve(short, f"overdue/{occurrence}/{row.unit}", f"claim_not_found/{occurrence}/{row.unit}")
            self.resolve(*self._reversals_of(row))
            self._settle_claims(row, found=True)
            return
        if row.key in self._reopened:
            days = self.plan.policy.contribution.answer_within
            ask_again(
                request, self.case(row), self.office.calendar.shift(self.today, days), self._reopened[DueKey(row.key)]
            )
            self.note("due.reopened", row, detail=dong(standing.outstanding), new=row.key)
        elif request.state is not RequestState.OPEN:
            take_up(request)
        if standing.paid:
            self._settle_claims(row, found=True)
        if self.is_small(standing):
            request.held_at = self.now  # whether it is asked for is the head's to say
            fee = " (bằng mức phí ngân hàng thường trừ)" if standing.outstanding in self.office.banks.fees else ""
            detail = f"{self.case(row).planned.title}: còn thiếu {dong(standing.outstanding)}{fee}"
            self.raise_problem(short, "short", detail, unit=row.unit, occurrence=occurrence)
            self.note("due.short", row, detail=dong(standing.outstanding), new=row.key)
        else:
            request.held_at = None
            self.resolve(short)

    def _reversals_of(self, row: DueRow) -> list[str]:
        """The problems that say that the bank took back what paid this due."""
        mine = (ProblemRow.occurrence == row.occurrence.key, ProblemRow.unit == row.unit, ProblemRow.kind == "reversed")
        return list(self.session.scalars(select(ProblemRow.key).where(ProblemRow.plan_id == self.plan.id, *mine)))

    def _settle_claims(self, row: DueRow, *, found: bool) -> None:
        open_claims = select(ClaimRow).where(ClaimRow.due_id == row.id, ClaimRow.settled_at.is_(None))
        for claim in self.session.scalars(open_claims):
            claim.settled_at, claim.found = self.now, found

    def _lacking(self, unit: UnitId, standings: Mapping[DueKey, DueStanding]) -> list[tuple[DueRow, DueStanding, bool]]:
        return [
            (self.dues[key], standings[key], self.is_small(standings[key]))
            for key in self._touched
            if key in standings and standings[key].outstanding and self.dues[key].unit == unit
        ]

    def _pays(self, entry: Entry, transfer: TransferRow, parts: Mapping[DueKey, int]) -> None:
        self.ledger.add(entry)
        self._paid.append((entry, transfer))
        for key, amount in parts.items():
            self._touched[key] = None
            self._hears_of(self.due(key))
            self.note("money.allocated", self.due(key), detail=dong(amount), old=str(transfer.id), new=key)
        self._resolve_used(transfer_id(transfer))

    def _resolve_used(self, transfer: TransferId) -> None:
        """What was said about a transfer's money is settled once none of it waits for a word any more."""
        balances = self.ledger.books.balances
        for kind, held in (("credit_held", credits_held(balances)), ("unmatched_money", unmatched(balances))):
            if all(each.transfer != transfer or each.amount < 0 for each in held):
                self.resolve(f"{kind}/{transfer}")

    def _hears_of(self, due: DueRow) -> None:
        if due.request is not None:
            self._about.setdefault(UnitId(due.unit), due)

    def _take_back(self, entries: Sequence[Entry], because: str) -> list[DueKey]:
        """What the corrected entries had paid is owed again, and their receipts are void."""
        reopened: list[DueKey] = []
        for entry in entries:
            corrected = self.ledger.books.entry(entry.corrects or 0)
            for posting in corrected.postings:
                if posting.account.kind is AccountKind.RECEIVABLE and posting.account.item in self.dues:
                    reopened.append(DueKey(posting.account.item))
            receipt = void(self.session, self.plan.id, corrected.number, because, self.now)
            if receipt is not None:
                self.note("receipt.voided", unit=receipt.unit, old=str(receipt.number), detail=because)
        for key in reopened:
            self._touched[key] = None
            self._reopened[key] = because
        return reopened

    def due(self, key: DueKey) -> DueRow:
        """Raises Unreadable when the plan has no such due."""
        row = self.dues.get(key)
        if row is None:
            raise Unreadable(f"plan {self.plan.id} has no due {key}")
        return row

    def resolve(self, *keys: str) -> None:
        for key in keys:
            resolve_problem(self.session, self.plan.id, self.now, key, by=self.by)


def limits_of(office: Office, plan: Plan) -> Limits:
    """What counts as nearly the amount."""
    return Limits(plan.policy.tolerance, office.banks.fees)


def unmatched_of(books: Books, transfer: TransferRow) -> int:
    """What of a transfer belongs to nobody yet."""
    return -books.balance(AccountKind.SUSPENSE, item=transfer_id(transfer))


def transfer_id(transfer: TransferRow) -> TransferId:
    return TransferId(str(transfer.id))


def find_transfer(session: Session, plan_id: str, number: int) -> TransferRow:
    """Raises Unreadable when no transfer of the plan has that number."""
    row = session.scalar(select(TransferRow).where(TransferRow.plan_id == plan_id, TransferRow.id == number))
    if row is None:
        last = session.scalar(select(func.max(TransferRow.id)).where(TransferRow.plan_id == plan_id))
        raise Unreadable(f"plan {plan_id} has no transfer {number} (the last one is {last or 'not there yet'})")
    return row
