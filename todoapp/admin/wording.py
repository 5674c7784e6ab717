"""What was done, as people say it: the entries of the change log in words.

An entry is what services.history and services.activity give. `lists` names lists by id, as far as
the visitor sees them.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flask import Flask

from todoapp.admin import differences
from todoapp.admin.differences import Lists, label, list_name
from todoapp.limits import Action, Noun, SessionKind, Status

Change = Mapping[str, Any]


class Deed(NamedTuple):
    """What was done: words before the thing's name, and words after it."""

    before: str
    after: str = ""
    #: Whether the name of the thing belongs between them.
    has_thing: bool = True


#: Longer names are cut.
_NAME_MAX = 80
_KINDS = {
    Noun.TODO: "",
    Noun.LIST: "the list",
    Noun.API_KEY: "the key",
    Noun.USER: "the account",
    Noun.VIEW: "the view",
    Noun.JOB: "the job",
}
_NAMELESS = {
    Noun.TODO: "a todo",
    Noun.LIST: "a list",
    Noun.API_KEY: "a key",
    Noun.USER: "somebody",
    Noun.VIEW: "a view",
    Noun.JOB: "a job",
}
_VERBS = {
    Action.CREATE: "made",
    Action.RESTORE: "restored",
    Action.REVOKE: "revoked",
    Action.ROTATE: "replaced",
    Action.DELETE: "deleted",
    Action.RETRY: "retried",
}
_STATUS_VERBS = {
    Status.PENDING: Deed("set", "to pending"),
    Status.IN_PROGRESS: Deed("started"),
    Status.ON_HOLD: Deed("put", "on hold"),
    Status.COMPLETED: Deed("completed"),
    Status.CANCELLED: Deed("cancelled"),
}


def install(app: Flask) -> None:
    """Give templates the filters."""
    filters: dict[str, Callable[..., Any]] = {
        "who": who,
        "deed": deed,
        "thing": thing,
        "differences": differences.of,
    }
    for name, filter_ in filters.items():
        app.add_template_filter(filter_, name)


def who(change: Change) -> str:
    """Return who did it."""
    if change["actor"] is not None:
        return str(change["actor"])
    return "Somebody" if change["action"] == Action.LOGIN_FAILED else "todoapp"


def thing(change: Change) -> str:
    """Return the name of what it was done to, or its kind, if it has none any more."""
    names = [change.get("name")]
    for field in ("title", "name"):
        old, new = change["diff"].get(field, (None, None))
        names += [new, old]
    name = next(filter(None, names), None)
    if name is None:
        return _NAMELESS.get(change["noun"], "something")
    short = name if len(name) <= _NAME_MAX else f"{name[:_NAME_MAX].rstrip()}…"
    return f"“{short}”" if change["noun"] != Noun.USER else str(short)


def deed(change: Change, lists: Lists | None = None, *, own: bool = False) -> Deed:
    """Return what was done; `own`: on the page of the thing itself, where it is "it"."""
    said = _said(change, lists or {})
    if not said.has_thing:
        return said
    if own:
        before = said.before.removesuffix(" of")
        return Deed(before if before != said.before else f"{before} it", said.after, False)
    kind = _KINDS.get(change["noun"], "") if _is_named(change) else ""
    return said._replace(before=f"{said.before} {kind}".strip())


def _is_named(change: Change) -> bool:
    return thing(change) != _NAMELESS.get(change["noun"])


def _said(change: Change, lists: Lists) -> Deed:
    noun, action = change["noun"], change["action"]
    special = _SPECIAL.get((noun, action)) or _USUAL.get(action)
    if special is not None:
        return special(change, lists)
    return Deed(_VERBS.get(action, str(action).replace("_", " ")))


def _updated(change: Change, _lists: Lists) -> Deed:
    """Return the verb for a change of one field that has one, else the fields by name."""
    diff = change["diff"]
    if len(diff) == 1:
        [(field, (old, new))] = diff.items()
        if field in _FIELD_VERBS:
            return _FIELD_VERBS[field](old, new)
    names = [label(field).lower() for field in diff]
    if not names:
        return Deed("changed")
    if len(names) > 3:
        return Deed(f"changed {len(names)} fields of")
    return Deed(f"changed the {' and '.join(filter(None, (', '.join(names[:-1]), names[-1])))} of")


def _status(old: Any, new: Any) -> Deed:
    if new == Status.PENDING and old in (Status.COMPLETED, Status.CANCELLED):
        return Deed("reopened")
    return _STATUS_VERBS[new]


def _assignee(_old: Any, new: Any) -> Deed:
    return Deed("assigned", f"to {new}" if new else "to nobody")


def _due(old: Any, new: Any) -> Deed:
    verb = "set" if old is None else "removed" if new is None else "changed"
    return Deed(f"{verb} the due date of")


def _members(old: Any, new: Any) -> Deed:
    if len(new) > 1:
        return Deed("handed over")
    [(username, role)] = new.items()
    if role is None:
        return Deed(f"took {username} out of")
    if old.get(username) is None:
        return Deed(f"let {username} into")
    return Deed(f"made {username} {'a viewer' if role == 'viewer' else f'an {role}'} in")


def _either(yes: str, no: str) -> Callable[[Any, Any], Deed]:
    return lambda _old, new: Deed(yes if new else no)


_FIELD_VERBS: dict[str, Callable[[Any, Any], Deed]] = {
    "status": _status,
    "assigned_to": _assignee,
    "due_date": _due,
    "members": _members,
    "title": lambda _old, _new: Deed("renamed"),
    "name": lambda _old, _new: Deed("renamed"),
    "is_archived": _either("archived", "brought back from the archive"),
    "is_active": _either("let in", "shut out"),
    "two_factor_enabled": _either(
        "turned on the second factor of", "turned off the second factor of"
    ),
    "recovery_codes_left": lambda _old, _new: Deed("used up a recovery code of"),
}


def _added(change: Change, lists: Lists) -> Deed:
    [_old, list_id] = change["diff"].get("list_id", (None, None))
    return Deed("added", f"to {lists[list_id]}" if list_id in lists else "")


def _moved(change: Change, lists: Lists) -> Deed:
    """Return to which list a todo or a view went, or that a person came into one."""
    _old, new = change["diff"].get("list_id", (None, None))
    if change["noun"] == Noun.USER:
        return Deed("let", f"into {list_name(new, lists)}")
    return Deed("moved", f"to {list_name(new, lists)}" if new else "out of its list")


def _left(change: Change, lists: Lists) -> Deed:
    old, _new = change["diff"].get("list_id", (None, None))
    if change["noun"] != Noun.USER:
        return Deed("moved", "to another list")
    if change["actor"] is not None and change["actor"] == change.get("name"):
        return Deed(f"left {list_name(old, lists)}", has_thing=False)
    return Deed("took", f"out of {list_name(old, lists)}")


def _logged_in(change: Change, _lists: Lists) -> Deed:
    [_old, kind] = change["diff"].get("kind", (None, SessionKind.BROWSER))
    return Deed("logged in" if kind == SessionKind.BROWSER else "logged in an app", has_thing=False)


def _always(*words: Any) -> Callable[[Change, Lists], Deed]:
    return lambda _change, _lists: Deed(*words)


_USUAL: dict[str, Callable[[Change, Lists], Deed]] = {
    Action.UPDATE: _updated,
    Action.ENTER: _moved,
    Action.LEAVE: _left,
    Action.TRASH: _always("moved", "to the trash"),
    Action.PURGE: _always("deleted", "for good"),
    Action.LOGIN: _logged_in,
    Action.LOGIN_FAILED: _always("failed to log in as"),
    Action.LOGOUT: _always("logged out", "", False),
    Action.NEW_PASSWORD: _always("changed the password of"),
    Action.PRUNE: _always("forgot the oldest changes", "", False),
}
_SPECIAL: dict[tuple[str, str], Callable[[Change, Lists], Deed]] = {
    (Noun.TODO, Action.CREATE): _added,
    (Noun.VIEW, Action.CREATE): _always("saved"),
}
