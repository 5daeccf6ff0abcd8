"""All that the head can do with an occurrence, under the words that commands, pages, flows and rehearsals use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from dondoc.domain.proposal import Revision
from dondoc.errors import Refused, Unreadable
from dondoc.services import holding, life, pausing
from dondoc.services.decide import ACTIONS, apply
from dondoc.services.office import Office
from dondoc.services.working import evaluate
from dondoc.store.history import Actor

ABOUT_LIFE: Final = ("set-date", "postpone", "skip", "merge", "held", "evaluate")
ABOUT_ACTIVITY: Final = ("pause", "resume")
EVERY: Final = (*ACTIONS, *ABOUT_LIFE, *ABOUT_ACTIVITY)


@dataclass(frozen=True, slots=True)
class Said:
    """What the head said with it; what an act does not need is left empty."""

    reason: str = ""
    """Why; for `evaluate` the evaluation itself, for `held` a remark."""
    revision: Revision = field(default_factory=Revision)
    """The new day and place; for `held` the day on which it was held."""
    into: str | None = None
    """merge: the key of the occurrence that takes its place."""


def act(office: Office, plan_id: str | None, occurrence: str, do: str, said: Said, by: Actor) -> None:
    """Do it. Raises Unreadable for a word that is none of EVERY, Refused when a rule forbids it."""
    match do.replace("_", "-"):
        case "set-date":
            life.set_date(office, plan_id, occurrence, said.revision, said.reason, by)
        case "postpone":
            life.postpone(office, plan_id, occurrence, said.revision, said.reason, by)
        case "skip":
            life.skip(office, plan_id, occurrence, said.reason, by)
        case "merge":
            if not said.into:
                raise Refused(f"{occurrence}: to merge it, name the occurrence that takes its place")
            life.merge(office, plan_id, occurrence, said.into, said.reason, by)
        case "held":
            holding.hold(office, plan_id, occurrence, said.revision.day, said.reason, by)
        case "evaluate":
            evaluate(office, plan_id, occurrence, None, said.reason, by)
        case "pause":
            pausing.pause(office, plan_id, pausing.activity_of(office, plan_id, occurrence), said.reason, by)
        case "resume":
            pausing.resume(office, plan_id, pausing.activity_of(office, plan_id, occurrence), said.reason, by)
        case word if word in ACTIONS:
            apply(office, plan_id, occurrence, word, said.reason, said.revision, by)
        case _:
            raise Unreadable(f"{do} is not something that can be done with an occurrence: {', '.join(EVERY)}")
