"""A worker of its own process that kills itself at a named moment; started by `test_once`.

Arguments: the database's URL, a folder, the receiver's host, and the moment: `claimed` (before
anything leaves), `sent` (before it is written down), or `never`.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from server.app import create_app
from server.config import ChannelSettings
from server.database.extension import current_session
from server.domain.access import Actor, Role
from server.push.actions import delivering
from server.push.sending.senders import Senders
from tests.server.bank import NOW
from tests.server.conftest import make_config


def die(*_: object) -> None:
    """As a machine does that loses its power."""
    os.kill(os.getpid(), signal.SIGKILL)


def main(url: str, folder: str, host: str, moment: str) -> None:
    """One step of delivering."""
    config = make_config(url, Path(folder))
    app = create_app(replace(config, keyring=os.environ["TEST_KEYRING"]))
    hosts = (host,)
    senders = Senders(ChannelSettings(push_hosts=hosts, hook_hosts=hosts), rests=0.0)
    worker = Actor(None, "后台任务", Role.MANAGER, None, NOW, NOW.date(), "job")
    if moment == "claimed":
        delivering._sent = die  # type: ignore[assignment]
    if moment == "sent":
        delivering._write_down = die  # type: ignore[assignment]
    with app.app_context():
        done = delivering.deliver_next(
            current_session(), worker, senders, lambda: NOW + dt.timedelta(seconds=1)
        )
    sys.stdout.write(f"{done}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
