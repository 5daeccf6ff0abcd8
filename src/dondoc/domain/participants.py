"""Who takes part: names against the quota, who stands on two lists, who came (Plan 2024, II.1–II.3; scenario 29).

Nothing is decided about a person here: a likeness is told, and the head or the units settle it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from dondoc.domain.ids import UnitId

FULL_ENOUGH = 80
"""Percent of the quota below which attendance goes into the evaluation (R18)."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody on a unit's list; None is what the list does not say."""

    name: str
    unit: UnitId
    phone: str | None = None
    email: str | None = None
    birth_year: int | None = None
    role: str | None = None


class Likeness(StrEnum):
    """How surely two entries are one person."""

    SAME = "same"
    """The same name, and nothing speaks against it."""
    PROBABLE = "probable"
    """The same name but for its diacritics."""
    POSSIBLE = "possible"
    """The same name with another birth year or telephone number: perhaps two people."""


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two entries that look like one person; `again` stands behind `first`, in the same unit or another one."""

    first: Person
    again: Person
    likeness: Likeness

    @property
    def is_across_units(self) -> bool:
        return self.first.unit != self.again.unit


@dataclass(frozen=True, slots=True)
class UnitSelection:
    """One unit's list, in its own order, cut at the quota."""

    unit: UnitId
    taken: tuple[Person, ...]
    reserve: tuple[Person, ...]
    excess: tuple[Person, ...]
    missing: int


@dataclass(frozen=True, slots=True)
class Selection:
    units: tuple[UnitSelection, ...]
    duplicates: tuple[Duplicate, ...]

    def of(self, unit: UnitId) -> UnitSelection:
        """Raises KeyError for a unit that gave no list."""
        return {each.unit: each for each in self.units}[unit]


def take(lists: Mapping[UnitId, Sequence[Person]], quota: int, reserve: int) -> Selection:
    """The first `quota` of each unit, the next `reserve` behind them, the rest as excess (R18, scenario 29).

    An entry that repeats one of the same unit takes no second place. One person on two units' lists keeps both
    places until somebody decides whose it is, because leaving either one short would be a guess.
    """
    everybody = [person for people in lists.values() for person in people]
    likenesses = dict(_likenesses(everybody))
    repeated = {n for n, d in likenesses.items() if d.likeness is Likeness.SAME and not d.is_across_units}
    places = enumerate(everybody)
    units = []
    for unit, people in lists.items():
        once = tuple(person for n, person in islice(places, len(people)) if n not in repeated)
        units.append(
            UnitSelection(
                unit,
                taken=once[:quota],
                reserve=once[quota : quota + reserve],
                excess=once[quota + reserve :],
                missing=max(0, quota - len(once)),
            )
        )
    return Selection(tuple(units), tuple(likenesses.values()))


def likeness(one: Person, other: Person) -> Likeness | None:
    """None: nothing suggests that they are one person."""
    if plain_name(one.name) != plain_name(other.name):
        return None
    same_letters = fold_name(one.name) == fold_name(other.name)
    if _differ(one.birth_year, other.birth_year) or _differ(_digits(one.phone), _digits(other.phone)):
        return Likeness.POSSIBLE if same_letters else None
    return Likeness.SAME if same_letters else Likeness.PROBABLE


def fold_name(name: str) -> str:
    """A name as one compares it: NFC, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def plain_name(name: str) -> str:
    """The folded name without diacritics; "đ" is a letter of its own and has to be named."""
    decomposed = unicodedata.normalize("NFD", fold_name(name).replace("đ", "d"))
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _likenesses(people: Iterable[Person]) -> Iterator[tuple[int, Duplicate]]:
    """By its position, each entry that is like an earlier one, beside the one that it is most surely the same as."""
    order = list(Likeness)
    seen: dict[str, list[Person]] = {}
    for position, person in enumerate(people):
        namesakes = seen.setdefault(plain_name(person.name), [])
        found = [(order.index(like), n) for n, other in enumerate(namesakes) if (like := likeness(other, person))]
        if found:
            how, which = min(found)
            yield position, Duplicate(namesakes[which], person, order[how])
        namesakes.append(person)


def _differ(one: object, other: object) -> bool:
    """Whether both are known and are not the same."""
    return one is not None and other is not None and one != other


def _digits(phone: str | None) -> str | None:
    """The number without spaces and dots, +84 as 0; None when there is none."""
    digits = re.sub(r"\D", "", phone or "")
    return re.sub(r"^(00)?84(?=\d{9}$)", "0", digits) or None


class Presence(StrEnum):
    PRESENT = "present"
    ABSENT = "absent"
    SUBSTITUTE = "substitute"
    """Absent, and somebody else came instead."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What the roll-call says of one person; `substitute` is who came instead."""

    person: Person
    presence: Presence
    substitute: Person | None = None


@dataclass(frozen=True, slots=True)
class Attendance:
    """A unit's figures; who is on the list but has no mark is neither present nor absent."""

    unit: UnitId
    quota: int
    named: int
    present: int
    substitutes: int
    absent: int

    @property
    def came(self) -> int:
        return self.present + self.substitutes

    @property
    def unmarked(self) -> int:
        return self.named - self.came - self.absent

    @property
    def percent(self) -> int:
        """Of the quota, not of the names: a unit that names three of thirty must not look complete. Rounded down."""
        return self.came * 100 // self.quota if self.quota else 100

    @property
    def falls_short(self) -> bool:
        return self.percent < FULL_ENOUGH


def attendance(selection: Selection, marks: Iterable[Mark], quota: int) -> tuple[Attendance, ...]:
    """Figures per unit, in the selection's order; of two marks for one person the later counts.

    A mark for somebody in the reserve or excess counts too, because who came, came.
    """
    latest = {entry_of(mark.person): mark for mark in marks}
    return tuple(_figures(each, latest, quota) for each in selection.units)


def _figures(unit: UnitSelection, marks: Mapping[tuple[str, ...], Mark], quota: int) -> Attendance:
    named = {entry_of(person) for person in unit.taken}
    spare = {entry_of(person) for person in unit.reserve + unit.excess}
    said = {entry: marks[entry].presence for entry in named | spare if entry in marks}
    came = {entry for entry, presence in said.items() if presence is not Presence.ABSENT}
    # A reserve who did not come was not expected, and is no absentee.
    counted = [said[entry] for entry in said if entry in named or entry in came]
    return Attendance(
        unit.unit,
        quota=quota,
        named=len(named | came),
        present=counted.count(Presence.PRESENT),
        substitutes=counted.count(Presence.SUBSTITUTE),
        absent=counted.count(Presence.ABSENT),
    )


def entry_of(person: Person) -> tuple[str, ...]:
    """What tells one entry of a list from another: two people may bear one name."""
    return (person.unit, fold_name(person.name), str(person.birth_year or ""), _digits(person.phone) or "")
