"""The contexts of field templates: kept vectors, and what they turn into when shaken."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, nodes

from server.field.compiler.__main__ import field_sources

FOLDER = Path(__file__).parents[2] / "cases" / "field_contexts"

Context = dict[str, Any]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TEXTS = (
    "",
    "&",
    'O\'Neil "<b>&amp;</b>"',
    "</script><!--",
    "%(name)s %s {{ 7 * 7 }} {% if %}",
    "长" * 120,
    "阿依古丽·买买提·吾甫尔江",
    "line one\nline two\r\n\ttab",
    "\u2028\u00a0\ufeff\x1f",
    "𠮷野家 😀",
    "0",
    "None",
    "__proto__",
)
_NUMBERS = (0, 1, -1, 2, 5, 12, 100, 123456789, -5050, 99_999_999_999_999)
_DAYS = ("2026-01-31", "2024-02-29", "1999-12-31", "2100-01-01", "2026-02-30", "")


def shown_templates(environment: Environment) -> list[str]:
    """The templates that are rendered themselves: all but those of macros only."""
    return [
        name
        for name, source in field_sources().items()
        if any(_shows(node) for node in environment.parse(source).body)
    ]


def _shows(node: nodes.Node) -> bool:
    if isinstance(node, nodes.Output):
        return any(
            not isinstance(one, nodes.TemplateData) or one.data.strip() for one in node.nodes
        )
    return not isinstance(node, nodes.Macro | nodes.FromImport | nodes.Assign)


def kept_contexts(template: str) -> dict[str, Context]:
    """The vectors of a template by name; empty when it has none."""
    file = FOLDER / f"{template.removeprefix('field/').removesuffix('.html')}.json"
    return json.loads(file.read_text()) if file.exists() else {}


def shaken(context: Context, chance: random.Random) -> Context:
    """A copy in which a few values are others of their kind, or missing, or null."""
    made = copy.deepcopy(context)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        places = list(_places(made))
        if places:
            _shake(*chance.choice(places), chance)
    return made


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in list(pairs):
        yield value, key
        if isinstance(inner, dict | list) and inner:
            yield from _places(inner)


def _shake(holder: Any, key: Any, chance: random.Random) -> None:
    value = holder[key]
    if chance.random() < 0.03:
        holder[key] = None
    elif isinstance(value, bool):
        holder[key] = not value
    elif isinstance(value, int):
        holder[key] = chance.choice(_NUMBERS)
    elif isinstance(value, str):
        holder[key] = chance.choice(_DAYS if _DAY.fullmatch(value) else _TEXTS)
    elif isinstance(value, list):
        holder[key] = _other_list(value, chance)
    elif isinstance(value, dict) and value and chance.random() < 0.1:
        del value[chance.choice(list(value))]


def _other_list(items: list[Any], chance: random.Random) -> list[Any]:
    if not items or chance.random() < 0.4:
        return []
    return [copy.deepcopy(chance.choice(items)) for _ in range(chance.randint(1, 4))]
