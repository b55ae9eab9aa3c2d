"""The one module-level app, for gunicorn and `flask --app server.wsgi`.

What it consists of stays as long as the process: nobody looks through it for garbage, neither while
it is made (a sixth of the start) nor later, and forked workers go on sharing its memory.
"""

import gc
import sys

gc.disable()

from server.intake.queries import early  # noqa: E402 (after the line above, which is for it)

early.begin(sys.argv)

from server.app import create_app  # noqa: E402 (while the file of `flask import` is read)
from server.web.logs import configure_logs  # noqa: E402

app = create_app()
configure_logs(as_json=app.config["LOG_AS_JSON"])

gc.freeze()
gc.enable()
