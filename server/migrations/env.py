"""How Alembic reaches the database of the app, and SQLite's care with rebuilt tables.

SQLite rebuilds a table to change it; with foreign keys on, dropping the old one would delete
every cascading child. They are switched off outside the transaction and checked at its end.
"""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy import JSON

from server.accounts import models as _accounts  # noqa: F401 (each import adds its tables)
from server.attachments import models as _attachments  # noqa: F401
from server.backups import models as _backups  # noqa: F401
from server.covers import models as _covers  # noqa: F401
from server.customers import models as _customers  # noqa: F401
from server.database import Base
from server.database import notices as _notices  # noqa: F401
from server.feedback import models as _feedback  # noqa: F401
from server.intake import models as _intake  # noqa: F401
from server.loans import models as _loans  # noqa: F401
from server.operations import models as _operations  # noqa: F401
from server.products import models as _products  # noqa: F401
from server.push import models as _push  # noqa: F401
from server.reminders import models as _reminders  # noqa: F401
from server.repayments import models as _repayments  # noqa: F401
from server.replication.models import devices as _devices  # noqa: F401
from server.replication.models import log as _log  # noqa: F401

# A backup that is tried or restored lies in a database that is not the app's own.
engine = context.config.attributes.get("engine") or current_app.extensions["migrate"].db.engine
is_sqlite = engine.dialect.name == "sqlite"


def _render_item(kind: str, item: Any, autogen_context: AutogenContext) -> str | Literal[False]:
    """Write our own column types by the name that the migrations import."""
    if kind == "type" and isinstance(item, JSON):
        autogen_context.imports.add("from server.database import types")
        return "types.Json"
    if kind == "type" and type(item).__module__ == "server.database.types":
        autogen_context.imports.add("from server.database import types")
        return f"types.{type(item).__name__}()"
    return False


def run() -> None:
    with engine.connect() as connection:
        if is_sqlite:
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=is_sqlite,
            render_item=_render_item,
            compare_type=True,
            transaction_per_migration=True,
        )
        try:
            with context.begin_transaction():
                context.run_migrations()
            if is_sqlite:
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                connection.rollback()
                if broken:
                    raise RuntimeError(f"foreign keys broken by a migration: {broken[:5]}")
        finally:
            if is_sqlite:
                connection.rollback()
                connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=ON")


run()
