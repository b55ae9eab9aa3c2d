"""Long lists of ids asked for in parts: a statement takes so many parameters and no more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

Item = TypeVar("Item")

A_STATEMENT: Final = 500
"""So many ids stand in one statement, at most."""


def in_parts(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The items in their order, at most `A_STATEMENT` at a time; nothing where there are none."""
    rest = iter(items)
    while part := list(islice(rest, A_STATEMENT)):
        yield part
