"""`python -m benchmarks [NAME…]`: run the benches, print each figure, exit 1 at a broken limit."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from typing import TYPE_CHECKING, Final

import benchmarks

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.figure import Figure

_PARTS: Final = frozenset({"__main__", "bank", "figure", "import_floor"})
BENCHES: Final = tuple(
    module.name for module in pkgutil.iter_modules(benchmarks.__path__) if module.name not in _PARTS
)
"""Every module of the package that is no part of the others."""


def main(names: Sequence[str]) -> int:
    """Run the benches of those names, or all. Answers the exit code."""
    unknown = set(names) - set(BENCHES)
    if unknown:
        print(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
        return 2
    broken = 0
    for name in names or BENCHES:
        print(f"\n{name}", flush=True)
        for figure in _measure(name):
            print(f"  {figure.told()}", flush=True)
            broken += not figure.holds
    print(f"\n{broken} limits broken" if broken else "\nall limits hold")
    return 1 if broken else 0


def _measure(name: str) -> Iterator[Figure]:
    figures: Iterator[Figure] = importlib.import_module(f"benchmarks.{name}").measure()
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
