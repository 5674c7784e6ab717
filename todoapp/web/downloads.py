"""Files that are made while they are sent.

Each takes a thread for as long as its reader takes, so only half of a worker's threads send files:
the other half goes on answering, however slow and however many the readers are.
"""

import logging
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from threading import BoundedSemaphore

from flask import Flask, Response, current_app, g, stream_with_context

from todoapp.errors import Unavailable
from todoapp.settings import Settings
from todoapp.web.identify import confirm

_log = logging.getLogger("todoapp.downloads")


def install(app: Flask) -> None:
    """Give `app` its places for readers."""
    settings: Settings = app.config["SETTINGS"]
    app.extensions["downloads"] = BoundedSemaphore(max(1, settings.threads // 2))


def download(parts: Iterator[bytes], *, content_type: str, name: str) -> Response:
    """Return the file of `parts`, none of them empty.

    The first is made at once, so that what fails then is answered as a problem; later the answer
    breaks off without its end, which clients notice. Raises Unavailable while all places are taken.
    """
    places: BoundedSemaphore = current_app.extensions["downloads"]
    if not places.acquire(blocking=False):
        raise Unavailable("All places for exports are taken; try again soon.", code="busy")
    with ExitStack() as held:
        held.callback(places.release)
        first = list(_some(parts))
        response = Response(
            stream_with_context(_sent(chain(first, parts))), content_type=content_type
        )
        response.call_on_close(held.pop_all().close)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _some(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the first part, if there is one."""
    for part in parts:
        yield part
        return


def _sent(parts: Iterator[bytes]) -> Iterator[bytes]:
    """Yield `parts` to whoever still may have them.

    A reader who goes away ends it in silence; an error is logged.
    """
    try:
        for part in parts:
            yield part
            confirm(g.actor)
    except Exception as error:
        _log.error("broke off", exc_info=error)
        raise
