"""The log: JSON lines, in which nothing that a client sends can forge a line."""

import logging
from datetime import UTC, datetime
from typing import Any

import orjson


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with its facts, and its traceback if it has one."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(line, default=str, option=orjson.OPT_UTC_Z).decode()


class TextLines(logging.Formatter):
    """For people who develop."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """Return the record, its facts as `name=value`, control characters escaped."""
        facts = getattr(record, "facts", {})
        told = " ".join(f"{name}={value!r}" for name, value in facts.items())
        return f"{super().format(record)} {told}".rstrip()


_access = logging.getLogger("todoapp.access")


def log_request(facts: dict[str, Any]) -> None:
    """Write the line of one request.

    The record is made by hand: Logger.info would first look up the caller's file and line, in
    every request, for a line that never shows them.
    """
    if _access.isEnabledFor(logging.INFO):
        told = {"msg": "request", "name": _access.name, "levelname": "INFO", "facts": facts}
        _access.handle(logging.makeLogRecord({**told, "levelno": logging.INFO}))


def configure(log_format: str) -> None:
    """Send everything from `todoapp` on down to standard error as `log_format`, once."""
    # What no line shows need not be found out for each (see logging's HOWTO).
    logging.logThreads = logging.logMultiprocessing = False
    logger = logging.getLogger("todoapp")
    if not logger.handlers:
        logger.addHandler(logging.StreamHandler())
    logger.handlers[0].setFormatter(JsonLines() if log_format == "json" else TextLines())
    logger.setLevel(logging.INFO)
    logger.propagate = False
