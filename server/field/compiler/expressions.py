"""Expressions of a template as JavaScript over the runtime."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NoReturn

from jinja2 import nodes

from server.field.compiler.calls import Calls
from server.field.compiler.code import Code, js_text
from server.field.compiler.scopes import Local, Loop, MacroName, Scope
from server.field.compiler.subset import (
    COMPARISONS,
    FILTERS,
    GLOBALS,
    LOOP_ATTRIBUTES,
    NO_VALUES,
    TESTS,
    Refused,
)

_LARGEST: Final = 2**53 - 1


class Expressions:
    """The expressions of one template."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.calls = Calls(self.value, self.refuse)
        self._writers: dict[type[nodes.Node], Callable[[Any, Scope], Code]] = {
            nodes.Const: self._const,
            nodes.TemplateData: self._const_text,
            nodes.Name: self._name,
            nodes.Getattr: self._attribute,
            nodes.Getitem: self._item,
            nodes.List: self._list,
            nodes.Tuple: self._list,
            nodes.Dict: self._dict,
            nodes.CondExpr: self._inline_if,
            nodes.And: self._and,
            nodes.Or: self._or,
            nodes.Not: self._not,
            nodes.Compare: self._compare,
            nodes.Concat: self._concat,
            nodes.Add: self._add,
            nodes.Sub: self._subtract,
            nodes.Neg: self._negative,
            nodes.Filter: self._filter,
            nodes.Test: self._test,
            nodes.Call: self.calls.write,
        }

    def refuse(self, node: nodes.Node, reason: str) -> NoReturn:
        """Stop here: `node` is outside the subset."""
        # A node that an extension made may have no line; what is in it has.
        inner = (one.lineno for one in node.find_all(nodes.Node) if one.lineno)
        raise Refused(self.path, node.lineno or next(inner, 1), reason)

    def write(self, node: nodes.Node, scope: Scope) -> Code:
        """The expression; evaluating it throws where StrictUndefined would."""
        writer = self._writers.get(type(node))
        if writer is None:
            self.refuse(node, f"{type(node).__name__} is outside the subset")
        return writer(node, scope)

    def value(self, node: nodes.Node, scope: Scope) -> str:
        """The expression as a value."""
        return self.write(node, scope).value

    def soft(self, node: nodes.Node, scope: Scope) -> str:
        """The expression, `undefined` where its last name is missing."""
        if isinstance(node, nodes.Name) and node.name not in GLOBALS:
            found = scope.meaning(node.name)
            if isinstance(found, Local):
                return found.js
            if found is None and node.name != "caller":
                return f"c.soft({js_text(node.name)})"
        if isinstance(node, nodes.Getattr) and not self._is_loop(node.node, scope):
            return f"r.soft({self.value(node.node, scope)}, {js_text(node.attr)})"
        if isinstance(node, nodes.Getitem):
            return f"r.soft({self.value(node.node, scope)}, {self._key(node, scope)})"
        if isinstance(node, nodes.Filter) and node.name in FILTERS:
            return self._filter_call(node, scope)
        return self.value(node, scope)

    def _const(self, node: nodes.Const, _scope: Scope) -> Code:
        value = node.value
        if isinstance(value, float):
            self.refuse(node, "a number that is not whole")
        if isinstance(value, bool):
            return Code(js_text(value), "truth")
        if isinstance(value, int) and abs(value) > _LARGEST:
            self.refuse(node, "a number too large for JavaScript")
        return Code(js_text(value))

    def _const_text(self, node: nodes.TemplateData, _scope: Scope) -> Code:
        return Code(js_text(node.data), "html")

    def _name(self, node: nodes.Name, scope: Scope) -> Code:
        found = scope.meaning(node.name)
        if isinstance(found, MacroName | Loop) or node.name in NO_VALUES:
            self.refuse(node, f"{node.name} as a value")
        if isinstance(found, Local):
            return Code(found.js if found.sure else f"r.need({found.js}, {js_text(node.name)})")
        return Code(f"c.get({js_text(node.name)})")

    def _is_loop(self, node: nodes.Node, scope: Scope) -> bool:
        return isinstance(node, nodes.Name) and isinstance(scope.meaning(node.name), Loop)

    def _attribute(self, node: nodes.Getattr, scope: Scope) -> Code:
        if self._is_loop(node.node, scope):
            return self._loop_attribute(node, scope)
        return Code(f"r.at({self.value(node.node, scope)}, {js_text(node.attr)})")

    def _loop_attribute(self, node: nodes.Getattr, scope: Scope) -> Code:
        loop = scope.meaning("loop")
        if node.attr not in LOOP_ATTRIBUTES or not isinstance(loop, Loop):
            self.refuse(node, f"loop.{node.attr} is outside the subset")
        text = LOOP_ATTRIBUTES[node.attr].format(i=loop.counter, all=loop.items)
        return Code(text, "truth" if node.attr in ("first", "last") else "value")

    def _item(self, node: nodes.Getitem, scope: Scope) -> Code:
        return Code(f"r.at({self.value(node.node, scope)}, {self._key(node, scope)})")

    def _key(self, node: nodes.Getitem, scope: Scope) -> str:
        if isinstance(node.arg, nodes.Slice):
            self.refuse(node, "a slice is outside the subset")
        return self.value(node.arg, scope)

    def _list(self, node: nodes.List | nodes.Tuple, scope: Scope) -> Code:
        return Code(f"[{', '.join(self.value(item, scope) for item in node.items)}]")

    def _dict(self, node: nodes.Dict, scope: Scope) -> Code:
        return Code(f"{{{', '.join(self._pair(pair, scope) for pair in node.items)}}}")

    def _pair(self, pair: nodes.Pair, scope: Scope) -> str:
        if not isinstance(pair.key, nodes.Const) or not isinstance(pair.key.value, str):
            self.refuse(pair, "a key that is not a text as written")
        if pair.key.value.isdigit():
            self.refuse(pair, "a key of digits, which JavaScript would sort")
        return f"[{js_text(pair.key.value)}]: {self.value(pair.value, scope)}"

    def _inline_if(self, node: nodes.CondExpr, scope: Scope) -> Code:
        test = self.write(node.test, scope).truth
        then = self.write(node.expr1, scope)
        other = Code("r.nothing") if node.expr2 is None else self.write(node.expr2, scope)
        if then.kind == other.kind == "html":
            return Code(f"({test} ? {then.text} : {other.text})", "html")
        return Code(f"({test} ? {then.value} : {other.value})")

    def _and(self, node: nodes.And, scope: Scope) -> Code:
        left, right = self.write(node.left, scope), self.write(node.right, scope)
        if left.kind == right.kind == "truth":
            return Code(f"({left.text} && {right.text})", "truth")
        return Code(f"r.and({left.value}, () => {right.value})")

    def _or(self, node: nodes.Or, scope: Scope) -> Code:
        left, right = self.write(node.left, scope), self.write(node.right, scope)
        if left.kind == right.kind == "truth":
            return Code(f"({left.text} || {right.text})", "truth")
        return Code(f"r.or({left.value}, () => {right.value})")

    def _not(self, node: nodes.Not, scope: Scope) -> Code:
        return Code(f"!{self.write(node.node, scope).truth}", "truth")

    def _compare(self, node: nodes.Compare, scope: Scope) -> Code:
        if len(node.ops) != 1:
            self.refuse(node, "a chained comparison")
        op = node.ops[0]
        if op.op not in COMPARISONS:
            self.refuse(node, f"the comparison {op.op} is outside the subset")
        left, right = self.value(node.expr, scope), self.value(op.expr, scope)
        text = {
            "eq": f"r.equal({left}, {right})",
            "ne": f"!r.equal({left}, {right})",
            "in": f"r.within({left}, {right})",
            "notin": f"!r.within({left}, {right})",
            "lt": f"(r.order({left}, {right}) < 0)",
            "lteq": f"(r.order({left}, {right}) <= 0)",
            "gt": f"(r.order({left}, {right}) > 0)",
            "gteq": f"(r.order({left}, {right}) >= 0)",
        }[op.op]
        return Code(text, "truth")

    def _concat(self, node: nodes.Concat, scope: Scope) -> Code:
        return Code(f"r.join({', '.join(self.value(part, scope) for part in node.nodes)})")

    def _add(self, node: nodes.Add, scope: Scope) -> Code:
        return Code(f"r.add({self.value(node.left, scope)}, {self.value(node.right, scope)})")

    def _subtract(self, node: nodes.Sub, scope: Scope) -> Code:
        return Code(f"r.subtract({self.value(node.left, scope)}, {self.value(node.right, scope)})")

    def _negative(self, node: nodes.Neg, scope: Scope) -> Code:
        return Code(f"r.subtract(0, {self.value(node.node, scope)})")

    def _filter(self, node: nodes.Filter, scope: Scope) -> Code:
        call = self._filter_call(node, scope)
        listed = FILTERS.get(node.name)
        return Code(f"r.need({call}, {js_text(node.name)})" if listed and listed.may_miss else call)

    def _filter_call(self, node: nodes.Filter, scope: Scope) -> str:
        if node.node is None:
            self.refuse(node, "a filter block is outside the subset")
        if node.kwargs or node.dyn_args or node.dyn_kwargs:
            self.refuse(node, f"named or starred arguments of the filter {node.name}")
        if node.name in ("default", "d"):
            return self._default(node, scope)
        listed = FILTERS.get(node.name)
        if listed is None:
            self.refuse(node, f"the filter {node.name} is not listed")
        if not listed.arguments[0] <= len(node.args) <= listed.arguments[1]:
            self.refuse(node, f"the filter {node.name} does not take {len(node.args)} arguments")
        told = [f"c.speech.{listed.speech}"] if listed.speech else []
        given = [self.value(one, scope) for one in (node.node, *node.args)]
        return f"r.filters.{node.name}({', '.join(given + told)})"

    def _default(self, node: nodes.Filter, scope: Scope) -> str:
        if not 1 <= len(node.args) <= 2 or node.node is None:
            self.refuse(node, "default takes a value, and true for all that is empty")
        value, other = self.soft(node.node, scope), self.value(node.args[0], scope)
        if len(node.args) == 1:
            return f"r.given({value}, () => {other})"
        if not isinstance(node.args[1], nodes.Const) or node.args[1].value is not True:
            self.refuse(node, "the second argument of default can only be true")
        return f"r.or(r.given({value}, () => r.nothing), () => {other})"

    def _test(self, node: nodes.Test, scope: Scope) -> Code:
        if node.name not in TESTS or node.args or node.kwargs:
            self.refuse(node, f"the test {node.name} is not listed")
        if node.name in ("defined", "undefined"):
            missing = f"r.isMissing({self._caller_or_soft(node.node, scope)})"
            return Code(missing if node.name == "undefined" else f"!{missing}", "truth")
        value = self.value(node.node, scope)
        if node.name == "none":
            return Code(f"({value} === null)", "truth")
        return Code(f"(r.whole({value}) % 2 {'!==' if node.name == 'odd' else '==='} 0)", "truth")

    def _caller_or_soft(self, node: nodes.Node, scope: Scope) -> str:
        if isinstance(node, nodes.Name) and node.name == "caller":
            found = scope.meaning("caller")
            return found.js if isinstance(found, Local) else "undefined"
        return self.soft(node, scope)
