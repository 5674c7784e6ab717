"""How Gunicorn serves: read from the settings, checked before the first worker starts."""

import signal
import sys
from typing import Any

from todoapp.settings import Settings
from todoapp.web.listen import refusal

_settings = Settings.from_environment()

wsgi_app = "wsgi:app"
bind = _settings.bind
worker_class = "gthread"
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
control_socket_disable = True


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


def when_ready(server: Any) -> None:
    """Say where it listens, and how to get in."""
    base = _settings.base_url
    print(
        f"todoapp listens on {base} (API reference: {base}/docs). A new API key:\n"
        '  .venv/bin/flask todo create-key admin --name "my laptop" '
        "--scopes todos:read,todos:write",
        flush=True,
    )
