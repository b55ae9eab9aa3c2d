"""The schema of a database that is not the app's own: which revision it has, and bringing it up."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Engine

import server

MIGRATIONS: Final = Path(server.__file__).parent / "migrations"


def knows(revision: str, migrations: Path = MIGRATIONS) -> bool:
    """Whether this release knows a revision: one that is unknown is of a newer release."""
    try:
        return ScriptDirectory(str(migrations)).get_revision(revision) is not None
    except CommandError:
        return False


def bring_up(engine: Engine, migrations: Path = MIGRATIONS) -> None:
    """Bring a database up to the newest schema."""
    asked = Config()
    asked.set_main_option("script_location", str(migrations))
    asked.attributes["engine"] = engine
    command.upgrade(asked, "head")
