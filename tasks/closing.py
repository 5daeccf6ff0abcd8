"""How every run ends: letters leave, what happened is told and shown."""

from __future__ import annotations

from dondoc.runtime import Dondoc
from tasks.delivering import Posted, drain_the_outbox
from tasks.relaying import is_told, relay_events
from tasks.run import Named
from tasks.showing import show


def send_and_show(dondoc: Dondoc, *about: Named) -> Posted:
    """Send what waits, tell what happened, show it; `about` is shown in any case.

    A run that finds nothing to do takes no task for it: most runs of the frequent flows are so, all day long.
    """
    if not about and not dondoc.letters_wait() and is_told(dondoc):
        return Posted(dondoc.deliver())
    posted = drain_the_outbox(dondoc)
    show(dondoc, posted, [*about, *relay_events(dondoc)])
    return posted
