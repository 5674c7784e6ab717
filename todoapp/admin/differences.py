"""Old and new values of a change, as people write them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from todoapp.admin.times import day
from todoapp.limits import Action, Noun, Status

Lists = Mapping[int, str]

#: Longer texts are cut here, with the whole to open.
_CUT = 160
_LABELS = {
    "list_id": "List",
    "list_ids": "Lists",
    "parent_id": "Parent",
    "due_date": "Due date",
    "color": "Colour",
    "is_archived": "Archived",
    "is_active": "Active",
    "two_factor_enabled": "Second factor",
    "wrong": "Wrong",
}
#: What the words about a new thing, or its place, say already.
_OF_COURSE = ("title", "name", "username", "position", "list_id")
_USUAL: tuple[Any, ...] = (None, "", [], Status.PENDING, "medium")


class Text(NamedTuple):
    """A value in words; with the whole, if it was too long to show."""

    text: str
    whole: str | None = None


class Difference(NamedTuple):
    """What a field was, and is; None for `old`: it is new, nothing was there."""

    name: str
    label: str
    old: Text | None
    new: Text
    #: What it was, as the API writes it.
    was: Any = None


def label(field: str) -> str:
    """Return what people call a field."""
    return _LABELS.get(field) or field.replace("_", " ").capitalize()


def list_name(list_id: int, lists: Lists) -> str:
    """Return a list's name; of one that is not the visitor's to see only that it is another."""
    return lists.get(list_id) or "another list"


def list_ids(changes: Iterable[Mapping[str, Any]]) -> set[int]:
    """Return the ids of the lists that the values of `changes` are."""
    diffs = [change["diff"] for change in changes]
    single = {id_ for diff in diffs for id_ in diff.get("list_id", ())}
    several = {id_ for diff in diffs for ids in diff.get("list_ids", ()) for id_ in ids or ()}
    return (single | several) - {None}


def of(change: Mapping[str, Any], lists: Lists | None = None) -> list[Difference]:
    """Return the fields that a change changed; of what it made those worth telling."""
    is_new = change["action"] in (Action.CREATE, Action.LOGIN_FAILED)
    return [
        one
        for field, (old, new) in change["diff"].items()
        if not (is_new and (field in _OF_COURSE or new in _USUAL))
        if change["noun"] != Noun.SESSION  # the words say how
        for one in _differences(field, old, new, lists or {}, is_new=is_new)
    ]


def _differences(
    field: str, old: Any, new: Any, lists: Lists, *, is_new: bool
) -> Iterator[Difference]:
    if field == "members":
        for username in new:
            was = Text(word(old.get(username)))
            yield Difference(field, username, was, Text(word(new[username])))
    else:
        before = None if is_new else _text(field, old, lists)
        yield Difference(field, label(field), before, _text(field, new, lists), old)


def _text(field: str, value: Any, lists: Lists) -> Text:
    said = _said(field, value, lists)
    if len(said) <= _CUT:
        return Text(said)
    return Text(f"{said[:_CUT].rstrip()}…", said)


def _said(field: str, value: Any, lists: Lists) -> str:
    if value is None or value in ("", []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if field in _WRITERS:
        return _WRITERS[field](value, lists)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def word(value: str | None) -> str:
    """Return a word of an enumeration as people write it."""
    return value.replace("_", " ").capitalize() if value else "none"


def _day(value: str, _lists: Lists) -> str:
    return day(_moment(value))


def _moment(value: str) -> date | datetime:
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


_WRITERS: dict[str, Callable[[Any, Lists], str]] = {
    **dict.fromkeys(("due_date", "expires_at", "revoked_at"), _day),
    **dict.fromkeys(("status", "priority", "role"), lambda value, _lists: word(value)),
    "list_id": list_name,
    "list_ids": lambda ids, lists: ", ".join(list_name(id_, lists) for id_ in ids),
    "parent_id": lambda id_, _lists: f"todo {id_}",
    "replaced_by": lambda id_, _lists: f"key {id_}",
}
