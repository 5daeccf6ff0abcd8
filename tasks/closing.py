"""How every run ends: letters leave, what happened is told and shown."""

from __future__ import annotations

from prefect import get_run_logger

from dondoc.runtime import Dondoc
from tasks.delivering import Posted, drain_the_outbox
from tasks.relaying import is_told, relay_events
from tasks.run import Named
from tasks.showing import show


def send_and_show(dondoc: Dondoc, *about: Named) -> Posted:
    """Send what waits, tell what happened, show it; `about` is shown in any case.

    A run that finds nothing to do is one line in the log: most runs of the frequent flows are, all day long.
    """
    if not about and not dondoc.letters_wait() and is_told(dondoc):
        get_run_logger().info("nothing to do")
        return Posted(dondoc.deliver())
    posted = drain_the_outbox(dondoc)
    show(dondoc, posted, [*about, *relay_events(dondoc)])
    return posted
