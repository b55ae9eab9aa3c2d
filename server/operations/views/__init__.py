"""Health for those who watch, metrics for those who count, the page of jobs for administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.operations.views import health, jobs, metrics
from server.operations.views.blueprint import QUEUES, ask_nobody, blueprint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from server.operations.views.blueprint import CountQueue

__all__ = ["health", "init_operations", "jobs", "metrics"]


def init_operations(app: Flask, queues: Mapping[str, CountQueue]) -> None:
    """Register the pages; before the accounts, so that health asks no person and no database.

    `queues` counts by name what waits in other rooms.
    """
    app.extensions[QUEUES] = dict(queues)
    app.before_request(ask_nobody)
    metrics.init_metrics(app)
    app.register_blueprint(blueprint)
