"""/metrics: requests of all web processes, jobs, queues and the worker, as Prometheus reads them.

Under gunicorn every process writes into one folder (`gunicorn.conf.py` makes it), and whichever is
asked answers for all. Jobs and queues are read from the database, so the worker serves nothing.
The library is loaded by the first request, not by the worker or a command.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from flask import Response, current_app, g, request

from server.database.extension import current_session
from server.domain.access import Actor, Role
from server.operations.queries import Tally, tally
from server.operations.views.blueprint import QUEUES, blueprint
from server.web.doors import public

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.typing import ResponseReturnValue

_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS"})
_making: Final = threading.Lock()
_FORWARDED: Final = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


@dataclass(frozen=True, slots=True)
class _Instruments:
    requests: Any
    seconds: Any


def init_metrics(app: Flask) -> None:
    """Count every request of the app."""
    app.before_request(_begin)
    app.after_request(_count)


@blueprint.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Tell the metrics, to whoever has the token, or without one to this machine alone."""
    if not _may_read():
        return Response("not allowed\n", 403, mimetype="text/plain")
    from prometheus_client import CONTENT_TYPE_LATEST  # noqa: PLC0415 (see above)

    return Response(_requests_told() + _house_told(), content_type=CONTENT_TYPE_LATEST)


def _begin() -> None:
    g.counted_from = time.perf_counter()


def _count(answer: Response) -> Response:
    begun = g.get("counted_from")
    if begun is None or request.endpoint == "static":
        return answer
    tools, route = _instruments(), request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in _METHODS else "other"
    tools.requests.labels(route, method, str(answer.status_code)).inc()
    tools.seconds.labels(route).observe(time.perf_counter() - begun)
    return answer


def _instruments() -> _Instruments:
    # Two first requests at once would otherwise both register.
    with _making:
        return _made_instruments()


@lru_cache(maxsize=1)
def _made_instruments() -> _Instruments:
    from prometheus_client import Counter, Histogram  # noqa: PLC0415 (see above)

    return _Instruments(
        Counter("taizhang_requests", "Requests answered.", ["route", "method", "status"]),
        Histogram("taizhang_request_seconds", "Time until an answer.", ["route"], buckets=_BUCKETS),
    )


def _may_read() -> bool:
    token = current_app.config["METRICS_TOKEN"]
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    # A proxy on this machine makes every stranger look like a neighbour, but says that it is one.
    if any(name in request.headers for name in _FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _requests_told() -> bytes:
    """What the web processes counted: of all of them where they share a folder."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess  # noqa: PLC0415 (see above)

    if not current_app.config["METRICS_DIR"]:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    collect: Any = multiprocess.MultiProcessCollector
    collect(registry, current_app.config["METRICS_DIR"])
    return generate_latest(registry)


def _house_told() -> bytes:
    """What the database knows: the worker, its jobs, what waits."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415 (see above)

    now = dt.datetime.now(current_app.config["TIMEZONE"])
    actor = Actor(None, "metrics", Role.MANAGER, None, now, now.date(), "web")
    found = tally(current_session(), actor, current_app.extensions[QUEUES])
    registry = CollectorRegistry()
    registry.register(_Told(found))
    return generate_latest(registry)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """The figures of the database as Prometheus collects them; its registry hashes collectors."""

    found: Tally

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415 (see above)

        found = self.found
        yield GaugeMetricFamily(
            "taizhang_worker_alive", "1 where a worker was heard of lately.", found.is_alive
        )
        if found.heartbeat_age is not None:
            yield GaugeMetricFamily(
                "taizhang_worker_heartbeat_age_seconds",
                "Time since the worker's last heartbeat.",
                found.heartbeat_age,
            )
        for name, words, values in (
            ("job_last_success_timestamp_seconds", "When a job last ended well.", found.success),
            ("job_failed", "1 where a job's last run failed.", found.failed),
            ("job_stuck", "1 where a job's run does not get on.", found.stuck),
        ):
            family = GaugeMetricFamily(f"taizhang_{name}", words, labels=["job"])
            for job, value in values.items():
                family.add_metric([job], value)
            yield family
        family = GaugeMetricFamily("taizhang_queue_length", "What waits.", labels=["queue"])
        for queue, length in found.queues.items():
            family.add_metric([queue], length)
        yield family
