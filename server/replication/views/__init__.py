"""The HTTP side of the replication, under /sync/v1/."""

from flask import Flask

from server.replication.views import blobs, devices, digest, events, hello, pull
from server.replication.views.blueprint import blueprint
from server.replication.views.push import blueprint as push

__all__ = ["blobs", "devices", "digest", "events", "hello", "init_replication", "pull"]


def init_replication(app: Flask) -> None:
    """Register what devices ask for."""
    app.register_blueprint(blueprint)
    app.register_blueprint(push)
