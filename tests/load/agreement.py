"""Whether all servers answer the same, before anything is measured.

Errors are answered quickly: they must not be taken for speed.
"""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from tests.load.calls import BASELINE, ONE, PAGE, POST, Call
from tests.load.stage import Subject

_PAGE_SIZE = 50
_TIMEOUT = 30


def refuse_wrong_answers(subjects: Sequence[Subject]) -> None:
    """Exit unless each call is answered well, as the service answers it, and only by a key."""
    first: dict[str, Any] = {}
    for subject in subjects:
        if subject.call.name != BASELINE:
            _refuse_open_door(subject)
            told = _told(subject)
            if told != first.setdefault(subject.call.name, told):
                expected = first[subject.call.name]
                sys.exit(f"{subject.whose}: {subject.call.name}: {told}, not {expected}")


def _told(subject: Subject) -> Any:
    """Return what the answer tells, whoever gives it."""
    document = _ask(subject, subject.call)
    if subject.call.name == ONE:
        return facts(document)
    if subject.call.name == PAGE:
        page = document[subject.todos]
        if len(page) != _PAGE_SIZE:
            sys.exit(f"{subject.whose}: the page has {len(page)} todos, not {_PAGE_SIZE}.")
        return [facts(todo) for todo in page]
    stored = _ask(
        subject, Call(POST, f"{subject.call.url}/{document['id']}", "GET", "", _key(subject))
    )
    return [(name, stored[name]) for name in ("title", "list_id", "tags", "created_by")]


def _key(subject: Subject) -> dict[str, str]:
    return {"X-API-Key": subject.call.headers["X-API-Key"]}


def _refuse_open_door(subject: Subject) -> None:
    """Exit if a wrong key is good enough: there would be no look-up to measure."""
    key = subject.call.headers["X-API-Key"]
    wrong = key[:-1] + ("a" if key[-1] != "a" else "b")
    request = urllib.request.Request(subject.call.url, headers={"X-API-Key": wrong})
    try:
        urllib.request.urlopen(request, timeout=_TIMEOUT).close()
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.UNAUTHORIZED:
            return
    sys.exit(f"{subject.whose} answers to a wrong key.")


def facts(todo: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a todo, its instants read: there are several ways to write one."""
    return {
        name: datetime.fromisoformat(value) if name.endswith("_at") and value else value
        for name, value in todo.items()
        if name != "url"  # which leads back to the server asked
    } | {"url": bool(todo["url"])}


def _ask(subject: Subject, call: Call) -> Any:
    body = call.body.encode() or None
    request = urllib.request.Request(call.url, body, call.headers, method=call.method)
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        sys.exit(f"{subject.whose}: {call.name}: {error.code} {error.read().decode()}")
