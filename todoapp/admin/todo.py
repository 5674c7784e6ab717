"""/admin/todos/<id>: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/todos/new")
def new_todo() -> str:
    """Not there yet."""
    abort(404)


@pages.get("/todos/<id:todo_id>")
def todo(todo_id: int) -> str:  # noqa: ARG001
    """Not there yet."""
    abort(404)
