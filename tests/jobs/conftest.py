"""What a worker has logged."""

import json
import logging
from typing import Any

import pytest
from flask import Flask

from todoapp.web.log import JsonLines


@pytest.fixture
def said(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the lines that are logged, as JSON."""
    lines: list[dict[str, Any]] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(  # type: ignore[method-assign]
        json.loads(JsonLines().format(record))
    )
    monkeypatch.setattr(logging.getLogger("todoapp"), "handlers", [handler])
    return lines
