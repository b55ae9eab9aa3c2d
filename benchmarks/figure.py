"""A measured figure with its floor and its limit, and how times are taken."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in `unit`. The limit is on it, or with `by_floor` on its ratio to the floor.

    `floor_is` says what the floor was. Without a limit a figure is only told.
    """

    name: str
    value: float
    unit: str
    limit: float | None = None
    floor: float | None = None
    floor_is: str = ""
    by_floor: bool = False

    @property
    def ratio(self) -> float | None:
        """The figure over its floor."""
        return self.value / self.floor if self.floor else None

    @property
    def holds(self) -> bool:
        """Whether the limit is kept; a ratio without a floor is a broken one."""
        if self.limit is None:
            return True
        measured = self.ratio if self.by_floor else self.value
        return measured is not None and measured <= self.limit

    def told(self) -> str:
        """One line for people."""
        parts = [f"{self.name}: {self.value:.4g} {self.unit}"]
        if self.floor is not None:
            parts.append(f"floor {self.floor:.4g} ({self.floor_is})")
            parts.append(f"ratio {self.ratio:.2f}" if self.ratio else "no ratio")
        if self.limit is not None:
            kept = "kept" if self.holds else "BROKEN"
            parts.append(f"limit {'ratio ' if self.by_floor else ''}{self.limit:g}: {kept}")
        return " · ".join(parts)


def median_ms(act: Callable[[], object], times: int = 50) -> float:
    """The median of some runs in milliseconds, after one that warms up."""
    act()
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        act()
        taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)


def paired_ms(
    act: Callable[[], object], floor: Callable[[], object], times: int = 50
) -> tuple[float, float]:
    """The medians of two acts that take turns, so that a busy moment slows both."""
    act()
    floor()
    taken: tuple[list[float], list[float]] = ([], [])
    for _ in range(times):
        for each, one in zip(taken, (act, floor), strict=True):
            begun = time.perf_counter()
            one()
            each.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken[0]), statistics.median(taken[1])
