"""What an agreed activity asks of the units: money, people, contents, reports."""

from __future__ import annotations

from dondoc.log import say
from dondoc.runtime import Dondoc
from dondoc.services.matters import pursue
from tasks.run import repeatable


@repeatable("look-after-people")
def look_after_people(dondoc: Dondoc) -> None:
    """Ask the units for whatever the record says they owe now, names first, and chase what is late."""
    asked, reminded = pursue(dondoc.office)
    if asked or reminded:
        say("requests.pursued", asked=asked, reminded=reminded)
