"""What people type in about saved views."""

from typing import Any

from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from todoapp.admin.forms import lines
from todoapp.admin.todo_sorts import NAMES
from todoapp.limits import PAGE_SIZE_MAX
from todoapp.services import list_rows

#: The orders that a view can have, by what the API calls them.
SORTS = NAMES | {
    "completed_at": "Completed long ago first",
    "-position": "As arranged in the list, backwards",
    "-id": "By number, the highest first",
    "id": "By number",
}


class ViewForm(FlaskForm):  # type: ignore[misc]
    """A saved view."""

    name = StringField("Name")
    filter = TextAreaField("Filter", filters=[lines])
    sort = SelectField("Order", choices=[SelectChoice(*one) for one in SORTS.items()])
    list_id = SelectField("Who sees it", validate_choice=False)
    version = IntegerField(widget=HiddenInput(), validators=[Optional()])

    @property
    def body(self) -> dict[str, Any]:
        """What it stands for, as services take it."""
        text = self.list_id.data or ""
        list_id = int(text) if text.isdecimal() and len(text) < 18 else text or None
        named = {"name": self.name.data, "filter": self.filter.data, "sort": self.sort.data}
        return {**named, "list_id": list_id}


def sent(view: Any | None) -> ViewForm:
    """Return the form as the request has it; `view`: the row that it is about."""
    form = ViewForm()
    _offer_lists(form, view)
    return form


def form_of(view: Any | None) -> ViewForm:
    """Return the form of a view, a row of services.view_rows; None: one that is yet to be made."""
    kept = {} if view is None else {name: getattr(view, name) for name in _KEPT}
    form = ViewForm(None, **kept)
    form.list_id.data = str(kept.get("list_id") or "")
    _offer_lists(form, view)
    return form


_KEPT = ("name", "filter", "sort", "list_id", "version")


def _offer_lists(form: ViewForm, view: Any | None) -> None:
    """Give the form the lists that the view (None: a new one) can be shared with.

    It is for one person alone only if that is the visitor.
    """
    actor = current_user.actor
    lists = {row.id: row for row in list_rows.writable(actor, limit=PAGE_SIZE_MAX)}
    if view is not None and view.list_id is not None:
        lists |= list_rows.read_all(actor, [view.list_id])
    mine = view is None or view.owner == actor.username
    alone = [SelectChoice("", "Only you, over all your todos")] if mine else []
    shared = [
        SelectChoice(str(id_), f"The members of “{row.name}”, over its todos")
        for id_, row in lists.items()
        if not row.is_inbox or row.owner == actor.username
    ]
    form.list_id.choices = alone + shared
