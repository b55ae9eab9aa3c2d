"""The newest revision of the schema that this code knows."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from pathlib import Path


@lru_cache(maxsize=4)
def newest_revisions(migrations: Path) -> frozenset[str]:
    """The heads of a folder of migrations; read once, the code does not change while it runs."""
    return frozenset(ScriptDirectory(str(migrations)).get_heads())
