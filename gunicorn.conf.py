"""How Gunicorn serves: read from the settings, checked before the first worker starts."""

import errno
import signal
import socket
import struct
import sys
from typing import Any

from gunicorn.http import wsgi
from gunicorn.workers.gthread import ThreadWorker

from todoapp.jobs.companion import companion
from todoapp.settings import Settings
from todoapp.web.listen import refusal

_settings = Settings.from_environment()
#: A client that takes nothing of its answer for so many seconds is let go of.
send_timeout = 60


class Worker(ThreadWorker):  # type: ignore[misc]
    """One that lets go of the port as soon as it is to end, or its master is dead.

    Gunicorn's own keeps it until the last client is gone, for up to graceful_timeout: new
    connections wait for somebody to accept them, and the next start is refused. And one whose
    master is dead goes on serving the connections that clients keep alive. Nor does it ever give
    up on a client that stops reading in the middle of a long answer, which holds a thread.
    """

    def handle(self, conn: Any) -> Any:
        """Serve one request of a connection; the first sets how long an answer may wait."""
        if not conn.initialized:
            patience = struct.pack("ll", send_timeout, 0)
            conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, patience)
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
        """Accept connections or not; at the end, refuse them."""
        super().set_accept_enabled(enabled)
        if not enabled and not self.alive:
            for listener in self.sockets:
                listener.close()


wsgi_app = "wsgi:app"
bind = _settings.bind
worker_class = Worker
workers = _settings.workers
threads = _settings.threads
# Each worker listens on a socket of its own: with one for all, a worker sometimes catches every
# kept-alive connection, and the others idle.
reuse_port = True
keepalive = 75
# A worker that is silent for so long is replaced; requests have limits of their own.
timeout = 60
graceful_timeout = 30
limit_request_line = 8190
limit_request_fields = 100
limit_request_field_size = 8190
# The application writes a better access log.
accesslog = None
loglevel = "warning"
if _settings.log_format == "json":
    # Its own words, such as of requests that it could not read, in lines like ours.
    logconfig_dict = {
        "formatters": {"generic": {"()": "todoapp.web.log.JsonLines"}},
        "root": {"level": "WARNING", "handlers": []},
        "loggers": {
            "gunicorn.error": {
                "level": "WARNING",
                "handlers": ["error_console"],
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
    """Refuse a port that is taken: reuse_port would share it in silence."""
    refused = refusal(bind)
    if refused:
        sys.exit(f"todoapp: {refused}")


def post_fork(server: Any, worker: Any) -> None:
    """Leave Ctrl-C, which a terminal sends to all of them, to the master; it tells the workers."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def post_worker_init(worker: Any) -> None:
    """Stop by Ctrl-C as by SIGTERM: finish what is in flight.

    Gunicorn's quick stop shuts the thread pool down within the signal handler, and waits for
    itself, for as long as graceful_timeout, if the signal comes while a request is handed over.
    """
    signal.signal(signal.SIGQUIT, worker.handle_exit)


def on_reload(server: Any) -> None:
    """Let the background worker have the present code and settings as well."""
    companion.renew()


def on_exit(server: Any) -> None:
    """End with the background worker."""
    companion.end()


def when_ready(server: Any) -> None:
    """Run a worker for background jobs; say where it listens, and how to get in."""
    if _settings.worker:
        companion.attach(server)
    base = _settings.base_url
    print(
        f"todoapp listens on {base} (API reference: {base}/docs). A new API key:\n"
        '  .venv/bin/flask todo create-key admin --name "my laptop" '
        "--scopes todos:read,todos:write",
        flush=True,
    )
