"""The pages under /admin."""

from flask import Flask

# Importing a module adds its pages to the blueprint.
from todoapp.admin import (
    account,
    activity,
    agents,
    changes,
    chart,
    dashboard,
    jobs,
    keys,
    lists,
    markdown,
    members,
    patterns,
    session,
    system,
    tags,
    theme,
    times,
    todo,
    todo_bulk,
    todo_edit,
    todo_export,
    todo_views,
    todos,
    trash,
    two_factor,
    user_access,
    users,
    views,
    visitors,
    wording,
)

__all__ = [
    "account",
    "activity",
    "changes",
    "dashboard",
    "install",
    "jobs",
    "keys",
    "lists",
    "members",
    "patterns",
    "session",
    "system",
    "tags",
    "todo",
    "todo_bulk",
    "todo_edit",
    "todo_export",
    "todo_views",
    "todos",
    "trash",
    "two_factor",
    "user_access",
    "users",
    "views",
]


def install(app: Flask) -> None:
    """Serve the pages."""
    for part in (agents, chart, markdown, theme, times, visitors, wording):
        part.install(app)
