"""Measure and print what Dondoc can do.

    python -m benchmarks [FIGURE …] [--quick] [--json FILE]

Figures: startup, pages, delivery, writing, intake, rehearsals, runs; without a name all of them. `--quick` takes
smaller sizes. The exit status is 0 whatever was measured: a goal that is missed stands in the table.
"""

from __future__ import annotations

import argparse
import importlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.figures import Figure

MODULES = ("startup", "pages", "delivery", "writing", "intake", "rehearsals", "runs")
"""Runs come last, because Prefect sets up logging for all that follows."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what Dondoc can do.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"some of: {', '.join(MODULES)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="smaller sizes, in a minute or two")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.figures) - set(MODULES)):
        parser.error(f"there is no figure {unknown[0]}: choose from {', '.join(MODULES)}")
    found: list[Figure] = []
    for figure in _measured(asked.figures or MODULES, quick=asked.quick):
        found.append(figure)
        print(_line(figure), flush=True)
    print()
    print("\n".join(_table(found)))
    if asked.json:
        asked.json.write_text(
            json.dumps([asdict(figure) for figure in found], ensure_ascii=False, indent=2) + "\n", "utf-8"
        )


def _measured(modules: Sequence[str], *, quick: bool) -> Iterator[Figure]:
    for name in modules:
        began = time.monotonic()
        yield from importlib.import_module(f"benchmarks.{name}").measure(quick=quick)
        print(f"# {name}: {time.monotonic() - began:.0f} s", flush=True)


def _line(figure: Figure) -> str:
    return f"{figure.name}: {figure.measured}; {figure.compared}; ratio {figure.ratio:.2f}"


def _table(figures: Sequence[Figure]) -> Iterator[str]:
    """As Markdown, so that it can stand in a document."""
    yield "| Figure | Measured | Compared with | Ratio | Goal | Met |"
    yield "| --- | --- | --- | ---: | --- | --- |"
    for figure in figures:
        met = {True: "yes", False: "**no**", None: ""}[figure.is_met]
        cells = (figure.name, figure.measured, figure.compared, f"{figure.ratio:.2f}", figure.goal, met)
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
