"""`flask rules AREA`: JSON lines in, JSON lines out, whatever comes in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from flask import Flask


def _answers(app: Flask, area: str, given: bytes) -> list[dict[str, object]]:
    ran = app.test_cli_runner().invoke(args=["rules", area], input=given)
    assert ran.exit_code == 0, ran.output
    return [json.loads(line) for line in ran.output.splitlines()]


def test_each_line_is_answered_in_order_and_empty_lines_are_passed_over(app: Flask) -> None:
    given = b'{"value": "13800000000"}\n\n{"value": "1380000000"}\n'
    assert [answer["valid"] for answer in _answers(app, "phone", given)] == [True, False]


def test_a_byte_order_mark_does_no_harm(app: Flask) -> None:
    (answer,) = _answers(app, "phone", b'\xef\xbb\xbf{"value": "13800000000"}')
    assert answer["valid"] is True


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "not_json"),
        (b'{"value": "\xff"}', "not_json"),
        (b"[1]", "not_an_object"),
        (b"[" * 100_000, "not_json"),
    ],
)
def test_a_line_that_is_no_object_is_refused_and_the_next_is_answered(
    app: Flask, line: bytes, reason: str
) -> None:
    refused, answered = _answers(app, "phone", line + b'\n{"value": "13800000000"}\n')
    assert refused == {"error": {"field": "input", "reason": reason}}
    assert answered["valid"] is True


def test_an_unknown_area_is_refused_by_name(app: Flask) -> None:
    (answer,) = _answers(app, "astrology", b"{}")
    assert answer == {"error": {"field": "area", "reason": "unknown"}}
