"""What narrows the page of activity: its parameters, and the links that change them."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from flask import request, url_for
from flask_login import current_user

from todoapp.admin.differences import Lists, list_name
from todoapp.admin.times import day
from todoapp.clock import utcnow
from todoapp.limits import MAX_INTEGER, Action, Noun

#: The parameters of schemas.activity.ActivityQuery that say which changes.
NAMES = ("actor", "noun", "noun_id", "action", "list_id", "since", "until", "operation_id")
NOUNS = {
    Noun.TODO: "Todos",
    Noun.LIST: "Lists",
    Noun.VIEW: "Saved views",
    Noun.API_KEY: "API keys",
    Noun.USER: "Accounts",
    Noun.SESSION: "Logins",
    Noun.JOB: "Jobs",
}
ACTIONS = {
    Action.CREATE: "Made",
    Action.UPDATE: "Changed",
    Action.ENTER: "Moved in",
    Action.LEAVE: "Moved out",
    Action.TRASH: "Moved to the trash",
    Action.RESTORE: "Restored",
    Action.PURGE: "Deleted for good",
    Action.DELETE: "Deleted",
    Action.REVOKE: "Revoked",
    Action.ROTATE: "Replaced",
    Action.LOGIN: "Logged in",
    Action.LOGIN_FAILED: "Failed to log in",
    Action.LOGOUT: "Logged out",
    Action.NEW_PASSWORD: "New password",
    Action.RETRY: "Retried",
}
#: Spans of days that end today.
_SPANS = {"Today": 1, "Last 7 days": 7, "Last 30 days": 30}


class Place(NamedTuple):
    """Where a page begins."""

    #: The id of the change after its first; None: it begins with the newest.
    before: int | None
    #: The parameters of the call of which the page before has shown enough.
    without: dict[str, str]


class Chip(NamedTuple):
    """Something to choose, or, if it is chosen, to take away."""

    text: str
    url: str
    is_chosen: bool = True


def given() -> dict[str, str]:
    """Return what the address asks for; an empty field of a form asks for nothing."""
    found = {name: request.args.get(name, "").strip() for name in NAMES}
    return {name: value for name, value in found.items() if value}


def place() -> Place:
    """Return where the page that is asked for begins."""
    before = request.args.get("before", type=int)
    passed = request.args.get("without_operation_id")
    return Place(
        before if before is not None and 0 < before <= MAX_INTEGER else None,
        {"without_operation_id": passed} if passed else {},
    )


def link(**changed: Any) -> str:
    """Return the address of the first page, with some parameters changed; None: without them."""
    wanted = given() | changed
    return url_for("admin.activity", **{k: v for k, v in wanted.items() if v is not None})


def spans() -> list[Chip]:
    """Return the spans of time to choose from."""
    return [_span(text, days) for text, days in _SPANS.items()]


def _span(text: str, days: int) -> Chip:
    today = utcnow().astimezone(current_user.actor.zone).date()
    first = str(today - timedelta(days - 1))
    asked = given()
    is_chosen = asked.get("since") == first and "until" not in asked
    return Chip(text, link(since=None if is_chosen else first, until=None), is_chosen)


def chosen(query: Mapping[str, Any], lists: Lists) -> list[Chip]:
    """Return what is chosen, but for the spans, each with its way out."""
    chips = [
        Chip(told(query, lists), link(**dict.fromkeys((name, *with_it))))
        for name, (told, *with_it) in _CHIPS.items()
        if name in query
    ]
    return chips if any(span.is_chosen for span in spans()) else chips + list(_dates(query))


def _dates(query: Mapping[str, Any]) -> Iterator[Chip]:
    for name, word in (("since", "From"), ("until", "To")):
        if name in query:
            yield Chip(f"{word} {day(query[name])}", link(**{name: None}))


def _noun(query: Mapping[str, Any], _lists: Lists) -> str:
    return " ".join(
        map(str, [NOUNS.get(query["noun"], "The log"), query.get("noun_id", "")])
    ).strip()


#: By parameter: what its chip says, and the parameters that go with it.
_CHIPS: dict[str, Any] = {
    "actor": (lambda query, _lists: f"By {query['actor']}",),
    "noun": (_noun, "noun_id"),
    "action": (lambda query, _lists: ACTIONS.get(query["action"], "Pruned"),),
    "list_id": (lambda query, lists: f"In {list_name(query['list_id'], lists)}",),
    "operation_id": (lambda _query, _lists: "One call",),
}
