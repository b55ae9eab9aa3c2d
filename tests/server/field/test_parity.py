"""Every field template gives the same bytes from Jinja2 and from its compiled twin.

`FIELD_FUZZ=3000` shakes as many contexts instead of the usual few.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from server.field.compiler.__main__ import ENGLISH, field_sources, speaking_files
from server.field.compiler.catalogues import catalogue, msgids
from server.field.compiler.modules import compile_templates
from tests.server.field.contexts import kept_contexts, shaken, shown_templates
from tests.server.field.twins import Jinja, Node, Told

JINJA = Jinja()
TEMPLATES = shown_templates(JINJA.environment)
TEXTS = {"zh": {}, "en": catalogue(ENGLISH, msgids(speaking_files()))}
SHAKEN = int(os.environ.get("FIELD_FUZZ", "150"))


@pytest.fixture(scope="module")
def compiled(modules: Path) -> Path:
    module = modules / "templates.js"
    module.write_text(compile_templates(field_sources(), JINJA.environment, "server/templates"))
    return module


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_vectors(name: str) -> None:
    assert kept_contexts(name), f"tests/cases/field_contexts has no contexts for {name}"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_shows_the_same(name: str, language: str, node: Node, compiled: Path) -> None:
    for about, context in kept_contexts(name).items():
        here = JINJA.render(name, context, language, TEXTS[language])
        there = node.render(compiled, name, context, language, TEXTS[language])
        assert here.html is not None, (about, here.error)
        assert there.html == here.html, (about, there.error)


def test_shaken_contexts_show_the_same_or_fail_on_both_sides(node: Node, compiled: Path) -> None:
    chance = random.Random(20260131)
    vectors = [(name, one) for name in TEMPLATES for one in kept_contexts(name).values()]
    shown = 0
    for _ in range(SHAKEN):
        name, vector = chance.choice(vectors)
        language = chance.choice(("zh", "en"))
        context = shaken(vector, chance)
        here = JINJA.render(name, context, language, TEXTS[language])
        there = node.render(compiled, name, context, language, TEXTS[language])
        assert there.html == here.html, (name, language, context, here, there)
        shown += here != Told(None, here.error)
    # Contexts that fail on both sides prove little: most must show a page.
    assert shown > SHAKEN * 0.6
