"""`python -m server.jobs` is the worker process."""

from __future__ import annotations

import logging
import signal
import sys
import threading

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.blocking import BlockingScheduler

from server.jobs.door import through_door
from server.jobs.schedule import make_jobs
from server.wsgi import app


def main() -> None:
    """Run the jobs until the process is told to stop; what is under way ends its step first."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    # A job that is still at work when its next time comes is no warning: imports take long.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    zone, stopping = app.config["TIMEZONE"], threading.Event()

    def goes_on() -> bool:
        return not stopping.is_set()

    scheduler = BlockingScheduler(
        timezone=zone,
        executors={"default": ThreadPoolExecutor(2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 3600},
    )
    jobs = make_jobs(app.config["DATA_DIR"], goes_on)
    for job in jobs:
        run = through_door(job, app.app_context, zone, goes_on)
        scheduler.add_job(run, job.trigger(zone), id=job.name)
        if job.at_start:
            scheduler.add_job(run, id=f"{job.name}.at_start")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    logging.getLogger("taizhang.jobs").info("worker started with %d jobs", len(jobs))
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        stopping.set()
        scheduler.shutdown(wait=True)
        logging.getLogger("taizhang.jobs").info("worker stopped")


main()
