"""A still clock for pages, and the statements that reach the database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine

from tests.server.bank import NOW
from tests.server.customers.conftest import statements

__all__ = ["statements"]


@pytest.fixture
def morning() -> Iterator[None]:
    """Requests happen on the morning of 2026-03-10, as the bank's actors do."""
    with time_machine.travel(NOW):
        yield
