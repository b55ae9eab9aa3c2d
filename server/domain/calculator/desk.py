"""The calculator's desk: one door to the areas of every family."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from server.domain.calculator import identity, intake, plans, reminders, risk, standing
from server.domain.errors import Invalid

Area = Callable[[dict[str, Any]], dict[str, Any]]

AREAS: Final[dict[str, Area]] = {
    **identity.AREAS,
    **intake.AREAS,
    **plans.AREAS,
    **reminders.AREAS,
    **risk.AREAS,
    **standing.AREAS,
}


def calculate(area: str, given: object) -> dict[str, Any]:
    """Answer one input object of `area` with its output object.

    Raises `Invalid("area", "unknown")`, `Invalid("input", "type")` for anything but an object,
    and what the area's own rules refuse.
    """
    if area not in AREAS:
        raise Invalid("area", "unknown")
    if not isinstance(given, dict):
        raise Invalid("input", "type")
    return AREAS[area](given)
