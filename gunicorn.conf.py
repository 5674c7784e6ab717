"""How Gunicorn serves: read from the settings, checked before the first worker starts."""

import errno
import os
import signal
import socket
import struct
import sys
from collections import Counter
from typing import Any

from gunicorn import glogging
from gunicorn.http import parser, wsgi
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import ThreadWorker

# At a reload the master reads this file anew, and its workers inherit what it has imported. Only
# the companion is kept: it knows the process that it has started.
for _name in [name for name in sys.modules if name.partition(".")[0] == "todoapp"]:
    if _name != "todoapp.jobs.companion":
        del sys.modules[_name]

from todoapp.jobs.companion import companion  # noqa: E402
from todoapp.settings import Settings  # noqa: E402
from todoapp.web import meter_files  # noqa: E402
from todoapp.web.listen import listeners, refusal  # noqa: E402

_settings = Settings.from_environment()
#: A client that takes nothing of its answer for so many seconds is let go of.
send_timeout = 60
#: So is one that sends nothing for so many seconds in the middle of a request.
receive_timeout = 15


class Unreader(SocketUnreader):  # type: ignore[misc]
    """Reads requests; a client that falls silent in the middle of one is like one that is gone."""

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Return what has come; nothing: no more will."""
        try:
            return bytes(super().chunk(size_hint))
        except BlockingIOError:
            self.sock.shutdown(socket.SHUT_RD)  # or its last words would be waited for
            return b""


parser.SocketUnreader = Unreader

# A worker that is told to stop before it listens to signals would take them for its master's, and
# be waited for in vain, for graceful_timeout. So they wait for it, from the fork on.
_STOPS = {signal.SIGTERM, signal.SIGQUIT}
os.register_at_fork(
    before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _STOPS),
    after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS),
)


class Worker(ThreadWorker):  # type: ignore[misc]
    """One that lets go of the port as soon as it is to end, or its master is dead.

    Gunicorn's own keeps it until the last client is gone, for up to graceful_timeout: new
    connections wait for somebody to accept them, and the next start is refused. And one whose
    master is dead goes on serving the connections that clients keep alive. Nor does it ever give
    up on a client that stops in the middle, be it of its request or of a long answer, and holds a
    thread.
    """

    def init_signals(self) -> None:
        """Listen to signals, and to those that have come since the fork."""
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPS)

    def handle(self, conn: Any) -> Any:
        """Serve one request of a connection; the first sets how long either side may wait."""
        if not conn.initialized:
            for option, seconds in (
                (socket.SO_SNDTIMEO, send_timeout),
                (socket.SO_RCVTIMEO, receive_timeout),
            ):
                conn.sock.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Answer a request; a client that takes nothing is treated like one that has gone."""
        try:
            return super().handle_request(req, conn)
        except BlockingIOError as stalled:
            conn.sock.shutdown(socket.SHUT_RDWR)  # or its last words would be waited for
            raise BrokenPipeError(errno.EPIPE, "The client takes nothing.") from stalled

    def is_parent_alive(self) -> bool:
        """Tell whether the master lives; if not, stop as by SIGTERM."""
        lives: bool = super().is_parent_alive()
        if not lives:
            self.alive = False
        return lives

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or not; at the end, take those that wait already and refuse others."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                self._take_all(listener)
                listener.close()

    def _take_all(self, listener: socket.socket) -> None:
        """Accept all that wait: with the last that holds the socket, they would be reset."""
        taken = -1
        while taken != self.nr_conns:
            taken = self.nr_conns
            self.accept(listener)


class Logger(glogging.Logger):  # type: ignore[misc]
    """One without an access log: the application writes a better one."""

    def access(self, *_request: Any) -> None:
        """Do nothing; told how to log, Gunicorn's would make each line although nobody takes it."""


wsgi_app = "wsgi:app"
bind = _settings.bind
worker_class = Worker
workers = _settings.workers
threads = _settings.threads
keepalive = 75
# A worker that is silent for so long is replaced; requests have limits of their own.
timeout = 60
graceful_timeout = 30
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
logger_class = Logger
loglevel = "warning"
# Its own words, such as of requests that it could not read, in lines like ours.
logconfig_dict = {
    "filters": {"unquoted": {"()": "todoapp.web.log.Unquoted"}},
    "formatters": {"generic": {"()": f"todoapp.web.log.{_settings.log_format.capitalize()}Lines"}},
    "root": {"level": "WARNING", "handlers": []},
    "loggers": {
        "gunicorn.error": {
            "level": "WARNING",
            "handlers": ["error_console"],
            "filters": ["unquoted"],
            "propagate": False,
        }
    },
}
control_socket_disable = True
# What proxies say is believed by the application, as far as TODOAPP_PROXIES goes. Gunicorn would
# believe anybody on the same host, also about where the application is mounted.
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# What it is made of concerns nobody.
wsgi.SERVER = "todoapp"


def on_starting(server: Any) -> None:
    """Refuse a port that is taken, else listen on it: a socket for each worker, which we keep."""
    refused = refusal(bind)
    if refused:
        sys.exit(f"todoapp: {refused}")
    server.LISTENERS = listeners(bind, workers)


def pre_fork(server: Any, worker: Any) -> None:
    """Give a worker a socket, and a place to count at for /metrics.

    It is the socket that the fewest workers have: at a reload there are two for each.
    """
    held = Counter(other.sockets[0] for other in server.WORKERS.values())
    worker.sockets = [min(server.LISTENERS, key=held.__getitem__)]
    if _settings.is_measured:
        meter_files.prepare(server, worker)


def post_fork(server: Any, worker: Any) -> None:
    """Let go of what is not a worker's: the sockets of others, and Ctrl-C.

    A terminal sends that to all of them; the master tells the workers.
    """
    for listener in server.LISTENERS:
        if listener is not worker.sockets[0]:
            listener.close()
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    if _settings.is_measured:
        meter_files.take(server.meters, worker.place)


def child_exit(server: Any, worker: Any) -> None:
    """Count no longer what was the worker's only while it lived."""
    meter_files.leave(server, worker)


def post_worker_init(worker: Any) -> None:
    """Stop by Ctrl-C as by SIGTERM: finish what is in flight.

    Gunicorn's quick stop shuts the thread pool down within the signal handler, and waits for
    itself, for as long as graceful_timeout, if the signal comes while a request is handed over.
    """
    signal.signal(signal.SIGQUIT, worker.handle_exit)


def on_reload(server: Any) -> None:
    """Keep as many workers as there are sockets, and let the background worker reload as well."""
    server.cfg.set("workers", len(server.LISTENERS))
    server.num_workers = len(server.LISTENERS)
    companion.renew()


def on_exit(server: Any) -> None:
    """End with the background worker."""
    companion.end()
    meter_files.end(server)


def when_ready(server: Any) -> None:
    """Run a worker for background jobs; say where it listens, and how to get in."""
    if _settings.worker:
        companion.attach(server)
    base = _settings.base_url
    place = f"{bind}, for {base}" if _settings.public_url else base
    print(
        f"todoapp listens on {place} (API reference: {base}/docs). A new API key:\n"
        '  .venv/bin/flask todo create-key admin --name "my laptop" '
        "--scopes todos:read,todos:write",
        flush=True,
    )
