"""What a field template may not use is refused with its file and line."""

from __future__ import annotations

import pytest

from server.field.compiler.modules import compile_templates
from server.field.compiler.subset import Refused
from server.field.environment import field_environment
from tests.server.field.twins import speech_of

OTHER = "{% macro mark(name, label=none) %}{{ name }}{{ label }}{% endmacro %}\n"
REFUSALS = [
    ("{{ name.upper() }}", "method call"),
    ("{{ values.items() }}", "method call"),
    ("{{ name[1:] }}", "slice"),
    ("{{ 1.5 }}", "not whole"),
    ("{{ 9007199254740993 }}", "too large"),
    ("{{ a * b }}", "Mul"),
    ("{{ a / b }}", "Div"),
    ("{{ a // b }}", "FloorDiv"),
    ("{{ a % b }}", "Mod"),
    ("{{ a ** b }}", "Pow"),
    ("{{ 'x' if 1 < a < 3 }}", "chained comparison"),
    ("{{ a == b }}", "truth value"),
    ("{{ not a }}", "truth value"),
    ("{{ none }}", "none cannot be shown"),
    ("{{ name|safe }}", "filter safe is not listed"),
    ("{{ rows|map(attribute='id') }}", "arguments of the filter"),
    ("{{ name|sort }}", "filter sort is not listed"),
    ("{{ fen|yuan(2) }}", "does not take 1 arguments"),
    ("{{ name|default('a', boolean=true) }}", "arguments of the filter"),
    ("{{ name|default('a', false) }}", "only be true"),
    ("{{ 'x' if name is divisibleby(3) }}", "test divisibleby is not listed"),
    ("{{ 'x' if name is string }}", "test string is not listed"),
    ("{% trans %}text{% endtrans %}", "unknown tag 'trans'"),
    ("{% do a %}", "unknown tag 'do'"),
    ("{% break %}", "unknown tag 'break'"),
    ("{% filter upper %}a{% endfilter %}", "FilterBlock"),
    ("{% autoescape false %}a{% endautoescape %}", "outside the subset"),
    ("{% import 'other.html' as other %}", "Import"),
    ("{% from 'none.html' import mark %}", "no field template none.html"),
    ("{% from 'other.html' import nothing %}", "has no macro nothing"),
    ("{% from name import mark %}", "stands as a text"),
    ("{% include name %}", "stands as a text"),
    ("{% include 'none.html' %}", "no field template none.html"),
    ("{% include 'other.html' ignore missing %}", "may be missing"),
    ("{% extends 'none.html' %}", "no field template none.html"),
    ("{% if a %}{% extends 'other.html' %}{% endif %}", "extends is the first"),
    ("{% for a in b recursive %}{{ loop(a) }}{% endfor %}", "recursive"),
    ("{% for a in b %}{{ loop.cycle('x', 'y') }}{% endfor %}", "method call"),
    ("{% for a in b %}{{ loop.previtem }}{% endfor %}", "loop.previtem"),
    ("{% for a in b %}{% set outer = loop %}{% endfor %}", "loop as a value"),
    ("{% for loop in b %}{% endfor %}", "loop"),
    ("{% set _ = 1 %}", "plain name"),
    ("{% set a %}x{% endset %}{{ a }}{{ _ }}", "_ as a value"),
    ("{% set a | upper %}x{% endset %}", "filter on a set block"),
    ("{% if a %}{% macro m() %}{% endmacro %}{% endif %}", "top of its template"),
    ("{% macro m() %}{{ varargs }}{% endmacro %}", "varargs as a value"),
    ("{% macro m(a) %}{% endmacro %}{{ m() }}", "needs its argument a"),
    ("{% macro m(a) %}{% endmacro %}{{ m(1, 2) }}", "takes 1 arguments"),
    ("{% macro m(a) %}{% endmacro %}{{ m(b=2) }}", "no argument b"),
    ("{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", "has it twice"),
    ("{% macro m(a) %}{% endmacro %}{{ m(*b) }}", "starred"),
    ("{% macro m(a) %}{% endmacro %}{{ m(**b) }}", "starred"),
    ("{% macro m() %}{% endmacro %}{{ other(m) }}", "no macro known"),
    ("{% macro m() %}{% endmacro %}{% set a = m %}", "m as a value"),
    ("{% macro m() %}{% endmacro %}{% call m() %}x{% endcall %}", "does not use caller"),
    (
        "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{{ caller() }}{% endmacro %}",
        "caller in a call block",
    ),
    ("{% call(a=1) m() %}x{% endcall %}", "known in this template"),
    ("{{ unknown(1) }}", "no macro known"),
    ("{{ url_for('x') }}", "no macro known"),
    ("{{ caller() }}", "caller() stands in a macro"),
    ("{{ super() }}", "super() stands in a block"),
    ("{{ _(name) }}", "stands as a text"),
    ("{{ _('一 ' ~ name) }}", "stands as a text"),
    ("{{ _('一', name) }}", "placeholders are named"),
    ("{{ _('一 %(a)s', b=1) }}", "differ"),
    ("{{ _('100%') }}", "is written %%"),
    ("{{ ngettext('%(num)d 条', '%(num)d 条') }}", "two sentences and a number"),
    ("{{ {1: 'a'} }}", "key that is not a text"),
    ("{{ {'1': 'a'} }}", "key of digits"),
    ("{% block a required %}{% endblock %}", "required"),
    ("{{ a", "unexpected end of template"),
    ("{% if a %}", "Unexpected end of template"),
]


@pytest.mark.parametrize(("source", "reason"), REFUSALS, ids=[one[0] for one in REFUSALS])
def test_a_construct_outside_the_subset_is_refused(source: str, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        _compile({"page.html": f"first line\n\n{source}\n", "other.html": OTHER})
    assert (refused.value.path, refused.value.line) == ("field/page.html", 3)
    assert reason in refused.value.reason


def test_a_template_that_extends_shows_nothing_outside_its_blocks() -> None:
    source = "{% extends 'other.html' %}\n\n<p>never seen</p>\n"
    with pytest.raises(Refused, match=r"field/page\.html:2: it stands outside the blocks"):
        _compile({"page.html": source, "other.html": OTHER})


def test_a_macro_reads_no_name_that_is_set_above_too() -> None:
    below = (
        "{% extends 'other.html' %}\n{% set tone = 1 %}\n{% macro m() %}{{ tone }}{% endmacro %}\n"
    )
    with pytest.raises(Refused, match=r"field/page\.html:3: tone is set above too"):
        _compile({"page.html": below, "other.html": "{% set tone = 2 %}{{ tone }}\n"})


def test_the_refusal_names_the_file_and_the_line() -> None:
    with pytest.raises(Refused, match=r"^field/deep/page\.html:2: a method call: get\(\)$"):
        _compile({"deep/page.html": "\n{{ words.get('a') }}\n"})


def _compile(sources: dict[str, str]) -> str:
    return compile_templates(sources, field_environment(lambda: speech_of("zh", {})), "field")
