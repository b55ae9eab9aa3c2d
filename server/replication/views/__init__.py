"""The HTTP side of the replication, under /sync/v1/."""

from flask import Flask

from server.replication.views.push import blueprint as push


def init_replication(app: Flask) -> None:
    """Register what devices ask for."""
    app.register_blueprint(push)
