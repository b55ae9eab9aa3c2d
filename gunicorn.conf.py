"""What gunicorn does beside the Procfile: the folder in which its processes count together.

gunicorn reads this file from the folder it is started in. The folder of the metrics belongs to one
start: what a process counted stays counted when it ends, and is gone with the last of them.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from typing import Any

_NAME = "PROMETHEUS_MULTIPROC_DIR"
_made: list[str] = []


def on_starting(_server: Any) -> None:
    """Make the folder before the first worker reads the settings."""
    if not os.environ.get(_NAME):
        _made.append(tempfile.mkdtemp(prefix="taizhang-metrics-"))
        os.environ[_NAME] = _made[0]


def child_exit(_server: Any, worker: Any) -> None:
    """Forget what a gone process said of itself alone."""
    from prometheus_client import multiprocess  # noqa: PLC0415 (only now is the folder named)

    multiprocess.mark_process_dead(worker.pid)


def on_exit(_server: Any) -> None:
    """Take the folder away again."""
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
