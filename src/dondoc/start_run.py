"""Starts a run in the process that is warm for it, and stands for it until it ends: the work pool's command.

Executed by its path with `python -I -S`, because it must cost next to nothing: standard library only, no package.
Signals go on to the run, its exit status comes back, and when this is killed the run is killed. Without the warm
process (`DONDOC_RUNS` names its socket) the run starts cold, as Prefect would start it.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys

COLD = (sys.executable, "-m", "prefect.engine")


def main() -> int:
    warm = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        warm.connect(os.environ["DONDOC_RUNS"])
        # Not pathlib, whose import would double the cost of this program.
        request = json.dumps([os.getcwd(), dict(os.environ)]).encode() + b"\n"  # noqa: PTH109
        sent = socket.send_fds(warm, [request], [1, 2])
        warm.sendall(request[sent:])
        answers = warm.makefile()
        run = int(answers.readline())
    except (KeyError, OSError, ValueError):
        os.execv(COLD[0], COLD)  # noqa: S606
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda received, _: os.kill(run, received))
    status = int(answers.readline() or -signal.SIGKILL)
    if status < 0:  # it was ended by a signal: end by the same one
        signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    return status


if __name__ == "__main__":
    sys.exit(main())
