"""What a name means at a place in a template, known while compiling."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from jinja2 import nodes


@dataclass(frozen=True, slots=True)
class Local:
    """A JavaScript variable; unless `sure` it may be undefined."""

    js: str
    sure: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """The innermost `for`: its counter and its list."""

    counter: str
    items: str


@dataclass(frozen=True, slots=True)
class MacroSignature:
    """A macro of a template: the JavaScript function, parameters, and those with a default.

    `is_pure`: its template sets nothing and reads no name of a page, so that its macros need no
    context of their own.
    """

    template: str
    js: str
    parameters: tuple[str, ...]
    optional: frozenset[str]
    uses_caller: bool
    is_pure: bool


@dataclass(frozen=True, slots=True)
class MacroName:
    """A macro as a name in scope; `context` is the JavaScript of the context it runs in."""

    signature: MacroSignature
    context: str


Meaning = Local | Loop | MacroName


@dataclass(slots=True)
class Scope:
    """Names of one Jinja2 scope. At the top level of a template `set` writes to the context."""

    outer: Scope | None
    is_top: bool = False
    names: dict[str, Meaning] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def inner(self) -> Scope:
        """A scope within this one."""
        return Scope(self, numbers=self.numbers)

    def meaning(self, name: str) -> Meaning | None:
        """The nearest meaning; None for a name of the context."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope.names[name]
            scope = scope.outer
        return None

    def declare(self, name: str, *, sure: bool = True) -> str:
        """A new JavaScript variable for `name`."""
        js = self.fresh(name)
        self.names[name] = Local(js, sure)
        return js

    def fresh(self, stem: str) -> str:
        """A JavaScript name used nowhere else."""
        return f"{stem}_{next(self.numbers)}"

    def locals(self) -> dict[str, str]:
        """Every template variable in sight: name to JavaScript variable."""
        outer = self.outer.locals() if self.outer else {}
        own = {name: one.js for name, one in self.names.items() if isinstance(one, Local)}
        return outer | {name: js for name, js in own.items() if name != "caller"}


def set_here(body: Iterable[nodes.Node]) -> list[str]:
    """The names that `set` gives a value to in this scope: branches included, inner scopes not."""
    names: list[str] = []
    for node in body:
        if isinstance(node, nodes.Assign | nodes.AssignBlock):
            names += [one.name for one in _targets(node.target)]
        elif isinstance(node, nodes.If):
            names += set_here((*node.body, *node.elif_, *node.else_))
    return list(dict.fromkeys(names))


def _targets(target: nodes.Node) -> list[nodes.Name]:
    if isinstance(target, nodes.Tuple):
        return [name for item in target.items for name in _targets(item)]
    return [target] if isinstance(target, nodes.Name) else []
