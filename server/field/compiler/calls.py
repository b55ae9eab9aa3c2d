"""Calls in a template: macros, sentences, and the few functions that it has."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NoReturn

from jinja2 import nodes

from server.field.compiler.code import Code, js_text
from server.field.compiler.scopes import Local, MacroName, Scope

_PLACEHOLDER: Final = re.compile(r"%(?:%|\((\w+)\)[sd]|(.?))")


class Calls:
    """The calls of one template; `value` writes an expression, `refuse` stops at one."""

    def __init__(
        self,
        value: Callable[[nodes.Node, Scope], str],
        refuse: Callable[[nodes.Node, str], NoReturn],
    ) -> None:
        self.value = value
        self.refuse = refuse
        self.block: str | None = None
        """The name of the block around, for `super()`."""

    def write(self, node: nodes.Call, scope: Scope) -> Code:
        """The call of a macro or of one of the known functions."""
        if node.dyn_args is not None or node.dyn_kwargs is not None:
            self.refuse(node, "starred arguments are outside the subset")
        if isinstance(node.node, nodes.Getattr):
            return self._self_block(node, node.node)
        if not isinstance(node.node, nodes.Name):
            self.refuse(node, "a call of what is not a name")
        name = node.node.name
        found = scope.meaning(name)
        if isinstance(found, MacroName):
            return self.macro_call(node, found, scope, "undefined")
        writer = {
            "_": self._say,
            "ngettext": self._say_count,
            "asset": self._asset,
            "namespace": self._namespace,
            "super": self._super,
            "caller": self._caller,
        }.get(name)
        if writer is None or (found is not None and name != "caller"):
            self.refuse(node, f"{name} is no macro known in this template")
        return writer(node, scope)

    def _self_block(self, node: nodes.Call, target: nodes.Getattr) -> Code:
        is_self = isinstance(target.node, nodes.Name) and target.node.name == "self"
        if not is_self or node.args or node.kwargs:
            self.refuse(node, f"a method call: {target.attr}()")
        return Code(f"c.block({js_text(target.attr)}, 0)", "html")

    def macro_call(self, node: nodes.Call, macro: MacroName, scope: Scope, caller: str) -> Code:
        """The call of a known macro; `caller` is the JavaScript of a `call` block's body."""
        signature = macro.signature
        if caller != "undefined" and not signature.uses_caller:
            self.refuse(node, "the macro of this call block does not use caller()")
        given = self._bound(node, macro, scope)
        for name in signature.parameters:
            if name not in given and name not in signature.optional:
                self.refuse(node, f"the macro needs its argument {name}")
        arguments = [given.get(name, "undefined") for name in signature.parameters]
        while arguments and arguments[-1] == "undefined":
            arguments.pop()
        if signature.uses_caller and (arguments or caller != "undefined"):
            arguments.insert(0, caller)
        return Code(f"{signature.js}({', '.join([macro.context, *arguments])})", "html")

    def _bound(self, node: nodes.Call, macro: MacroName, scope: Scope) -> dict[str, str]:
        parameters = macro.signature.parameters
        if len(node.args) > len(parameters):
            self.refuse(node, f"the macro takes {len(parameters)} arguments")
        pairs = [*zip(parameters, node.args, strict=False)]
        pairs += [(one.key, one.value) for one in node.kwargs]
        given: dict[str, str] = {}
        for name, argument in pairs:
            if name not in parameters or name in given:
                self.refuse(node, f"the macro has no argument {name}, or has it twice")
            given[name] = self.value(argument, scope)
        return given

    def _say(self, node: nodes.Call, scope: Scope) -> Code:
        msgid = self._msgids(node, 1)[0]
        values = self._placeholders(node, [msgid], scope)
        return Code(f"c.say({js_text(msgid)}{values})", "html")

    def _say_count(self, node: nodes.Call, scope: Scope) -> Code:
        one, many = self._msgids(node, 2)
        if len(node.args) != 3:
            self.refuse(node, "ngettext takes two sentences and a number")
        number = self.value(node.args[2], scope)
        values = self._placeholders(node, [one, many], scope, implied="num")
        return Code(f"c.sayCount({js_text(one)}, {js_text(many)}, {number}{values})", "html")

    def _msgids(self, node: nodes.Call, count: int) -> list[str]:
        texts = [one.value for one in node.args[:count] if isinstance(one, nodes.Const)]
        if len(texts) != count or not all(isinstance(text, str) for text in texts):
            self.refuse(node, "a sentence to translate stands as a text in the template")
        if count == 1 and len(node.args) != 1:
            self.refuse(node, "placeholders are named")
        return texts

    def _placeholders(
        self,
        node: nodes.Call,
        msgids: list[str],
        scope: Scope,
        implied: str = "",
    ) -> str:
        asked: set[str] = set()
        for found in (one for msgid in msgids for one in _PLACEHOLDER.finditer(msgid)):
            if found[2] is not None:
                self.refuse(node, "a % that is no placeholder is written %%")
            asked |= {found[1]} - {None}
        given = {one.key for one in node.kwargs}
        if asked - {implied} != given - {implied}:
            self.refuse(node, f"placeholders {sorted(asked)} and values {sorted(given)} differ")
        pairs = [f"{js_text(one.key)}: {self.value(one.value, scope)}" for one in node.kwargs]
        return f", {{{', '.join(pairs)}}}" if pairs else ""

    def _asset(self, node: nodes.Call, scope: Scope) -> Code:
        if len(node.args) != 1 or node.kwargs:
            self.refuse(node, "asset takes one name")
        return Code(f"c.asset({self.value(node.args[0], scope)})")

    def _namespace(self, node: nodes.Call, scope: Scope) -> Code:
        if node.args:
            self.refuse(node, "namespace takes named values")
        pairs = [f"{js_text(one.key)}: {self.value(one.value, scope)}" for one in node.kwargs]
        return Code(f"{{{', '.join(pairs)}}}")

    def _super(self, node: nodes.Call, _scope: Scope) -> Code:
        if self.block is None or node.args or node.kwargs:
            self.refuse(node, "super() stands in a block, without arguments")
        return Code(f"c.block({js_text(self.block)}, depth + 1)", "html")

    def _caller(self, node: nodes.Call, scope: Scope) -> Code:
        found = scope.meaning("caller")
        if not isinstance(found, Local) or node.kwargs:
            self.refuse(node, "caller() stands in a macro, its arguments without names")
        given = ", ".join(self.value(one, scope) for one in node.args)
        return Code(f"r.need({found.js}, 'caller')({given})", "html")
