"""Statements of a template as lines of JavaScript that add HTML to `o`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes

from server.field.compiler.code import js_text
from server.field.compiler.expressions import Expressions
from server.field.compiler.scopes import (
    Local,
    Loop,
    MacroName,
    MacroSignature,
    Scope,
    set_here,
)
from server.field.compiler.subset import NO_VALUES

Macros = Mapping[str, Mapping[str, MacroSignature]]
"""The macros of every template, by template and name."""


class Statements:
    """The statements of one template; `macros` are those of all templates."""

    def __init__(self, path: str, macros: Macros) -> None:
        self.expressions = Expressions(path)
        self.macros = macros
        self._writers: dict[type[nodes.Node], Callable[[Any, Scope], list[str]]] = {
            nodes.Output: self._output,
            nodes.If: self._if,
            nodes.For: self._for,
            nodes.Assign: self._assign,
            nodes.AssignBlock: self._assign_block,
            nodes.With: self._with,
            nodes.CallBlock: self._call_block,
            nodes.Include: self._include,
            nodes.FromImport: self._from_import,
            nodes.Block: self._block,
        }

    def body(self, body: Iterable[nodes.Node], scope: Scope) -> list[str]:
        """Statements of a scope that is open already."""
        return [line for node in body for line in self._statement(node, scope)]

    def opened(self, body: list[nodes.Node], scope: Scope) -> list[str]:
        """Statements of a new scope; what `set` names in it begins as what is seen outside."""
        return [*self.declarations(body, scope), *self.body(body, scope)]

    def declarations(self, body: list[nodes.Node], scope: Scope) -> list[str]:
        """The variables that `set` gives a value to in `scope`."""
        lines = []
        for name in set_here(body):
            if name in scope.names:
                continue
            outer = scope.meaning(name)
            if isinstance(outer, MacroName | Loop):
                self.expressions.refuse(body[0], f"{name} is a macro already")
            start = outer.js if isinstance(outer, Local) else f"c.soft({js_text(name)})"
            lines.append(f"let {scope.declare(name, sure=False)} = {start};")
        return lines

    def text_of(self, body: list[nodes.Node], scope: Scope) -> list[str]:
        """A function's lines: a scope's statements from an empty text to its return."""
        return ['let o = "";', *self.opened(body, scope), "return o;"]

    def _statement(self, node: nodes.Node, scope: Scope) -> list[str]:
        writer = self._writers.get(type(node))
        if isinstance(node, nodes.Macro):
            self.expressions.refuse(node, "a macro stands at the top of its template")
        if isinstance(node, nodes.Extends):
            self.expressions.refuse(node, "extends is the first statement of a template")
        if writer is None:
            self.expressions.refuse(node, f"{type(node).__name__} is outside the subset")
        return writer(node, scope)

    def _output(self, node: nodes.Output, scope: Scope) -> list[str]:
        written = [self.expressions.write(one, scope) for one in node.nodes]
        for one, code in zip(node.nodes, written, strict=True):
            if code.kind == "truth" or (isinstance(one, nodes.Const) and one.value is None):
                self.expressions.refuse(one, "a truth value or none cannot be shown")
        return [f"o += {' + '.join(code.shown for code in written)};"]

    def _if(self, node: nodes.If, scope: Scope) -> list[str]:
        lines = [f"if ({self.expressions.write(node.test, scope).truth}) {{"]
        lines += self.body(node.body, scope)
        for branch in node.elif_:
            lines.append(f"}} else if ({self.expressions.write(branch.test, scope).truth}) {{")
            lines += self.body(branch.body, scope)
        if node.else_:
            lines += ["} else {", *self.body(node.else_, scope)]
        return [*lines, "}"]

    def _for(self, node: nodes.For, scope: Scope) -> list[str]:
        if node.recursive:
            self.expressions.refuse(node, "a recursive for")
        inner = scope.inner()
        items, counter = inner.fresh("all"), inner.fresh("i")
        source = f"r.list({self.expressions.value(node.iter, scope)})"
        if node.test is not None:
            source += f".filter({self._for_test(node, scope)})"
        lines = ["{", f"const {items} = {source};"]
        lines.append(f"for (let {counter} = 0; {counter} < {items}.length; {counter}++) {{")
        lines += self._unpack(node.target, f"{items}[{counter}]", inner)
        inner.names["loop"] = Loop(counter, items)
        lines += [*self.opened(node.body, inner), "}"]
        if node.else_:
            lines += [f"if ({items}.length === 0) {{", *self.opened(node.else_, scope.inner()), "}"]
        return [*lines, "}"]

    def _for_test(self, node: nodes.For, scope: Scope) -> str:
        inner = scope.inner()
        lines = self._unpack(node.target, "item", inner)
        assert node.test is not None  # noqa: S101 - the caller looked
        test = self.expressions.write(node.test, inner).truth
        return f"(item) => {{ {' '.join(lines)} return {test}; }}"

    def _unpack(self, target: nodes.Node, source: str, scope: Scope) -> list[str]:
        """Constants for the names of `for` targets."""
        if isinstance(target, nodes.Name):
            return [f"let {self._declare(target, scope)} = {source};"]
        if not isinstance(target, nodes.Tuple):
            self.expressions.refuse(target, "a target that is no name")
        whole = scope.fresh("parts")
        lines = [f"const {whole} = r.parts({source}, {len(target.items)});"]
        for place, item in enumerate(target.items):
            lines += self._unpack(item, f"{whole}[{place}]", scope)
        return lines

    def _declare(self, name: nodes.Name, scope: Scope) -> str:
        if name.name in NO_VALUES:
            self.expressions.refuse(name, f"{name.name} has its meaning already")
        return scope.declare(name.name)

    def _assign(self, node: nodes.Assign, scope: Scope) -> list[str]:
        return self._store(node.target, self.expressions.value(node.node, scope), scope)

    def _store(self, target: nodes.Node, value: str, scope: Scope) -> list[str]:
        if isinstance(target, nodes.NSRef):
            name = nodes.Name(target.name, "load", lineno=target.lineno)
            space = self.expressions.value(name, scope)
            return [f"r.put({space}, {js_text(target.attr)}, {value});"]
        if isinstance(target, nodes.Tuple):
            whole = scope.fresh("parts")
            lines = [f"const {whole} = r.parts({value}, {len(target.items)});"]
            for place, item in enumerate(target.items):
                lines += self._store(item, f"{whole}[{place}]", scope)
            return lines
        if not isinstance(target, nodes.Name) or target.name in NO_VALUES:
            self.expressions.refuse(target, "set gives a value to a plain name")
        if scope.is_top:
            return [f"c.vars[{js_text(target.name)}] = {value};"]
        found = scope.names[target.name]
        if not isinstance(found, Local):
            self.expressions.refuse(target, f"{target.name} is a macro already")
        return [f"{found.js} = {value};"]

    def _assign_block(self, node: nodes.AssignBlock, scope: Scope) -> list[str]:
        if node.filter is not None:
            self.expressions.refuse(node, "a filter on a set block")
        lines = self.text_of(node.body, scope.inner())
        value = f"new r.Html((() => {{ {' '.join(lines)} }})())"
        return self._store(node.target, value, scope)

    def _with(self, node: nodes.With, scope: Scope) -> list[str]:
        inner = scope.inner()
        values = [self.expressions.value(value, scope) for value in node.values]
        lines = ["{"]
        for target, value in zip(node.targets, values, strict=True):
            if not isinstance(target, nodes.Name):
                self.expressions.refuse(target, "with gives a value to a plain name")
            lines.append(f"let {self._declare(target, inner)} = {value};")
        return [*lines, *self.opened(node.body, inner), "}"]

    def _call_block(self, node: nodes.CallBlock, scope: Scope) -> list[str]:
        callee = node.call.node
        macro = scope.meaning(callee.name) if isinstance(callee, nodes.Name) else None
        if not isinstance(macro, MacroName):
            self.expressions.refuse(node, "a call block calls a macro known in this template")
        if node.defaults:
            self.expressions.refuse(node, "defaults of a call block's arguments")
        if any(name.name == "caller" for one in node.body for name in _names(one)):
            self.expressions.refuse(node, "caller in a call block is its own, which it never has")
        inner = scope.inner()
        arguments = ", ".join(self._declare(name, inner) for name in node.args)
        body = " ".join(self.text_of(node.body, inner))
        caller = f"({arguments}) => {{ {body} }}"
        return [f"o += {self.expressions.calls.macro_call(node.call, macro, scope, caller).text};"]

    def _include(self, node: nodes.Include, scope: Scope) -> list[str]:
        name = self._known_template(node.template)
        if node.ignore_missing:
            self.expressions.refuse(node, "an include that may be missing")
        if not node.with_context:
            return [f"o += c.bare().include({js_text(name)}, {{}});"]
        return [f"o += c.include({js_text(name)}, {_locals(scope)});"]

    def _known_template(self, node: nodes.Expr) -> str:
        if not isinstance(node, nodes.Const) or not isinstance(node.value, str):
            self.expressions.refuse(node, "the name of a template stands as a text")
        if node.value not in self.macros:
            self.expressions.refuse(node, f"there is no field template {node.value}")
        return node.value

    def _from_import(self, node: nodes.FromImport, scope: Scope) -> list[str]:
        template = self._known_template(node.template)
        if node.with_context and not scope.is_top:
            self.expressions.refuse(node, "an import with context stands at the top")
        key = f"{template} of {self.expressions.path}" if node.with_context else template
        context = f"c.library({js_text(template)}, {js_text(key)})"
        for name, alias in (one if isinstance(one, tuple) else (one, one) for one in node.names):
            signature = self.macros[template].get(name)
            if signature is None:
                self.expressions.refuse(node, f"{template} has no macro {name}")
            if alias in NO_VALUES:
                self.expressions.refuse(node, f"{alias} has its meaning already")
            is_own = node.with_context or not signature.is_pure
            scope.names[alias] = MacroName(signature, context if is_own else "c")
        if not node.with_context:
            return []
        return [f"c.library({js_text(template)}, {js_text(key)}, c.all({_locals(scope)}));"]

    def _block(self, node: nodes.Block, scope: Scope) -> list[str]:
        if node.required:
            self.expressions.refuse(node, "a required block")
        given = f", {_locals(scope)}" if node.scoped else ""
        return [f"o += c.block({js_text(node.name)}, 0{given});"]


def _names(node: nodes.Node) -> Iterator[nodes.Name]:
    if isinstance(node, nodes.Name):
        yield node
    yield from node.find_all(nodes.Name)


def _locals(scope: Scope) -> str:
    return "{" + ", ".join(f"{js_text(name)}: {js}" for name, js in scope.locals().items()) + "}"
