"""The file of `flask import` begun while the app is being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server.intake.queries import early
from tests.server.intake.sheets import ledger_row, workbook

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(workbook([ledger_row(1)]))
    return path


@pytest.mark.parametrize("program", ["/somewhere/bin/flask", "/packages/flask/__main__.py"])
def test_a_file_that_is_imported_is_read_early_and_given_once(program: str, ledger: Path) -> None:
    early.begin([program, "--app", "server.wsgi", "import", str(ledger), "--json"])

    begun = early.taken(ledger)

    assert begun is not None
    data, book = begun
    assert data == ledger.read_bytes()
    rows, again = ([*book.sheet(book.sheets[0].name).rows()] for _ in range(2))
    assert rows == again  # the second time it is read anew
    assert len(rows) == 2
    assert early.taken(ledger) is None


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["/somewhere/bin/gunicorn", "import", "LEDGER"],
        ["/somewhere/bin/flask", "export", "LEDGER"],
        ["/somewhere/bin/flask", "import"],
        ["/somewhere/bin/flask", "import", "--json", "LEDGER"],
        ["/somewhere/bin/flask", "import", "LEDGER.gone"],
    ],
)
def test_nothing_else_is_begun(words: list[str], ledger: Path) -> None:
    early.begin([word.replace("LEDGER", str(ledger)) for word in words])

    assert early.taken(ledger) is None


def test_a_file_that_cannot_be_read_is_left_to_whoever_asks_for_it(tmp_path: Path) -> None:
    path = tmp_path / "台账.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing after")

    early.begin(["/somewhere/bin/flask", "import", str(path)])

    assert early.taken(path) is None
