"""Fixtures of the field templates' tests: one node process for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.field.twins import Node, node_process


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    with node_process() as process:
        yield process


@pytest.fixture(scope="session")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for compiled templates."""
    return tmp_path_factory.mktemp("modules")
