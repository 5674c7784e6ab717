"""All that a list of todos is narrowed by, said in one filter, which is what saved views hold."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any

from todoapp.schemas.times import instant_text
from todoapp.text import Phrase

_DUE = {
    "none": "NOT due_date:*",
    "any": "due_date:*",
    "overdue": "overdue = true",
    "today": "due_date = today",
}


def filter_text(query: Mapping[str, Any]) -> str:
    """Return the filter that selects what `query` (schemas.todo.TodoQuery) does; nothing: all."""
    written = {name: write(query[name]) for name, write in _WRITERS.items() if name in query}
    parts = {name: part for name, part in written.items() if part}
    if len(parts) == 1:
        return next(iter(parts.values()))
    return " AND ".join(_enclosed(name, part) for name, part in parts.items())


def _enclosed(name: str, part: str) -> str:
    """Return a part that stands beside others: what somebody wrote may join by OR."""
    return f"({part})" if name in ("view_filter", "filter") or " OR " in part else part


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _any_of(name: str, words: Iterable[str]) -> str:
    return " OR ".join(f"{name} = {word}" for word in words)


def _all_tags(names: Iterable[str]) -> str:
    return " AND ".join(f"tags : {_quoted(name)}" for name in names)


def _person(field: str, name: str) -> str:
    return f"NOT {field}:*" if name == "none" else f"{field} = {_quoted(name)}"


def _moment(sign: str, moment: date) -> str:
    text = instant_text(moment) if isinstance(moment, datetime) else moment.isoformat()
    return f"{sign} {text}"


def _phrases(asked: Sequence[Phrase]) -> str:
    return " AND ".join(f"text : {_words(phrase)}" for phrase in asked)


def _words(phrase: Phrase) -> str:
    """Return words that follow each other; without quotes the last may go on."""
    return "-".join(phrase.words) if phrase.is_open else _quoted(" ".join(phrase.words))


_WRITERS: dict[str, Callable[[Any], str]] = {
    "view_filter": str.strip,
    "filter": str.strip,
    "q": _phrases,
    "status": partial(_any_of, "status"),
    "completed": lambda yes: f"completed = {str(yes).lower()}",
    "priority": partial(_any_of, "priority"),
    "tags": _all_tags,
    "list_id": lambda list_id: f"list_id = {list_id}",
    "assigned_to": partial(_person, "assigned_to"),
    "created_by": partial(_person, "created_by"),
    "due": _DUE.__getitem__,
    "due_before": lambda moment: f"due_date {_moment('<', moment)}",
    "due_after": lambda moment: f"due_date {_moment('>', moment)}",
    "parent_id": lambda word: "NOT parent_id:*" if word == "none" else f"parent_id = {word}",
    "updated_since": lambda moment: f"updated_at {_moment('>=', moment)}",
}
