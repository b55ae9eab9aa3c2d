"""Checks a document against its interface in documents.ts, which is read here: one authority.

Only what that file uses is understood: names, literals, null, unions, arrays, objects, Record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_SOURCE = Path(__file__).parents[2] / "static/src/replica/documents.ts"
_TOKEN = re.compile(r'"[^"]*"|[A-Za-z_]\w*|[{}\[\]<>|;:,]')
_PLAIN: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "number": (int, float),
    "boolean": bool,
}


def faults(interface: str, document: Any) -> list[str]:
    """What is wrong with a document, each fault with its place; nothing when it fits."""
    return list(_faults(_interfaces()[interface], document, interface))


@dataclass(frozen=True)
class _Type:
    """A type: `name` of a plain type, interface, `null` or literal, or one of the composed."""

    name: str
    of: tuple[_Type, ...] = ()
    fields: tuple[tuple[str, _Type], ...] = ()


@cache
def _interfaces() -> dict[str, _Type]:
    text = re.sub(r"/\*.*?\*/|//[^\n]*", "", _SOURCE.read_text(), flags=re.DOTALL)
    found = {}
    for match in re.finditer(r"export interface (\w+) (\{)", text):
        found[match[1]] = _Reader(_TOKEN.findall(text[match.start(2) :])).read()
    return found


class _Reader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def read(self) -> _Type:
        """A union of types, each with the brackets of arrays behind it."""
        parts = [self._one()]
        while self.tokens[self.at : self.at + 1] == ["|"]:
            self.at += 1
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else _Type("union", tuple(parts))

    def _one(self) -> _Type:
        token = self._take()
        if token == "{":
            found = _Type("object", fields=tuple(self._fields()))
        elif token == "Record":
            self._take()
            self._take()
            self._take()
            found = _Type("record", (self.read(),))
            self._take()
        else:
            found = _Type(token)
        while self.tokens[self.at : self.at + 2] == ["[", "]"]:
            self.at += 2
            found = _Type("array", (found,))
        return found

    def _fields(self) -> Iterator[tuple[str, _Type]]:
        while (name := self._take()) != "}":
            if name in (";", ","):
                continue
            if self._take() != ":":
                raise ValueError(f"{name} is not understood")
            yield name, self.read()

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]


def _faults(wanted: _Type, value: Any, place: str) -> Iterator[str]:
    if wanted.name == "union":
        if all(list(_faults(each, value, place)) for each in wanted.of):
            yield f"{place}: {value!r} is none of {[each.name for each in wanted.of]}"
    elif wanted.name == "array":
        yield from _array_faults(wanted.of[0], value, place)
    elif wanted.name == "object":
        yield from _object_faults(wanted, value, place)
    elif wanted.name == "record":
        for key, each in value.items():
            yield from _faults(wanted.of[0], each, f"{place}.{key}")
    elif wanted.name in _interfaces():
        yield from _faults(_interfaces()[wanted.name], value, place)
    elif not _is_plain(wanted.name, value):
        yield f"{place}: {value!r} is no {wanted.name}"


def _array_faults(of: _Type, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place}: {value!r} is no array"
        return
    for number, each in enumerate(value):
        yield from _faults(of, each, f"{place}[{number}]")


def _object_faults(wanted: _Type, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: {value!r} is no object"
        return
    names = {name for name, _ in wanted.fields}
    if names != set(value):
        yield f"{place}: fields {sorted(names ^ set(value))} are missing or too many"
        return
    for name, of in wanted.fields:
        yield from _faults(of, value[name], f"{place}.{name}")


def _is_plain(name: str, value: Any) -> bool:
    if name == "null":
        return value is None
    if name.startswith('"'):
        return bool(value == name.strip('"'))
    if name == "number" and isinstance(value, bool):
        return False
    return isinstance(value, _PLAIN[name])
