"""The page on which a unit names its people: row by row, as a pasted list, or as a file (R15, R18, R21)."""

from __future__ import annotations

import csv
import hashlib
import io
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from dondoc.clock import local
from dondoc.documents.letter_names import names_in_file
from dondoc.documents.names import Kind, Names, Reason, read_names
from dondoc.documents.sheets import MAX_BYTES, NotAList
from dondoc.domain.ids import UnitId
from dondoc.domain.participants import Person, fold_name
from dondoc.domain.states import Channel, RequestKind, RequestState
from dondoc.errors import DondocError, Refused
from dondoc.services import views
from dondoc.services.case import open_case
from dondoc.services.name_replies import not_taken
from dondoc.services.naming import Given, name
from dondoc.services.people_views import event, likenesses, named, quota_of, standing
from dondoc.store.history import Actor
from dondoc.store.people import latest_list
from dondoc.store.queries import find_request
from dondoc.web.page import FORM, Page, Reply, Upload, see, words
from dondoc.web.visit import Visit

_ROWS = 60
"""Rows that the form shows at most; longer lists are pasted or sent as a file."""
_FIELDS = {"name": "Họ và tên", "role": "Chức vụ", "born": "Năm sinh", "phone": "Số điện thoại"}


class _Refused(DondocError):
    """What keeps a list from being taken; `why` is a refusal that `_base/names.txt` words, or a word of the page."""

    def __init__(self, why: str, row: int | None = None) -> None:
        super().__init__(why)
        self.why, self.row = why, row


class NamesPage(Page):
    """`/cu-nguoi/TOKEN`"""

    path: ClassVar = "cu-nguoi"
    kind: ClassVar = RequestKind.PARTICIPANTS
    takes_files: ClassVar = 1
    takes_fields: ClassVar = _ROWS * len(_FIELDS) + 20
    largest: ClassVar = MAX_BYTES + FORM

    def show(self, visit: Visit, query: Mapping[str, str]) -> Reply:
        return Reply("names", self._context(visit) | {"recorded": "da-ghi" in query})

    def take_with(self, visit: Visit, form: Mapping[str, str], files: Mapping[str, Upload]) -> Reply:
        unit = UnitId(visit.subject.rpartition("/")[2])
        try:
            given = _given(visit, unit, form, files.get("file"))
            if form.get("way") == "rows":
                given = replace(given, people=self._with_addresses(visit, given.people))
            name(self.office, visit.plan_id, visit.subject, given)
        except NotAList as refusal:
            return self._again(visit, form, refusal.why.value)
        except _Refused as refusal:
            return self._again(visit, form, refusal.why, refusal.row)
        except Refused:
            return self._again(visit, form, "closed")
        return see(f"{visit.here}?da-ghi=1")

    def _with_addresses(self, visit: Visit, people: tuple[Person, ...]) -> tuple[Person, ...]:
        """The rows show no email: what an earlier list said of it stays."""
        with self.office.sessions.reading() as session:
            listed = latest_list(session, find_request(session, visit.plan_id, visit.subject))
        known = {fold_name(person.name): person.email for person in listed.people} if listed else {}
        return tuple(replace(person, email=known.get(fold_name(person.name))) for person in people)

    def _again(self, visit: Visit, form: Mapping[str, str], why: str, row: int | None = None) -> Reply:
        """The page once more, with what is wrong and everything that was typed."""
        context = self._context(visit)
        if form.get("way") == "rows":
            context["rows"] = [
                {field: form.get(f"{field}_{n}", "") for field in _FIELDS} for n in range(1, len(context["rows"]) + 1)
            ]
        return Reply("names", context | {"error": why, "wrong_row": row, "typed": dict(form)}, status=422)

    def _context(self, visit: Visit) -> dict[str, Any]:
        with self.office.sessions.reading() as session:
            request = find_request(session, visit.plan_id, visit.subject)
            case = open_case(session, visit.plan_id, request.occurrence.key, self.office.clock.now())
            quota = quota_of(case)
            assert quota is not None  # noqa: S101 - people are asked for only where the plan has a quota
            lists, listed = standing(session, case, quota), latest_list(session, request)
            found = lists.of(request.unit)
            people = listed.people if listed else ()
            return {
                "nonce": secrets.token_urlsafe(12),
                "unit": views.unit(case, request.unit),
                "head": views.head(case.plan, case.now.date()),
                "occurrence": event(session, case),
                "quota": quota.each,
                "reserve": quota.reserve,
                "due_at": local(request.due_at),
                "is_over": case.now >= request.due_at,
                "is_closed": request.state is RequestState.WITHDRAWN,
                "rows": _rows(people, quota.each + quota.reserve),
                "has_list": listed is not None,
                "taken": named(found.taken),
                "spare": named(found.reserve),
                "excess": named(found.excess),
                "missing": found.missing,
                "repeated": lists.repeated_in(request.unit),
                "likenesses": likenesses(case, lists, request.unit),
                "lines": [line for line in listed.not_taken if line.reason != "around"] if listed else [],
                "address": visit.address,
                "reply_address": self.office.stationery.replies.for_request(request.id),
                "recorded": False,
                "error": None,
                "wrong_row": None,
                "typed": {},
            }


def _rows(people: tuple[Person, ...], wanted: int) -> list[dict[str, str]]:
    """The list that counts, and room for those who are missing."""
    filled = [
        {
            "name": person.name,
            "born": str(person.birth_year or ""),
            "role": person.role or "",
            "phone": person.phone or "",
        }
        for person in people
    ]
    empty = [dict.fromkeys(_FIELDS, "")] * (max(wanted, len(filled) + 1) - len(filled))
    return (filled + empty)[:_ROWS]


def _given(visit: Visit, unit: UnitId, form: Mapping[str, str], file: Upload | None) -> Given:
    """The list that the form brings. Raises NotAList and _Refused."""
    by = words(form, "by")[:200]
    who = Actor(f"{by} ({visit.address})" if by else visit.address, Channel.WEB)
    match form.get("way"):
        case "rows":
            content, name_of_file = _typed(form), None
            found = _checked(read_names(content, Kind.CSV, unit), rows=True)
        case "text":
            content, name_of_file = words(form, "text").encode(), None
            found = _checked(read_names(content, Kind.TEXT, unit))
        case "file" if file is not None:
            content, name_of_file = file.content, file.name[-150:]
            found = _checked(names_in_file(file.name, content, unit))
        case "file":
            raise _Refused("choose")
        case _:
            raise _Refused("nobody")
    return Given(
        found.people,
        who,
        _source(visit, form, content),
        not_taken(found.rejected),
        adds="adds" in form and form.get("way") != "rows",
        file=name_of_file,
    )


def _typed(form: Mapping[str, str]) -> bytes:
    """The rows as a table with a header, so that one reader knows what a name, a year and a number are."""
    written = io.StringIO()
    table = csv.writer(written, delimiter="\t", quoting=csv.QUOTE_ALL)
    table.writerow(_FIELDS.values())
    for n in range(1, _ROWS + 1):
        table.writerow([" ".join(words(form, f"{field}_{n}").split()) for field in _FIELDS])
    return written.getvalue().encode()


def _checked(found: Names, *, rows: bool = False) -> Names:
    """In a form a wrong row is mended at once; a list keeps its good lines, and the others are told."""
    wrong = next((line for line in found.rejected if line.reason is not Reason.AROUND), None)
    if rows and wrong is not None:
        raise _Refused("row", wrong.line - 1)
    if not found.people:
        raise _Refused("nobody")
    return found


def _source(visit: Visit, form: Mapping[str, str], content: bytes) -> str:
    """The same form sent twice is the same source; gone back to and changed, it is another one."""
    said = hashlib.sha256(content).hexdigest()[:12]
    return f"web/{visit.link}/{form.get('nonce', '')[:40] or secrets.token_urlsafe(12)}/{said}"
