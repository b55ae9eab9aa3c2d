"""Compiled templates give what Jinja2 gives, construct by construct."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader

from server.field.compiler.modules import compile_templates
from server.field.environment import field_environment
from tests.server.field.twins import Jinja, Node, Told, speech_of

HERE = Path(__file__).parent
ENGLISH: dict[str, str | list[str]] = {
    "你好": "Hello",
    "你好 %(name)s": "Hello %(name)s & welcome",
    "%(num)d 条": ["%(num)d entry", "%(num)d entries"],
    "折扣 100%%": "100%% off",
}
CONTEXT: dict[str, Any] = {
    "name": "O'Neil <b>&\"",
    "empty": "",
    "zero": 0,
    "seven": 7,
    "minus": -123456,
    "unknown": None,
    "yes": True,
    "no": False,
    "rows": ["a<", "b", "c"],
    "none_at_all": [],
    "pairs": [["k", 100], ["l&", -5]],
    "deep": [[1, ["x", "y"]], [2, ["z", "w"]]],
    "thing": {"values": "its values", "items": 3, "a b": "spaced", "inner": {"get": "got"}},
    "no_thing": {},
    "on": "2026-01-31",
    "at": "2026-01-31T23:05:00+00:00",
    "astral": "𠮷野家",
}
LIBRARY = (HERE / "library.html").read_text()
SNIPPETS = (HERE / "snippets.txt").read_text().removesuffix("\n").split("\n%%\n")


PART = "<{{ row|default('no row') }}{{ name|default('no name') }}>"
SOURCES = {"library.html": LIBRARY, "part.html": PART} | {
    f"snippet{number}.html": text for number, text in enumerate(SNIPPETS)
}
SNIPPETS_HERE = Jinja(DictLoader(SOURCES))
BOTTOM = """
{% set tone = tone|default("low") %}
<{{ tone }}>{% block a %}A{% endblock %}|{% block b scoped %}B{% endblock %}|{{ self.a() }}
"""
MIDDLE = """
{% extends "bottom.html" %}
{% set tone = "mid" %}
{% block a %}({{ super() }}{{ name }}){% block c %}C{% endblock %}{% endblock %}
"""
TOP = """
{% extends "middle.html" %}
{% from "library.html" import tag %}
{% set tone = "top" %}
{% if yes %}{% set extra = 1 %}{% endif %}
{% macro own(x) %}{{ x }}{{ seven }}{% endmacro %}
{% block a %}[{{ super() }}{{ tag(name) }}{{ own("<") }}{{ extra }}{{ tone }}]{% endblock %}
{% block c %}{{ super() ~ "<" }}{% endblock %}
"""


@pytest.mark.parametrize("number", range(len(SNIPPETS)), ids=SNIPPETS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_snippet_shows_the_same(number: int, language: str, node: Node, snippets: Path) -> None:
    name = f"snippet{number}.html"
    texts = ENGLISH if language == "en" else {}
    here = SNIPPETS_HERE.render(name, CONTEXT, language, texts)
    there = node.render(snippets, name, CONTEXT, language, texts)
    assert there.html == here.html, (here, there)


def test_pages_that_extend_show_the_same(node: Node, modules: Path) -> None:
    sources = {
        "library.html": LIBRARY,
        "bottom.html": BOTTOM,
        "middle.html": MIDDLE,
        "top.html": TOP,
    }
    module = _written(modules / "pages.js", sources)
    for name in ("bottom.html", "middle.html", "top.html"):
        here = Jinja(DictLoader(sources)).render(name, CONTEXT, "zh", {})
        assert here.html
        assert node.render(module, name, CONTEXT, "zh", {}) == here


def test_super_without_a_block_above_is_an_error_on_both_sides(node: Node, modules: Path) -> None:
    sources = {"page.html": "{% block a %}{{ super() }}{% endblock %}"}
    module = _written(modules / "super.js", sources)
    assert Jinja(DictLoader(sources)).render("page.html", {}, "zh", {}).html is None
    assert node.render(module, "page.html", {}, "zh", {}).html is None


def test_names_of_javascript_are_no_names_of_a_template(node: Node, modules: Path) -> None:
    names = ["constructor", "__proto__", "toString", "hasOwnProperty"]
    sources = {
        f"{name}.html": f"{{{{ {name}|default('-') }}}}{{{{ thing.{name}|default('-') }}}}"
        f"{{{{ {{'a': 1}}['{name}']|default('-') }}}}{{{{ _('{name}') }}}}"
        for name in names
    }
    module = _written(modules / "names.js", sources)
    for name in names:
        told = node.render(module, f"{name}.html", {"thing": {}}, "zh", {})
        assert told == Told(f"---{name}")


def _written(path: Path, sources: dict[str, str]) -> Path:
    environment = field_environment(lambda: speech_of("zh", {}))
    path.write_text(compile_templates(sources, environment, "field"))
    return path


@pytest.fixture(scope="module")
def snippets(modules: Path) -> Path:
    """All snippets as one module."""
    return _written(modules / "snippets.js", SOURCES)
