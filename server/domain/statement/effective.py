"""Which events count: known by then, valued by then, and not reversed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from server.domain.errors import Invalid
from server.domain.events import Event, Extension, Opening, RateChange, Reversal, event_order


class InEffect(NamedTuple):
    """`events` that count, in the order they take effect; `history` has all that is known."""

    events: list[Event]
    history: tuple[Event, ...]


def in_effect(events: Iterable[Event], as_of: date, known_on: date | None = None) -> InEffect:
    """The events that make the statement of `as_of`, as known at the end of `known_on`.

    A reversal counts from the value date of what it reverses. Raises `Invalid("id", "duplicate")`
    for two different events of one id, `Invalid("of", ...)` for a reversal of nothing, of a
    reversal, or of what is reversed already.
    """
    events = tuple(events)
    if len(events) == 1 and known_on is None and not isinstance(events[0], Reversal):
        return InEffect([each for each in events if each.value_on <= as_of], events)
    known: dict[str, Event] = {}
    for event in events:
        is_known = known_on is None or event.posted_on <= known_on
        if is_known and known.setdefault(event.id, event) != event:
            raise Invalid("id", "duplicate")
    history = sorted(known.values(), key=event_order)
    reversed_ids = _reversed_ids(known, history)
    counting = [
        event
        for event in history
        if event.value_on <= as_of and event.id not in reversed_ids and type(event) is not Reversal
    ]
    return InEffect(_opening_first(counting), tuple(history))


def _reversed_ids(known: dict[str, Event], history: list[Event]) -> set[str]:
    reversed_ids: set[str] = set()
    for event in history:
        if isinstance(event, Reversal):
            target = known.get(event.of)
            if target is None:
                raise Invalid("of", "unknown")
            if isinstance(target, Reversal):
                raise Invalid("of", "is_reversal")
            if event.of in reversed_ids:
                raise Invalid("of", "already_reversed")
            reversed_ids.add(event.of)
    return reversed_ids


def _opening_first(counting: list[Event]) -> list[Event]:
    """The opening comes before all else of its day.

    What happened before it is part of the position and may not be told twice; only what shaped
    the plan (rates, extensions) may be older.
    """
    opening = next((event for event in counting if isinstance(event, Opening)), None)
    if opening is None:
        return counting
    for event in counting:
        if isinstance(event, Opening) and event is not opening:
            raise Invalid("principal", "already_opened")
        shapes_plan = isinstance(event, Opening | RateChange | Extension)
        if event.value_on < opening.value_on and not shapes_plan:
            raise Invalid("value_on", "before_opening")
    return sorted(counting, key=lambda event: (event.value_on, event is not opening))
