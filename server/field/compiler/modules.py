"""All field templates as one ES module."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from jinja2 import Environment, TemplateAssertionError, TemplateSyntaxError, meta, nodes

from server.field.compiler.code import js_text
from server.field.compiler.scopes import MacroName, MacroSignature, Scope, set_here
from server.field.compiler.statements import Statements
from server.field.compiler.subset import GLOBALS, NO_VALUES, Refused

RUNTIME: Final = "field/runtime"
"""The name under which bundlers find static/src/sw/runtime.ts."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A template: its name (`field/today.html`), where it lies, and Jinja2's tree."""

    name: str
    path: str
    tree: nodes.Template
    number: int
    macros: dict[str, MacroSignature] = field(default_factory=dict)

    @property
    def sets(self) -> frozenset[str]:
        """The names that its top level sets."""
        return frozenset(set_here(self.tree.body))

    @property
    def extends(self) -> str | None:
        """The name of the template it extends, when that is a text."""
        placed = next((one for one in self.tree.body if isinstance(one, nodes.Extends)), None)
        target = placed.template if placed else None
        return target.value if isinstance(target, nodes.Const) else None


def compile_templates(sources: Mapping[str, str], environment: Environment, root: str) -> str:
    """The ES module of the templates (name to source); their files lie under `root`.

    Raises `Refused` for the first construct outside the subset.
    """
    parsed = [
        _parse(name, source, environment, f"{root}/{name}", number)
        for number, (name, source) in enumerate(sorted(sources.items()))
    ]
    macros = {one.name: one.macros for one in parsed}
    by_name = {one.name: one for one in parsed}
    lines = [f'import * as r from "{RUNTIME}";', "export const templates = {};"]
    for one in parsed:
        set_above = _set_above(one, by_name)
        lines += _Module(one, Statements(one.path, macros), set_above).lines()
    return "\n".join(lines) + "\n"


def _parse(name: str, source: str, environment: Environment, path: str, number: int) -> Parsed:
    try:
        tree = environment.parse(source, name, path)
    except TemplateSyntaxError as error:
        raise Refused(path, error.lineno, error.message or "") from error
    parsed = Parsed(name, path, tree, number)
    is_pure = not parsed.sets and _reads_nothing(tree)
    for macro in (node for node in tree.body if isinstance(node, nodes.Macro)):
        if macro.name in NO_VALUES or macro.name in parsed.macros:
            raise Refused(path, macro.lineno, f"{macro.name} has its meaning already")
        parsed.macros[macro.name] = _signature(macro, parsed, is_pure)
    return parsed


def _reads_nothing(tree: nodes.Template) -> bool:
    try:
        return meta.find_undeclared_variables(tree) <= {*GLOBALS, "caller"}
    except TemplateAssertionError:  # a filter that is refused later, with its place
        return False


def _signature(macro: nodes.Macro, parsed: Parsed, is_pure: bool) -> MacroSignature:
    parameters = tuple(argument.name for argument in macro.args)
    for name in parameters:
        if name in NO_VALUES:
            raise Refused(parsed.path, macro.lineno, f"{name} has its meaning already")
    with_default = len(parameters) - len(macro.defaults)
    uses_caller = any(name.name == "caller" for name in macro.find_all(nodes.Name))
    js = f"{macro.name}_of_{_identifier(parsed.name)}_{parsed.number}"
    optional = frozenset(parameters[with_default:])
    return MacroSignature(parsed.name, js, parameters, optional, uses_caller, is_pure)


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name.removesuffix(".html"))


def _set_above(parsed: Parsed, by_name: Mapping[str, Parsed]) -> frozenset[str]:
    """The names that the templates above set at their top level too."""
    names: frozenset[str] = frozenset()
    seen = {parsed.name}
    above = by_name.get(parsed.extends or "")
    while above is not None and above.name not in seen:
        seen.add(above.name)
        names |= above.sets
        above = by_name.get(above.extends or "")
    return names


class _Module:
    """The functions of one template."""

    def __init__(
        self, parsed: Parsed, statements: Statements, set_above: frozenset[str] = frozenset()
    ) -> None:
        self.parsed = parsed
        self.set_above = set_above
        self.statements = statements
        self.refuse = statements.expressions.refuse
        self.extends = self._extended()

    def lines(self) -> Iterator[str]:
        """The root first: it declares the imports that blocks and macros see."""
        scope = Scope(None, is_top=True)
        for name, signature in self.parsed.macros.items():
            scope.names[name] = MacroName(signature, "c")
        root = self._root(scope)
        for macro in self.parsed.tree.find_all(nodes.Macro):
            if macro in self.parsed.tree.body:
                yield from self._macro(macro, scope)
        yield f"templates[{js_text(self.parsed.name)}] = {{"
        yield f"extends: {js_text(self.extends)},"
        yield "root(c) {"
        yield from root
        yield "},"
        yield "blocks: {"
        for block in self.parsed.tree.find_all(nodes.Block):
            yield from self._block(block, scope)
        yield "},"
        yield "};"

    def _extended(self) -> str | None:
        placed = [node for node in self.parsed.tree.body if isinstance(node, nodes.Extends)]
        if not placed:
            return None
        target = placed[0].template
        if not isinstance(target, nodes.Const) or not isinstance(target.value, str):
            self.refuse(placed[0], "the name of a template stands as a text")
        if target.value not in self.statements.macros:
            self.refuse(placed[0], f"there is no field template {target.value}")
        return target.value

    def _root(self, scope: Scope) -> list[str]:
        body = [node for node in self.parsed.tree.body if not isinstance(node, nodes.Macro)]
        if self.extends is not None:
            body = list(self._beside_blocks(body))
        return ['let o = "";', *self.statements.body(body, scope), "return o;"]

    def _beside_blocks(self, body: list[nodes.Node]) -> Iterator[nodes.Node]:
        """What a template that extends runs itself: its imports and sets."""
        seen_extends = False
        for node in body:
            if isinstance(node, nodes.Extends):
                if seen_extends:
                    self.refuse(node, "a second extends")
                seen_extends = True
            elif isinstance(node, nodes.Output) and _is_blank(node):
                # Jinja2 writes what stands before extends.
                if not seen_extends:
                    yield node
            elif not seen_extends:
                self.refuse(node, "extends is the first statement of a template")
            elif isinstance(node, nodes.FromImport | nodes.Assign | nodes.AssignBlock | nodes.If):
                yield node
            elif not isinstance(node, nodes.Block):
                self.refuse(node, "it stands outside the blocks and would never show")

    def _macro(self, macro: nodes.Macro, top: Scope) -> Iterator[str]:
        signature = self.parsed.macros[macro.name]
        for name in macro.find_all(nodes.Name):
            # Jinja2 gives a macro its own template's value, and blocks the last one set.
            if name.name in self.set_above & self.parsed.sets:
                self.refuse(macro, f"{name.name} is set above too, and differs in a macro")
        scope = top.inner()
        parameters = ["c"]
        if signature.uses_caller:
            parameters.append(scope.declare("caller", sure=False))
        first_default = len(macro.args) - len(macro.defaults)
        for place, argument in enumerate(macro.args):
            default = ""
            if place >= first_default:
                value = macro.defaults[place - first_default]
                default = f" = {self.statements.expressions.value(value, scope)}"
            parameters.append(scope.declare(argument.name) + default)
        yield f"function {signature.js}({', '.join(parameters)}) {{"
        yield from self.statements.text_of(macro.body, scope)
        yield "}"

    def _block(self, block: nodes.Block, top: Scope) -> Iterator[str]:
        yield f"{js_text(block.name)}(c, depth) {{"
        self.statements.expressions.calls.block = block.name
        yield from self.statements.text_of(block.body, top.inner())
        self.statements.expressions.calls.block = None
        yield "},"


def _is_blank(node: nodes.Output) -> bool:
    return all(isinstance(one, nodes.TemplateData) and not one.data.strip() for one in node.nodes)
