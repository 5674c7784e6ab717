"""The form of a whole todo, new or not."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from todoapp.admin import todo_texts
from todoapp.admin.differences import word
from todoapp.admin.forms import lines
from todoapp.admin.todo_forms import whole
from todoapp.admin.todo_texts import Texts
from todoapp.limits import PRIORITY_RANKS, Status


class TodoForm(FlaskForm):  # type: ignore[misc]
    """All that can be edited, each field named as the API names it."""

    title = StringField("Title")
    description = TextAreaField("Description", filters=[lines])
    list_id = SelectField("List", choices=[], validate_choice=False)
    status = SelectField("Status", choices=[SelectChoice(str(one), word(one)) for one in Status])
    priority = SelectField(
        "Priority", choices=[SelectChoice(one, word(one)) for one in PRIORITY_RANKS]
    )
    tags = StringField("Tags")
    due_date = StringField("Due date")
    due_time = StringField("Time")
    assigned_to = StringField("Assignee")
    parent_id = StringField("Part of")
    #: What is being edited: the version, and the marks of its texts.
    version = HiddenField()
    seen = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        day, _, time = (self.due_date.data or "").partition("T")
        if time:  # the page of a conflict sends both as one
            self.due_date.data, self.due_time.data = day, time

    @property
    def texts(self) -> dict[str, str]:
        """What was sent; what was not sent is left out."""
        sent = {name: self[name].data or "" for name in todo_texts.NAMES if self[name].raw_data}
        if "due_date" in sent and self.due_time.data:
            sent["due_date"] += f"T{self.due_time.data}"
        if "tags" in sent:
            sent["tags"] = ", ".join(todo_texts.tags(sent["tags"]))
        return sent

    def new(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the body of schemas.todo.TodoCreate."""
        return {"title": ""} | todo_texts.body(self.texts, zone)

    def changes(self, todo: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
        """Return the body of schemas.todo.TodoPatch, with what is not as `todo` has it."""
        stored = todo_texts.of(todo, zone)
        changed = {name: text for name, text in self.texts.items() if text != stored[name]}
        return {**todo_texts.body(changed, zone), "version": whole(self.version.data)}


def blank(given: Mapping[str, str]) -> TodoForm:
    """Return the form of a new todo, with what the address says of it."""
    said = {name: given[name] for name in todo_texts.NAMES if name in given}
    return TodoForm(None, **{"status": "pending", "priority": "medium"} | said)


def filled(todo: Mapping[str, Any], zone: ZoneInfo) -> TodoForm:
    """Return the form of a todo, given as a client of the API gets it."""
    texts: Texts = todo_texts.of(todo, zone)
    return TodoForm(None, **texts, version=todo["version"], seen=todo_texts.marks(texts))
