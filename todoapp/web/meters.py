"""What each process counts for `/metrics`; how the counts of all of them come together.

Under Gunicorn every worker writes into files of its own, and whoever is asked adds them up (see
`meter_files`). What only the database knows is found out when somebody asks.

Labels have few values, whatever clients send: a route is a pattern, and all paths without one are
`unknown`. There is nothing about single people, keys or todos.
"""

from collections.abc import Iterable, Mapping, Sequence
from platform import python_version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, values
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from sqlalchemy import Engine, event

from todoapp import __version__
from todoapp.clock import utcnow
from todoapp.engines import OVERFLOW
from todoapp.services import health, measures
from todoapp.tally import tally

UNKNOWN = "unknown"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_STATEMENTS = (0, 1, 2, 3, 5, 10, 20, 50, 100)


class Meters:
    """The counts of one process."""

    def __init__(self, engines: Mapping[str, Engine], *, threads: int) -> None:
        self._own = CollectorRegistry()
        self._meter_requests()
        self._queued = self._histogram(
            "todoapp_writer_queue_seconds",
            "How long each request that wrote waited for its turn (SQLite).",
        )
        self._failed_logins = Counter(
            "todoapp_failed_logins", "Wrong passwords and wrong codes.", registry=self._own
        )
        _watch_pools(engines, self._own, most=threads + OVERFLOW)

    def _meter_requests(self) -> None:
        """Make what each request is counted in."""
        self._requests = Counter(
            "todoapp_http_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self._own,
        )
        self._seconds = self._histogram(
            "todoapp_http_request_duration_seconds",
            "How long they took, until the answer began.",
            ("method", "route"),
        )
        self._database = self._histogram(
            "todoapp_http_request_database_seconds",
            "How long the database took for the statements of each request, and for COMMIT.",
        )
        self._statements = self._histogram(
            "todoapp_http_request_statements",
            "SQL statements of each request.",
            buckets=_STATEMENTS,
        )
        self._children: dict[tuple[str, str | None, int], tuple[Counter, Histogram]] = {}

    def _histogram(
        self,
        name: str,
        doc: str,
        labels: Sequence[str] = (),
        *,
        buckets: Sequence[float] = _SECONDS,
    ) -> Histogram:
        return Histogram(name, doc, labels, registry=self._own, buckets=buckets)

    def count(self, method: str, rule: str | None, status: int, seconds: float) -> None:
        """Count a request that was answered; `rule` is its route, if it has one."""
        key = (method, rule, status)
        requests, duration = self._children.get(key) or self._add(key)
        requests.inc()
        duration.observe(seconds)
        self._database.observe(tally.seconds)
        self._statements.observe(tally.statements)
        if tally.queued is not None:
            self._queued.observe(tally.queued)
        if tally.failed_logins:
            self._failed_logins.inc(tally.failed_logins)

    def _add(self, key: tuple[str, str | None, int]) -> tuple[Counter, Histogram]:
        """Return the counts with these labels; to look them up each time takes as long as both."""
        method, rule, status = key
        labels = (method if method in METHODS else "OTHER", rule or UNKNOWN)
        made = self._requests.labels(*labels, str(status)), self._seconds.labels(*labels)
        if method in METHODS:  # else clients could fill the memory with inventions
            self._children[key] = made
        return made

    def all(self) -> Collector:
        """Return everything that is counted: by all processes of this host, and elsewhere."""
        registry = CollectorRegistry()
        if values.ValueClass is values.MutexValue:
            registry.register(self._own)
        else:
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        registry.register(_Elsewhere())
        return registry


def _watch_pools(engines: Mapping[str, Engine], registry: CollectorRegistry, *, most: int) -> None:
    """Count the connections that are in use, and how many may be."""
    in_use = _gauge("todoapp_database_pool_in_use", "Connections that are in use.", registry)
    size = _gauge("todoapp_database_pool_size", "How many connections may be in use.", registry)
    for name, engine in engines.items():
        size.labels(name).set(most)
        count = in_use.labels(name)
        event.listen(engine, "checkout", lambda *_, count=count: count.inc())
        event.listen(engine, "checkin", lambda *_, count=count: count.dec())


def _gauge(name: str, doc: str, registry: CollectorRegistry) -> Gauge:
    return Gauge(name, doc, ("pool",), registry=registry, multiprocess_mode="livesum")


class _Elsewhere:
    """What processes do not count: the build, the backups, and what the database knows."""

    def collect(self) -> Iterable[Metric]:
        """Yield it; while the database is away, that it is."""
        yield _build()
        backup = measures.last_backup()
        if backup is not None:
            yield _one("last_backup_timestamp_seconds", "When it was made; 0: never.", backup)
        measured = measures.measure(at=utcnow())
        yield _one("up_database", "Whether the database answers.", measured is not None)
        if measured is not None:
            yield _by("status", "todos", "Todos outside the trash.", measured.todos)
            yield _by("state", "jobs", "Background jobs that are remembered.", measured.jobs)
            waited = "How long the job has waited that has been due the longest."
            yield _one("oldest_due_job_age_seconds", waited, measured.waited)


def _one(name: str, doc: str, value: float) -> Metric:
    return GaugeMetricFamily(f"todoapp_{name}", doc, value=value)


def _by(label: str, name: str, doc: str, counts: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(f"todoapp_{name}", doc, labels=(label,))
    for value, count in counts.items():
        family.add_metric((value,), count)
    return family


def _build() -> Metric:
    labels = {"version": __version__, "python": python_version(), "revision": health.head()}
    family = GaugeMetricFamily(
        "todoapp_build_info",
        "What runs, and the newest migration that it knows.",
        labels=tuple(labels),
    )
    family.add_metric(tuple(labels.values()), 1)
    return family
