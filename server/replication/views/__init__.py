"""The HTTP side of the replication: /sync/v1/ for devices, /conflicts and /devices for the desk."""

from flask import Flask

from server.desk.views.today import add_queue
from server.replication.views import blobs, devices, digest, duplicates, events, hello, pull
from server.replication.views.blueprint import blueprint
from server.replication.views.fleet import blueprint as fleet
from server.replication.views.push import blueprint as push
from server.replication.views.settling import blueprint as settling
from server.replication.views.settling import waiting_queue

__all__ = [
    "blobs",
    "devices",
    "digest",
    "duplicates",
    "events",
    "hello",
    "init_replication",
    "pull",
]


def init_replication(app: Flask) -> None:
    """Register what devices ask for and what people settle."""
    app.register_blueprint(blueprint)
    app.register_blueprint(push)
    app.register_blueprint(settling)
    app.register_blueprint(fleet)
    add_queue(app, waiting_queue)
