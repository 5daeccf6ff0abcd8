"""Everything that is asked of units besides their opinion: what has to be brought in line, and what is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dondoc.domain.states import RequestKind
from dondoc.services.asking import Matters, ask_all, chase_all
from dondoc.services.assigning import assign
from dondoc.services.claims import read_claim
from dondoc.services.collect import collect
from dondoc.services.contributions import Contributions
from dondoc.services.gather import gather
from dondoc.services.holding import hold_what_was_attended
from dondoc.services.name_replies import read_names_reply
from dondoc.services.office import Office
from dondoc.services.participants import PARTICIPANTS
from dondoc.services.replies import Reader
from dondoc.services.watch_life import watch_time
from dondoc.services.watch_publishing import watch_publishing
from dondoc.services.work_matters import ASSIGNMENTS, REPORTS
from dondoc.services.working import read_answer, read_report

MATTERS: Matters = {
    RequestKind.CONTRIBUTION: Contributions(),
    RequestKind.PARTICIPANTS: PARTICIPANTS,
    RequestKind.ASSIGNMENT: ASSIGNMENTS,
    RequestKind.REPORT: REPORTS,
}
"""What each kind of request says."""

READERS: Mapping[RequestKind, Reader] = {
    RequestKind.CONTRIBUTION: read_claim,
    RequestKind.PARTICIPANTS: read_names_reply,
    RequestKind.ASSIGNMENT: read_answer,
    RequestKind.REPORT: read_report,
}
"""How the replies to each kind of request are read; the opinions have their own reader."""

IN_LINE: tuple[Callable[[Office], object], ...] = (
    collect,
    hold_what_was_attended,
    gather,
    assign,
    watch_time,
    watch_publishing,
)
"""What opens, changes and settles requests as the record stands; each may run any number of times."""


def pursue(office: Office) -> tuple[int, int]:
    """Bring the requests in line with the record, ask what was not asked, chase what is owed; return how often."""
    for bring in IN_LINE:
        bring(office)
    return ask_all(office, MATTERS), chase_all(office, MATTERS)
