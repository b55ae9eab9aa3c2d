"""The HTTP side of the channels: /push/v1/ for browsers. Administrators' pages are in `admin`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.database.notices import carry
from server.push import above
from server.push.actions import queue_notices
from server.push.sending import senders
from server.push.sending.senders import Senders
from server.push.views.subscriptions import blueprint

if TYPE_CHECKING:
    from flask import Flask

    from server.config import ChannelSettings
    from server.push.above import Above


def init_push(app: Flask, settings: ChannelSettings, handed_in: Above) -> None:
    """Let what is told leave by the channels. Raises `ConfigurationError`."""
    app.config["CHANNELS"] = settings
    senders.install(Senders(settings))
    above.install(handed_in)
    carry(queue_notices)
    app.register_blueprint(blueprint)
