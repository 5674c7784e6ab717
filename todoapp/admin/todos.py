"""/admin/todos: still to come."""

from flask import abort

from todoapp.admin.blueprint import pages


@pages.get("/todos")
def todos() -> str:
    """Not there yet."""
    abort(404)


@pages.get("/todos/new")
def new_todo() -> str:
    """Not there yet."""
    abort(404)


@pages.get("/todos/<id:todo_id>")
def todo(todo_id: int) -> str:  # noqa: ARG001
    """Not there yet."""
    abort(404)


@pages.post("/todos/<id:todo_id>/tick")
def tick_todo(todo_id: int) -> str:  # noqa: ARG001
    """Not there yet."""
    abort(404)
