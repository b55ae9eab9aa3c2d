"""The columns of a ledger are called on the pages what the domain calls them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.domain.ledger.columns import ALL
from server.web.intake_labels import column_label

if TYPE_CHECKING:
    from flask import Flask


def test_every_column_has_its_word_and_it_is_the_domains(app: Flask) -> None:
    with app.test_request_context():
        assert {each.field: column_label(each.field) for each in ALL} == {
            each.field: each.label for each in ALL
        }
