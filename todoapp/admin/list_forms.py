"""What people type in about lists and their members."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    ColorField,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import HiddenInput

from todoapp.admin.forms import lines
from todoapp.limits import ListRole

#: What is offered to who chooses a colour for the first time.
_COLOUR = "#3b6fd4"
#: The owner is made by handing the list over.
ROLES = (ListRole.VIEWER, ListRole.EDITOR)


class ListForm(FlaskForm):  # type: ignore[misc]
    """A list."""

    name = StringField("Name")
    description = TextAreaField("Description", filters=[lines])
    colourless = BooleanField("No colour")
    color = ColorField("Colour")
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    @property
    def body(self) -> dict[str, Any]:
        """What it stands for, as services take it."""
        color = None if self.colourless.data else self.color.data
        return {"name": self.name.data, "description": self.description.data, "color": color}


def new_list() -> ListForm:
    """Return the form of a list that is not there yet."""
    return ListForm(None, colourless=True, color=_COLOUR)


def form_of(todo_list: Any) -> ListForm:
    """Return the form of a list (a row of services.list_rows)."""
    return ListForm(
        None,
        name=todo_list.name,
        description=todo_list.description,
        colourless=todo_list.color is None,
        color=todo_list.color or _COLOUR,
        version=todo_list.version,
    )


class MemberForm(FlaskForm):  # type: ignore[misc]
    """Somebody to let in."""

    username = StringField(
        "Username",
        [DataRequired("Enter their username.")],
        filters=[lambda text: text and text.strip()],
    )
    role = SelectField(
        "Role",
        choices=[SelectChoice(str(role), role.capitalize()) for role in ROLES],
        default=ListRole.EDITOR,
    )
