"""What is printed for an activity: the list to sign at the door (II.2), the letter that assigns contents (II.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from dondoc.documents.official import Letterhead, Signature
from dondoc.domain.ids import Dong, UnitId
from dondoc.domain.participants import Person, Selection
from dondoc.domain.plan import UnitName


@dataclass(frozen=True, slots=True)
class Group:
    """One unit's people, in the order of its list."""

    unit: str
    short: str
    people: tuple[Person, ...]
    reserve: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class RollCall:
    """Who is expected, with room to sign; `spare_rows` are for those who come instead."""

    letterhead: Letterhead
    activity: str
    when: str
    place: str
    groups: tuple[Group, ...]
    spare_rows: int = 5
    about: ClassVar[None] = None
    kind: ClassVar[str] = "roll_call"

    @property
    def title(self) -> str:
        return f"Danh sách điểm danh – {self.activity}"

    @property
    def count(self) -> int:
        return sum(len(group.people) for group in self.groups)

    @property
    def reserves(self) -> int:
        return sum(len(group.reserve) for group in self.groups)


def groups_of(selection: Selection, names: Mapping[UnitId, UnitName]) -> tuple[Group, ...]:
    """The selection as it is printed; `names` are those borne on the day. What is excess is not expected."""
    return tuple(
        Group(names[each.unit].full, names[each.unit].short, each.taken, each.reserve) for each in selection.units
    )


@dataclass(frozen=True, slots=True)
class AssignedContent:
    """A content that the unit is responsible for, alone or with `partners`."""

    text: str
    leads: bool = True
    partners: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The letter to one unit: its own contents, people and money, and by when it accepts them or says why not."""

    letterhead: Letterhead
    signature: Signature
    sender: str
    unit: str
    basis: str
    activity: str
    when: str
    place: str
    contents: tuple[AssignedContent, ...]
    accept_by: datetime
    report_by: date | None = None
    people: int | None = None
    amount: Dong | None = None
    recipients: tuple[str, ...] = ()
    kind: ClassVar[str] = "assignment"

    @property
    def about(self) -> str:
        return f"phân công thực hiện {self.activity}"

    @property
    def title(self) -> str:
        return f"Công văn phân công – {self.unit}"
