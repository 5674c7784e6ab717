"""Calls of the API as a line for the shell."""

from collections.abc import Mapping
from shlex import quote

from todoapp.services.access import Actor, Sight
from todoapp.web.hosts import base_url


def todos(actor: Actor, parameters: Mapping[str, str]) -> str:
    """Return the command that lists the todos that `actor` sees by these parameters."""
    everyone = {"everyone": "true"} if actor.sight == Sight.EVERYONE else {}
    return get("todos", {**parameters, **everyone})


def todo(actor: Actor, todo_id: int, version: int) -> tuple[str, str]:
    """Return the commands that read a todo and change this version of it."""
    path, everyone = f"todos/{todo_id}", actor.sight == Sight.EVERYONE
    url = quote(f"{base_url()}/api/v1/{path}{'?everyone=true' if everyone else ''}")
    lines = [f"curl -X PATCH {url}", '-H "X-API-Key: $TODO_KEY"']
    lines += ["-H 'Content-Type: application/json'", f"-H 'If-Match: \"{version}\"'"]
    lines += ["""-d '{"status": "completed"}'"""]
    return get(path, {"everyone": "true"} if everyone else {}), _joined(lines)


def get(path: str, parameters: Mapping[str, str]) -> str:
    """Return the command that gets `path`, below /api/v1/; the key is in $TODO_KEY."""
    lines = [f"curl -G {quote(f'{base_url()}/api/v1/{path}')}", '-H "X-API-Key: $TODO_KEY"']
    lines += [f"--data-urlencode {quote(f'{name}={text}')}" for name, text in parameters.items()]
    return _joined(lines)


def _joined(lines: list[str]) -> str:
    return " \\\n  ".join(lines)
