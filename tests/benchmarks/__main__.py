"""`make bench`: every figure is a ratio against a peer or the engine's own limit, measured in the same run."""

from __future__ import annotations

import importlib
import pkgutil
import platform
import sys

import duckdb

import tests.benchmarks as here
from tests.benchmarks.figures import Figure


def main() -> None:
    print(f"Python {platform.python_version()}, DuckDB {duckdb.__version__}, {platform.machine()}\n")
    print(f"{'what':64} {'ours':>12} {'peer':>12} {'ratio':>7}  goal")
    for module in sorted(module.name for module in pkgutil.iter_modules(here.__path__)):
        if module.startswith("bench_") and (len(sys.argv) < 2 or module in sys.argv[1:]):
            for figure in importlib.import_module(f"tests.benchmarks.{module}").figures():
                report(figure)


def report(figure: Figure) -> None:
    verdict = "ok" if figure.reached else "MISSED"
    ratio = f"{figure.ours:>12} {figure.peer:>12} {figure.ratio:>6.2f}x"
    print(f"{figure.name:64} {ratio}  {figure.goal} {verdict}", flush=True)


if __name__ == "__main__":
    main()
