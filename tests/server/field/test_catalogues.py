"""A device gets the sentences that its templates and scripts say, and no others."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.field.compiler.__main__ import field_sources, main, scripts, speaking_files
from server.field.compiler.catalogues import catalogue, msgids
from server.field.compiler.reach import named_in, reachable
from server.field.environment import field_environment
from tests.server.field.twins import speech_of

MESSAGES = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "今日"
msgstr "Today"

msgid "%(num)d 条"
msgid_plural "%(num)d 条"
msgstr[0] "%(num)d entry"
msgstr[1] "%(num)d entries"

msgid "没有译文"
msgstr ""

#, fuzzy
msgid "猜的"
msgstr "guessed"

msgid "桌面的"
msgstr "of the desk"
"""


def test_only_what_is_said_is_in_the_catalogue(tmp_path: Path) -> None:
    (tmp_path / "messages.po").write_text(MESSAGES)
    wanted = ["今日", "%(num)d 条", "没有译文", "猜的", "不在里面"]
    assert catalogue(tmp_path / "messages.po", wanted) == {
        "今日": "Today",
        "%(num)d 条": ["%(num)d entry", "%(num)d entries"],
    }


def test_sentences_are_found_in_templates_and_scripts(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("{{ _('今日') }}{{ ngettext('一条', '%(num)d 条', n) }}{{ name('不是') }}")
    script = tmp_path / "page.ts"
    script.write_text('const said: string = t("已同步"); _(`模板`); other("不是");')
    assert set(msgids([page, script])) >= {"今日", "一条", "已同步"}
    assert "不是" not in set(msgids([page, script]))


def test_the_worker_carries_what_its_scripts_name_and_what_that_stands_on() -> None:
    sources = {
        "field/page.html": "{% extends 'field/base.html' %}",
        "field/base.html": "{% from 'field/_parts.html' import icon %}"
        "{% include 'field/_x.html' %}",
        "field/_parts.html": "{% macro icon() %}{% endmacro %}",
        "field/_x.html": "x",
        "field/start.html": "never named",
    }
    environment = field_environment(lambda: speech_of("zh", {}))
    named = named_in(['page("field/page.html")', "page('field/gone.html')"])
    assert named == {"field/page.html", "field/gone.html"}
    assert reachable(named, sources, environment) == sources.keys() - {"field/start.html"}


def test_every_template_that_the_worker_names_is_there() -> None:
    assert named_in(file.read_text() for file in scripts()) <= field_sources().keys()


def test_the_command_writes_the_module_and_both_catalogues(tmp_path: Path) -> None:
    assert main(tmp_path / "made") == 0
    assert {file.name for file in (tmp_path / "made").iterdir()} == {
        "templates.js",
        "zh.json",
        "en.json",
    }
    module = (tmp_path / "made" / "templates.js").read_text()
    assert "eval(" not in module
    assert "Function(" not in module
    assert all(file.exists() for file in speaking_files())


def test_the_command_names_what_it_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = {"field/page.html": "\n{{ name.upper() }}"}
    monkeypatch.setattr("server.field.compiler.__main__.field_sources", lambda: refused)
    assert main(tmp_path / "made") == 1
    assert capsys.readouterr().err == (
        "server/templates/field/page.html:2: a method call: upper()\n"
    )
    assert not (tmp_path / "made").exists()
