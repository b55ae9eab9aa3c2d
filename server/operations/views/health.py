"""/healthz: the process lives. /readyz: what it needs is there, and what is wrong if not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import current_app, jsonify

from server.database.extension import current_session
from server.database.schema import newest_revisions
from server.operations.queries import Health, health
from server.operations.views.blueprint import blueprint
from server.web.doors import public

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

_NOT_READY: Final = 503


@blueprint.get("/healthz")
@public
def live() -> ResponseReturnValue:
    """Answer without any database: whoever gets no answer starts this process anew."""
    return jsonify({"live": True}), {"Cache-Control": "no-store"}


@blueprint.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Say what is in order; 503 where the ledger cannot be worked with as it should be."""
    migrations = Path(current_app.root_path) / "migrations"
    found = health(current_session(), newest_revisions(migrations), dt.datetime.now(dt.UTC))
    status = 200 if found.is_ready else _NOT_READY
    return jsonify(_document(found)), status, {"Cache-Control": "no-store"}


def _document(found: Health) -> dict[str, Any]:
    return {
        "ready": found.is_ready,
        "checks": {
            "database": found.database,
            "migrations": found.migrations,
            "worker": found.worker,
        },
        "jobs": {"stuck": list(found.stuck), "failed": list(found.failed)},
    }
