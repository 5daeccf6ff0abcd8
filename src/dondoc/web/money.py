"""The head's and the treasurer's page about money: thu – chi – tồn, what needs a decision, statements taken in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import ClassVar

from dondoc.bank.lines import NotAStatement
from dondoc.domain.dues import DueKey
from dondoc.domain.states import Channel
from dondoc.domain.wording_money import NOT_A_STATEMENT, REJECTED
from dondoc.errors import DondocError, Refused, Unreadable
from dondoc.services import money
from dondoc.services.links import Purpose
from dondoc.services.money_overview import money_overview
from dondoc.services.statements import Imported, import_statement, preview_statement
from dondoc.store.history import Actor
from dondoc.web.amounts import NotAnAmount, dong_in
from dondoc.web.page import FORM, Page, Reply, Upload, see, words
from dondoc.web.visit import Visit

_MOST = 200
"""Rejected rows that are shown."""


class MoneyPage(Page):
    """`/thu-chi/TOKEN`"""

    path: ClassVar = "thu-chi"
    purpose: ClassVar = Purpose.MONEY
    takes_files: ClassVar = 1
    largest: ClassVar = 5_000_000 + FORM

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return self._page(visit, done=query.get("da-ghi", ""))

    def take_with(self, visit: Visit, form: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        do = form.get("do", "")
        try:
            if do in ("preview", "import"):
                return self._statement(visit, files.get("statement"), keep=do == "import")
            self._decide(visit, do, form)
        except NotAStatement as refusal:
            return self._page(visit, error=NOT_A_STATEMENT[refusal.why.value])
        except NotAnAmount:
            return self._page(visit, error="Số tiền không đọc được; đề nghị ghi như 1.000.000.", typed=form)
        except _Missing as missing:
            return self._page(visit, error=str(missing), typed=form)
        except (Refused, Unreadable):
            gone = "Việc này không thực hiện được nữa: tình hình đã thay đổi từ lúc mở trang. Đề nghị xem lại bên dưới."
            return self._page(visit, error=gone, typed=form)
        return see(f"{visit.here}?da-ghi={do}")

    def _statement(self, visit: Visit, file: Upload | None, *, keep: bool) -> Reply:
        if file is None:
            raise _Missing("Đề nghị chọn tệp sao kê.")
        take = import_statement if keep else preview_statement
        found = take(self.office, visit.plan_id, file.name[-100:], file.content, Actor(visit.address, Channel.WEB))
        return self._page(visit, imported=found, is_preview=not keep)

    def _decide(self, visit: Visit, do: str, form: Mapping[str, str]) -> None:
        by, plan = Actor(visit.address, Channel.WEB), visit.plan_id
        number = _number(form.get("transfer", ""))
        reason = words(form, "reason")[:500]
        match do:
            case "confirm":
                money.confirm(self.office, plan, number, by, _parts(form.get("parts", "")))
            case "carry_over":
                money.carry_over(self.office, plan, number, by)
            case "return":
                money.give_back(self.office, plan, number, by)
            case "waive":
                money.waive(self.office, plan, form.get("due", ""), reason, by)
            case "thaw":
                money.thaw(self.office, plan, form.get("due", ""), reason, by)
            case "let_go":
                if not reason:
                    raise _Missing("Thôi thu một khoản thì cần ghi lý do.")
                money.let_go(self.office, plan, form.get("due", ""), reason, by)
            case "leave":
                if not reason:
                    raise _Missing("Đề nghị ghi khoản chi này là gì.")
                money.leave_debit(self.office, plan, number, reason, by)
            case "spend":
                debit = number if form.get("transfer") else None
                money.spend(self.office, plan, self._expense(form), by, debit)
            case _:
                raise _Missing("Đề nghị chọn việc cần làm.")

    def _expense(self, form: Mapping[str, str]) -> money.Expense:
        what, evidence = words(form, "what")[:500], words(form, "evidence")[:500]
        if not what or not evidence:
            raise _Missing("Khoản chi cần nội dung và chứng từ (số hóa đơn, hoặc nơi lưu giấy tờ).")
        amount = dong_in(words(form, "amount"))
        if not amount:
            raise _Missing("Đề nghị ghi số tiền đã chi.")
        try:
            on = date.fromisoformat(form.get("on", ""))
        except ValueError:
            raise _Missing("Đề nghị ghi ngày chi.") from None
        source = f"web/{form.get('nonce', '')[:40]}"
        return money.Expense(form.get("activity", ""), amount, on, what, evidence, source, "in_cash" in form)

    def _page(
        self,
        visit: Visit,
        *,
        done: str = "",
        error: str | None = None,
        typed: Mapping[str, str] | None = None,
        imported: Imported | None = None,
        is_preview: bool = False,
    ) -> Reply:
        context = {
            "nonce": secrets.token_urlsafe(12),
            "found": money_overview(self.office, visit.plan_id),
            "done": done,
            "error": error,
            "typed": dict(typed or {}),
            "imported": imported,
            "is_preview": is_preview,
            "rejected": REJECTED,
            "most": _MOST,
            "today": self.office.clock.now().date(),
        }
        return Reply("money", context, status=422 if error else 200)


class _Missing(DondocError):
    """What keeps a form from being taken, as the page says it."""


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 18 else 0


def _parts(written: str) -> dict[DueKey, int] | None:
    """`due/…/…=7000000 due/…/…=1000000`, as the page's own buttons say it."""
    parts = {}
    for each in written.split():
        key, _, amount = each.rpartition("=")
        parts[DueKey(key)] = _number(amount)
    return parts or None
