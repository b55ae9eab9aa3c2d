"""The statement told as a story, line by line."""

from __future__ import annotations

from server.domain.statement.result import Line
from server.domain.statement.sheet import Statement


def lines_of(sheet: Statement) -> tuple[Line, ...]:
    """All lines of a statement, oldest first."""
    del sheet
    return ()
