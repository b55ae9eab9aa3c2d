"""`python -m server.jobs` is the worker process."""

from __future__ import annotations

import logging
import signal
import sys

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from server.jobs.door import through_door
from server.jobs.schedule import JOBS
from server.wsgi import app


def main() -> None:
    """Run the jobs until the process is told to stop."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    zone = app.config["TIMEZONE"]
    scheduler = BlockingScheduler(
        timezone=zone,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
    )
    for job in JOBS:
        run = through_door(job, app.app_context, zone)
        scheduler.add_job(run, job.trigger(zone), id=job.name)
        if job.at_start:
            scheduler.add_job(run, id=f"{job.name}.at_start")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("taizhang.jobs").info("worker started with %d jobs", len(JOBS))
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        scheduler.shutdown(wait=False)


main()
