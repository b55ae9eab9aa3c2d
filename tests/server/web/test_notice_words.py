"""What a notice says where others may look on, and where its person allows more."""

from __future__ import annotations

import pytest
from flask import Flask

from server.web.notice_words import _BODIES, _TITLES, words

DUE: dict[str, str | int | None] = {
    "name": "欧阳娜娜",
    "contract_no": "HT20260115-0042",
    "amount": 1_020_304,
    "due_on": "2026-03-13",
    "offset": -3,
}


def test_a_lock_screen_shows_no_name_and_no_amount(app: Flask) -> None:
    said = words("due_soon", DUE, "zh", show_amounts=False)
    assert said.title == "还款提醒"
    assert said.body == "欧阳** 尾号 0042 的贷款 2026-03-13 到还款日。"


def test_who_allows_it_reads_names_and_amounts(app: Flask) -> None:
    said = words("due_soon", DUE | {"offset": 0}, "zh", show_amounts=True)
    assert said.body == "欧阳娜娜 尾号 0042 的贷款今天应还 10,203.04 元。"


def test_a_digest_counts_what_there_is(app: Flask) -> None:
    params = {"due": 3, "overdue": 0, "promised": 1, "complaints": 0, "tasks": 0, "sum": 500_00}
    assert (
        words("due_digest", params, "zh", show_amounts=False).body == "到期 3 笔、承诺还款 1 笔。"
    )
    assert words("due_digest", params, "zh", show_amounts=True).body.endswith(
        "今天应收 500.00 元。"
    )


def test_an_unknown_kind_says_no_more_than_that_there_is_one(app: Flask) -> None:
    assert words("riddle", DUE, "zh", show_amounts=True).title == "您有一条新通知"


@pytest.mark.parametrize("kind", sorted(_TITLES))
@pytest.mark.parametrize("show", [True, False])
def test_every_kind_has_words_in_both_languages_and_tells_no_number(
    app: Flask, kind: str, show: bool
) -> None:
    params = DUE | {"id_no": "330106199003070011", "phone": "13800000000"}
    chinese = words(kind, params, "zh", show_amounts=show)
    english = words(kind, params, "en", show_amounts=show)
    assert chinese.title != english.title
    for said in (chinese, english):
        assert said.title
        assert said.body
        assert "3301061990" not in said.body
        assert "1380000" not in said.body
        assert show or "1,020" not in said.body


def test_every_body_has_a_title() -> None:
    assert set(_BODIES) <= set(_TITLES)
