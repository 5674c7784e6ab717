"""The log: JSON lines, in which nothing that a client sends can forge a line; or lines for eyes."""

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

#: So long are keys, tokens and cookies, but no words.
_SECRET = re.compile(r"[\w.-]{40,}")
_KEY_OR_TOKEN = re.compile(r"todo_\w{8}_\w{43}|eyJ[\w-]+\.[\w-]+\.[\w-]+")
#: What JSON lets stand, and terminals and viewers may obey: controls, ends of lines, directions.
_OBEYED = re.compile(r"[\x80-\x9f\u2028-\u202e\u2066-\u2069]")
#: What Gunicorn says of a request that it cannot read, up to what it quotes of it.
_REFUSED = re.compile(r"Invalid request from ip=\S*: [^:'\"]*")


RequestId = Callable[[], str | None]


def hide(path: str) -> str:
    """Return the path, without what may be a secret that somebody put there."""
    return path if len(path) < 40 else _SECRET.sub("***", path)


def _facts(record: logging.LogRecord, request_id: RequestId) -> dict[str, Any]:
    """Return what is known of a record, the id of its request first."""
    facts: dict[str, Any] = getattr(record, "facts", {})
    named = None if "request_id" in facts else request_id()
    return {"request_id": named, **facts} if named else facts


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def __init__(self, request_id: RequestId = lambda: None) -> None:
        super().__init__()
        self._request_id = request_id

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with its facts, and its traceback if it has one."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_facts(record, self._request_id),
        }
        if record.exc_info:
            told = _KEY_OR_TOKEN.sub("***", self.formatException(record.exc_info))
            # It may name a file whose name is not text.
            line["traceback"] = told.encode(errors="backslashreplace").decode()
        text = orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()
        return (
            text if text.isascii() else _OBEYED.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
        )


_COLOURS = {"2": "32", "3": "36", "4": "33", "5": "31"}


class TextLines(logging.Formatter):
    """For people who develop: a request in columns, in colours where they are shown."""

    def __init__(self, request_id: RequestId = lambda: None, *, coloured: bool = False) -> None:
        super().__init__("%(asctime)s %(message)s", "%H:%M:%S")
        self._request_id = request_id
        self._coloured = coloured

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802
        """Return the line; control characters in what was sent are escaped."""
        facts = _facts(record, self._request_id)
        if record.name == _access.name:
            return f"{record.asctime} {self._request(facts)}"
        told = " ".join(f"{name}={value!r}" for name, value in facts.items())
        line = f"{record.asctime} {record.levelname} {record.name}: {record.message} {told}"
        return line.rstrip()

    def formatException(self, ei: Any) -> str:  # noqa: N802
        """Return the traceback."""
        return _KEY_OR_TOKEN.sub("***", super().formatException(ei))

    def _request(self, facts: Mapping[str, Any]) -> str:
        status = str(facts["status"])
        if self._coloured:
            status = f"\033[{_COLOURS.get(status[0], '0')}m{status}\033[0m"
        path = facts["path"].encode("unicode_escape").decode()
        rest = ("route", "user_id", "key_id", "session_id", "address", "request_id")
        told = " ".join(f"{name}={facts[name]}" for name in rest if facts[name] is not None)
        return (
            f"{status} {facts['method']:<7} {facts['duration_ms']:>7.1f} ms "
            f"{facts['sql_count']:>3} sql {facts['sql_ms']:>7.1f} ms "
            f"{facts['user'] or '-':<10} {path}  {told}"
        )


_access = logging.getLogger("todoapp.access")


#: What the records of all requests have in common.
_REQUEST = vars(
    logging.makeLogRecord(
        {"name": _access.name, "msg": "request", "levelno": logging.INFO, "levelname": "INFO"}
    )
)


def log_request(facts: dict[str, Any]) -> None:
    """Write the line of one request.

    The record is made by hand: Logger.info would first look up the caller's file and line, and
    LogRecord take a path apart, in every request, for a line that never shows them.
    """
    if _access.isEnabledFor(logging.INFO):
        record = logging.LogRecord.__new__(logging.LogRecord)
        vars(record).update(_REQUEST, created=time.time(), facts=facts)
        _access.handle(record)


class Unquoted(logging.Filter):
    """Keeps what Gunicorn quotes of requests, which may hold anything, out of its lines."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the message before what was sent, and a path before its query string."""
        message = record.getMessage()
        refused = _REFUSED.match(message)
        record.msg = refused[0].rstrip() if refused else message
        if message.startswith("Error handling request"):
            record.msg = hide(message.partition("?")[0])
        record.args = None
        return True


def configure(log_format: str, request_id: RequestId) -> None:
    """Send everything from `todoapp` on down to standard error as `log_format`, once.

    `request_id` names the request under way, if there is one.
    """
    # What no line shows need not be found out for each (see logging's HOWTO).
    logging.logThreads = logging.logMultiprocessing = False
    logger = logging.getLogger("todoapp")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
    text = TextLines(request_id, coloured=sys.stderr.isatty())
    logger.handlers[0].setFormatter(JsonLines(request_id) if log_format == "json" else text)
    logger.setLevel(logging.INFO)
    logger.propagate = False
