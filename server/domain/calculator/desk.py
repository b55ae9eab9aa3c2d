"""The calculator's desk: one door to the areas of every family."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from server.domain.errors import Invalid

Area = Callable[[dict[str, Any]], dict[str, Any]]

_FAMILIES: Final = ("identity", "intake", "plans", "standing")


def _areas_present() -> dict[str, Area]:
    # A family that is not built yet is simply not answered for.
    names = (f"{__package__}.{family}" for family in _FAMILIES)
    found: dict[str, Area] = {}
    for name in names:
        if find_spec(name) is not None:
            found |= import_module(name).AREAS
    return found


AREAS: Final = _areas_present()


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
