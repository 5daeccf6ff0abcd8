"""The names by which everything is known: stable slugs, never display texts."""

from typing import NewType

PlanId = NewType("PlanId", str)
UnitId = NewType("UnitId", str)
ActivityId = NewType("ActivityId", str)
OccurrenceId = NewType("OccurrenceId", str)
RequestKey = NewType("RequestKey", str)
"""`KIND/OCCURRENCE/UNIT`, unique within a plan."""
LetterKey = NewType("LetterKey", str)
"""`KIND/OCCURRENCE/ADDRESSEE[/N]`, unique within a plan: what makes a letter go out once."""
Dong = NewType("Dong", int)
"""An amount in whole Vietnamese đồng."""

HEAD = "head"
"""The addressee that stands for the cluster head in letter keys and exports."""
TREASURER = "treasurer"
"""The addressee that stands for whoever keeps the money."""
