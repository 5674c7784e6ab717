"""A todo as the texts of a form, in the visitor's timezone, and back to a body of the API.

What cannot be read goes on as it is: the service refuses it, in its own words.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from todoapp.admin.todo_forms import whole

Texts = Mapping[str, str]

#: What can be edited, in the order of the form.
NAMES = (
    "title",
    "description",
    "list_id",
    "status",
    "priority",
    "tags",
    "due_date",
    "assigned_to",
    "parent_id",
)


def of(todo: Mapping[str, Any], zone: ZoneInfo) -> dict[str, str]:
    """Return the texts of a todo, given as a client of the API gets it."""
    texts = {name: "" if todo[name] is None else str(todo[name]) for name in NAMES}
    return texts | {"tags": ", ".join(todo["tags"]), "due_date": _local(todo["due_date"], zone)}


def body(texts: Texts, zone: ZoneInfo) -> dict[str, Any]:
    """Return what the texts stand for, as schemas.todo has it; a blank clears."""
    return {
        name: _READERS[name](text) if name in _READERS else _due(text, zone)
        for name, text in texts.items()
    }


def marks(texts: Texts) -> str:
    """Return a mark of each text, by which it is known again."""
    return "-".join(map(_mark, (texts[name] for name in NAMES)))


def untouched(texts: Texts, seen: str) -> frozenset[str]:
    """Return the names of the texts that are as they were when they were marked."""
    was = dict(zip(NAMES, seen.split("-"), strict=False))
    return frozenset(name for name, text in texts.items() if was.get(name) == _mark(text))


def tags(text: str) -> list[str]:
    """Return the names in a text, with commas between."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _mark(text: str) -> str:
    return f"{crc32(text.encode('utf-8', 'surrogatepass')):08x}"


def _local(due: str | None, zone: ZoneInfo) -> str:
    """Return a date, or the local day and time of an instant, to the millisecond."""
    if due is None or "T" not in due:
        return due or ""
    local = datetime.fromisoformat(due).astimezone(zone).replace(tzinfo=None)
    if local.microsecond:
        return local.isoformat(timespec="milliseconds")
    return local.isoformat(timespec="seconds" if local.second else "minutes")


def _due(text: str, zone: ZoneInfo) -> str | None:
    if "T" not in text:
        return text or None
    try:
        local = datetime.fromisoformat(text)
        return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC).isoformat()
    except (ValueError, OverflowError):
        return text


def _blank(text: str) -> str | None:
    return text.strip() or None


def _id(text: str) -> int | str | None:
    return whole(text.strip().lstrip("#"))


_READERS: dict[str, Callable[[str], Any]] = {
    "title": str,
    "description": lambda text: text or None,
    "list_id": _id,
    "status": _blank,
    "priority": _blank,
    "tags": tags,
    "assigned_to": _blank,
    "parent_id": _id,
}
