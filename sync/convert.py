"""Mutations of earlier releases in the words of the present one; what they said is never lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sync.errors import CannotConvert
from sync.mutation import Mutation
from sync.values import Json

Converter = Callable[[Mutation], Mutation]
"""From one schema version to the next; raises CannotConvert(reason)."""

Converters = Mapping[tuple[str, int], Converter]
"""By kind and the version converted from; a version without an entry changed nothing there."""


@dataclass(frozen=True, slots=True)
class Converted:
    """A mutation to merge and the one that was sent, which is what gets stored.

    With a `reason` it could not be converted and is held.
    """

    mutation: Mutation
    original: Mutation
    reason: str = ""


def convert(original: Mutation, converters: Converters, schema: int) -> Converted:
    """Bring a mutation to the server's schema version, step by step."""
    if original.schema > schema:
        return Converted(original, original, "newer_schema")
    mutation = original
    for version in range(original.schema, schema):
        step = converters.get((mutation.entity, version))
        try:
            stepped = mutation if step is None else step(mutation)
        except CannotConvert as refused:
            return Converted(original, original, refused.reason)
        mutation = replace(stepped, schema=version + 1)
    return Converted(mutation, original)


def field_renamed(old: str, new: str) -> Converter:
    """A field has another name. Raises CannotConvert where the mutation sets both."""

    def step(mutation: Mutation) -> Mutation:
        if old in mutation.writes and new in mutation.writes:
            raise CannotConvert("both_names")
        return replace(
            mutation,
            writes=_renamed(mutation.writes, old, new),
            was=_renamed(mutation.was, old, new),
        )

    return step


def field_removed(name: str) -> Converter:
    """A field is gone: what was written there goes to `extra`."""

    def step(mutation: Mutation) -> Mutation:
        return with_extra(mutation, (name,))

    return step


def unknown_to_extra(mutation: Mutation, known: frozenset[str]) -> Mutation:
    """Move what was written to fields the server does not know to `extra`."""
    return with_extra(mutation, tuple(name for name in mutation.writes if name not in known))


def with_extra(mutation: Mutation, names: tuple[str, ...]) -> Mutation:
    """Move the values of some fields to `extra`, under `set.` and the field's name."""
    moved = {f"set.{name}": mutation.writes[name] for name in names if name in mutation.writes}
    return replace(
        mutation,
        writes=_without(mutation.writes, names),
        was=_without(mutation.was, names),
        extra={**mutation.extra, **moved},
    )


def _renamed(values: Mapping[str, Json], old: str, new: str) -> dict[str, Json]:
    return {new if name == old else name: value for name, value in values.items()}


def _without(values: Mapping[str, Json], names: tuple[str, ...]) -> dict[str, Json]:
    return {name: value for name, value in values.items() if name not in names}
