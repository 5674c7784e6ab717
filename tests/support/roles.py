"""What each call demands of the caller's role in a list, in a table: tested, and documented."""

import re
from dataclasses import dataclass
from typing import Any

from flask import Flask

from todoapp.api.openapi import operations
from todoapp.services.access import PERMISSIONS, Permission

READ, WRITE, MANAGE = Permission
STRANGER = "stranger"
#: What each may do; strangers nothing.
MAY: dict[str, frozenset[Permission]] = {STRANGER: frozenset(), **PERMISSIONS}
ROLES = tuple(str(role) for role in MAY)

#: The modules of routes that concern somebody's account, or nobody.
ELSEWHERE = {"api_keys", "auth", "docs", "jobs", "me", "sessions", "two_factor", "users"}
#: Makes a list of the caller's own.
OWN = {"create_list"}


@dataclass(frozen=True)
class Call:
    """One call on a list of alice's, or on what is in it. `{me}` is whoever calls."""

    #: The name of the route's view.
    name: str
    method: str
    path: str
    demands: Permission
    #: The answer to those who may.
    status: int = 200
    body: Any = None
    #: The answers to roles whose own state forbids it.
    instead: tuple[tuple[str, int], ...] = ()
    #: The answer to strangers; 200: they get the collection without what is not theirs.
    hidden: int = 404
    #: The codes of the refusals to those who see it.
    refusals: tuple[str, ...] = ("insufficient-role",)
    #: For readers, where it is not the name of the route.
    about: str = ""

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.about}".strip()


_BATCH = {
    "create": {"op": "create", "todo": {"title": "x", "list_id": "{list}"}},
    "update": {"op": "update", "id": "{todo}", "todo": {"title": "x"}},
    "delete": {"op": "delete", "id": "{todo}"},
    "restore": {"op": "restore", "id": "{trashed}"},
}

CALLS = [
    Call("get_list", "GET", "lists/{list}", READ),
    Call("list_lists", "GET", "lists", READ, hidden=200),
    Call("patch_list", "PATCH", "lists/{list}", MANAGE, body={"name": "x"}),
    Call("put_list", "PUT", "lists/{list}", MANAGE, body={"name": "x"}),
    Call("delete_list", "DELETE", "lists/{list}", MANAGE, 204),
    Call("restore_list", "POST", "lists/{gone}/restore", MANAGE),
    Call("list_members", "GET", "lists/{list}/members", READ),
    Call("get_member", "GET", "lists/{list}/members/alice", READ),
    Call("put_member", "PUT", "lists/{list}/members/carol", MANAGE, 201, {"role": "viewer"}),
    Call("put_member", "PUT", "lists/{list}/members/dan", MANAGE, 200, {"role": "owner"}),
    Call("delete_member", "DELETE", "lists/{list}/members/dan", MANAGE, 204, about="others"),
    Call(
        *("delete_member", "DELETE", "lists/{list}/members/{me}", READ, 204),
        instead=(("owner", 409),),
        about="oneself; the owner hands the list over first",
    ),
    Call("list_todos", "GET", "todos", READ, hidden=200),
    Call("list_todos", "GET", "todos?trashed=true", READ, hidden=200),
    Call("list_todos", "GET", "todos?list_id={list}", READ, hidden=200),
    Call("list_todos", "GET", "todos?q=secret", READ, hidden=200),
    Call("export_todos", "GET", "todos/export", READ, hidden=200),
    Call(
        "create_todo", "POST", "todos", WRITE, 201, {"title": "x", "list_id": "{list}"}, hidden=422
    ),
    Call(
        "create_todo",
        "POST",
        "todos",
        WRITE,
        201,
        {"title": "x", "parent_id": "{todo}", "list_id": "{list}"},
        hidden=422,
    ),
    Call(
        "batch_todos",
        "POST",
        "todos/batch",
        WRITE,
        body={"operations": [_BATCH["create"]]},
        hidden=422,
        about="create",
    ),
    Call(
        "batch_todos",
        "POST",
        "todos/batch",
        WRITE,
        body={"operations": [_BATCH["update"]]},
        about="update",
    ),
    Call(
        "batch_todos",
        "POST",
        "todos/batch",
        WRITE,
        body={"operations": [_BATCH["delete"]]},
        about="delete",
    ),
    Call(
        "batch_todos",
        "POST",
        "todos/batch",
        WRITE,
        body={"operations": [_BATCH["restore"]]},
        about="restore",
    ),
    Call("get_todo", "GET", "todos/{todo}", READ),
    Call("get_todo", "GET", "todos/{trashed}", READ, about="in the trash"),
    Call("patch_todo", "PATCH", "todos/{todo}", WRITE, body={"title": "x"}),
    Call("put_todo", "PUT", "todos/{todo}", WRITE, body={"title": "x"}),
    Call("delete_todo", "DELETE", "todos/{todo}", WRITE, 204),
    Call("delete_todo", "DELETE", "todos/{todo}?purge=true", WRITE, 204),
    Call("delete_todo", "DELETE", "todos/{trashed}?purge=true", WRITE, 204, about="in the trash"),
    Call("restore_todo", "POST", "todos/{trashed}/restore", WRITE),
    Call("get_todo_history", "GET", "todos/{todo}/history", READ),
    Call("list_tags", "GET", "tags", READ, hidden=200),
    Call("patch_tag", "PATCH", "tags/{tag}", WRITE, body={"name": "x"}),
    Call("delete_tag", "DELETE", "tags/{tag}", WRITE, 204),
    Call("get_stats", "GET", "stats", READ, hidden=200),
    Call("get_stats", "GET", "stats?list_id={list}", READ, hidden=200),
    Call("list_views", "GET", "views", READ, hidden=200),
    Call(
        *("create_view", "POST", "views", WRITE, 201),
        body={"name": "x", "list_id": "{list}"},
        hidden=422,
        about="shared with the list",
    ),
    Call("get_view", "GET", "views/{view}", READ),
    Call("patch_view", "PATCH", "views/{view}", WRITE, body={"name": "x"}),
    Call("put_view", "PUT", "views/{view}", WRITE, body={"name": "x"}),
    Call("delete_view", "DELETE", "views/{view}", WRITE, 204),
    Call("list_todos", "GET", "todos?view={view}", READ, hidden=422),
    Call("list_changes", "GET", "changes", READ, hidden=200),
    Call(
        "undo_change",
        "POST",
        "changes/{change}/undo",
        WRITE,
        refusals=("forbidden",),
        about="of todos",
    ),
    Call(
        "undo_change",
        "POST",
        "changes/{renamed}/undo",
        MANAGE,
        refusals=("forbidden", "insufficient-role"),
        about="of the list",
    ),
]


def filled(value: Any, names: dict[str, Any]) -> Any:
    """Return `value`, a body or a part of one, with what it names in braces put in."""
    if isinstance(value, dict):
        return {name: filled(below, names) for name, below in value.items()}
    if isinstance(value, list):
        return [filled(below, names) for below in value]
    if isinstance(value, str) and re.fullmatch(r"{\w+}", value):
        return names[value[1:-1]]
    return value


def unplaced(app: Flask) -> set[str]:
    """Return the names of the routes that the table forgets, or that are none."""
    module = {
        name: app.view_functions[f"api.{name}"].__module__.rpartition(".")[2]
        for _rule, _method, name, _declared in operations(app)
    }
    concerned = {name for name, where in module.items() if where not in ELSEWHERE}
    return concerned ^ {*OWN, *(call.name for call in CALLS)}


def markdown() -> str:
    """Return the table for readers."""
    lines = [f"| call | {' | '.join(PERMISSIONS)} |", f"|---|{'---|' * len(PERMISSIONS)}"]
    for call in CALLS:
        cells = [_cell(call, role) for role in PERMISSIONS]
        lines.append(f"| {_shown(call)} | {' | '.join(cells)} |")
    return "\n".join(dict.fromkeys(lines)) + "\n"


def _cell(call: Call, role: str) -> str:
    return "yes" if call.demands in MAY[role] and role not in dict(call.instead) else "–"


def _shown(call: Call) -> str:
    path = re.sub(r"{(?:list|gone|todo|trashed|view|change|renamed)}", "{id}", call.path)
    path = re.sub(r"members/.*", "members/{username}", path).replace("{tag}", "{name}")
    if "purge" not in path:
        path = path.partition("?")[0]
    about = f": {call.about}" if call.about else ""
    if call.name == "put_member" and call.body["role"] == "owner":
        about = ": hand it over"
    return f"`{call.method} /{path}`{about}"
