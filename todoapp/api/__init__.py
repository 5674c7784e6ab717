"""The JSON API: /api/v1, and the simple face at /todos."""

# Importing a module adds its routes to the blueprint.
from todoapp.api import (
    api_keys,
    auth,
    changes,
    docs,
    export,
    jobs,
    lists,
    me,
    members,
    sessions,
    stats,
    tags,
    todos,
    two_factor,
    users,
    views,
)
from todoapp.api.blueprint import v1

__all__ = [
    "api_keys",
    "auth",
    "changes",
    "docs",
    "export",
    "jobs",
    "lists",
    "me",
    "members",
    "sessions",
    "stats",
    "tags",
    "todos",
    "two_factor",
    "users",
    "v1",
    "views",
]
