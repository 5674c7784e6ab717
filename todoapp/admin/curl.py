"""Calls of the API as a line for the shell."""

from collections.abc import Mapping
from shlex import quote

from todoapp.services.access import Actor, Sight
from todoapp.web.hosts import base_url


def todos(actor: Actor, parameters: Mapping[str, str]) -> str:
    """Return the command that lists the todos that `actor` sees by these parameters."""
    everyone = {"everyone": "true"} if actor.sight == Sight.EVERYONE else {}
    return get("todos", {**parameters, **everyone})


def get(path: str, parameters: Mapping[str, str]) -> str:
    """Return the command that gets `path`, below /api/v1/; the key is in $TODO_KEY."""
    lines = [f"curl -G {quote(f'{base_url()}/api/v1/{path}')}", '-H "X-API-Key: $TODO_KEY"']
    lines += [f"--data-urlencode {quote(f'{name}={text}')}" for name, text in parameters.items()]
    return " \\\n  ".join(lines)
