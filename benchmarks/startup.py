"""How long somebody waits who only asks for help, against starting Python at all."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from benchmarks.figures import Figure, at_most, in_turn

_HELP = "from dondoc.cli import main; main()"
_IMPORTS = (
    "import sys; from dondoc.cli import main; sys.argv = ['dondoc', '--help']\ntry: main()\nexcept SystemExit: pass\n"
)


def measure(*, quick: bool) -> Iterator[Figure]:
    helped, bare = in_turn(
        lambda: _python("-c", _HELP, "--help"), lambda: _python("-c", "pass"), rounds=5 if quick else 21
    )
    asked = subprocess.run(
        [sys.executable, "-c", f"{_IMPORTS}print('prefect' in sys.modules)"], check=True, capture_output=True, text=True
    )
    imports = "imports Prefect" if asked.stdout.endswith("True\n") else "without importing Prefect"
    yield Figure(
        "dondoc --help",
        f"{helped:.2f} s, {imports}",
        f"python -c pass: {bare:.2f} s",
        helped / bare,
        *at_most(helped, 0.3, " s"),
    )


@contextmanager
def _python(*arguments: str) -> Iterator[Callable[[], object]]:
    yield lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
