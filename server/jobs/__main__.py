"""`python -m server.jobs` is the worker process."""

from __future__ import annotations

import logging
import signal

from server.jobs.schedule import make_jobs
from server.jobs.worker import Worker
from server.wsgi import app


def main() -> None:
    """Run the jobs until the process is told to stop; what is under way ends its step first."""
    # A job that is still at work when its next time comes is no warning: imports take long.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    worker: list[Worker] = []

    def goes_on() -> bool:
        return not worker or worker[0].goes_on()

    config = app.config
    jobs = make_jobs(config["DATA_DIR"], goes_on, config["BANK_NAME"], config["BACKUPS"])
    worker.append(Worker(app.app_context, app.config["TIMEZONE"], jobs))
    for wish in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wish, lambda *_: worker[0].stop())
    worker[0].run()


main()
