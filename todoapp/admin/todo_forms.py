"""The forms of the list of todos, as bodies of the API."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField


class AddForm(FlaskForm):  # type: ignore[misc]
    """A new todo, in one line."""

    title = StringField("New todo")
    list_id = HiddenField()

    @property
    def body(self) -> dict[str, Any]:
        """The body of schemas.todo.TodoCreate."""
        return {"title": self.title.data, "list_id": whole(self.list_id.data)}


class RenameForm(FlaskForm):  # type: ignore[misc]
    """Another title, for the version that was looked at."""

    title = StringField("Title")
    version = HiddenField()

    @property
    def body(self) -> dict[str, Any]:
        """The body of schemas.todo.TodoPatch."""
        return {"title": self.title.data, "version": whole(self.version.data)}

    def meet(self, current: dict[str, Any]) -> None:
        """Say how the todo stands by now; to be sent again, it replaces that."""
        self.version.raw_data, self.version.data = None, str(current["version"])
        self.title.errors = [
            f"Somebody has changed the todo meanwhile: its title is now “{current['title']}”. "
            "Save to replace it with yours."
        ]


class ViewForm(FlaskForm):  # type: ignore[misc]
    """What a saved view is called, and whose it is."""

    name = StringField("Name")
    list_id = StringField("For")


def whole(text: str | None) -> int | str | None:
    """Return a whole number; what is none, for the service to refuse; None: there is nothing."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else text
