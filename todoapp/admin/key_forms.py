"""What people type in about API keys."""

from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask_wtf import FlaskForm
from wtforms import (
    DateField,
    Field,
    Form,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice
from wtforms.validators import StopValidation
from wtforms.widgets import CheckboxInput

from todoapp.limits import KEY_GRACE_HOURS_DEFAULT, KEY_LIFETIMES, Scope

#: What a scope is for, for people.
SCOPES = {
    Scope.TODOS_READ: "sees todos, lists, tags and their history",
    Scope.TODOS_WRITE: "makes, changes, trashes and restores them",
    Scope.ACCOUNT: "changes the account: its API keys, sessions, timezone and password",
    Scope.ADMIN: "runs the installation: sees and changes everything of everybody",
}
_LIFETIMES = {"7d": "7 days", "30d": "30 days", "90d": "90 days", "1y": "1 year", "never": "Never"}
#: Instead of a lifetime: the day is named.
_ON_A_DAY = "day"
_GRACES = {
    0: "It stops at once",
    1: "1 hour",
    KEY_GRACE_HOURS_DEFAULT: "1 day",
    72: "3 days",
    168: "7 days",
}


class ChecksField(SelectMultipleField):  # type: ignore[misc]
    """Boxes of which any may be ticked; which will do, the service says."""

    option_widget = CheckboxInput()

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=[], validate_choice=False, **kwargs)


def _day(form: Form, field: Field) -> None:
    """Demand a day only where it is to be one."""
    if form.expires_in.data != _ON_A_DAY:
        field.errors = []
        raise StopValidation()
    if field.data is None:
        field.errors = []
        raise StopValidation("Choose the last day on which it works.")


class NewKeyForm(FlaskForm):  # type: ignore[misc]
    """A key to be."""

    name = StringField("Name")
    scopes = ChecksField("What it may do")
    expires_in = SelectField(
        "Expires",
        choices=[
            *(SelectChoice(lifetime, _LIFETIMES[lifetime]) for lifetime in KEY_LIFETIMES),
            SelectChoice(_ON_A_DAY, "On a day …"),
        ],
        default="90d",
        validate_choice=False,
    )
    expires_at = DateField("Last day", [_day])
    list_ids = ChecksField("Only these lists", coerce=int)
    filter = TextAreaField("Only todos that this filter selects")

    def body(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return what it stands for, as services take it; days end in `zone`."""
        return {
            "name": self.name.data or "",
            "scopes": self.scopes.data,
            "list_ids": self.list_ids.data or None,
            "filter": (self.filter.data or "").strip() or None,
            **self._lifetime(zone),
        }

    def _lifetime(self, zone: ZoneInfo) -> dict[str, Any]:
        if self.expires_in.data != _ON_A_DAY:
            return {"expires_in": self.expires_in.data}
        end = datetime.combine(self.expires_at.data, time.max, tzinfo=zone)
        return {"expires_at": end.isoformat()}


class KeyNameForm(FlaskForm):  # type: ignore[misc]
    """Another name of a key."""

    name = StringField("Name")


class RotateForm(FlaskForm):  # type: ignore[misc]
    """How long the old key still works."""

    grace_hours = SelectField(
        "The old key still works for",
        choices=[SelectChoice(hours, said) for hours, said in _GRACES.items()],
        coerce=int,
        default=KEY_GRACE_HOURS_DEFAULT,
        validate_choice=False,
    )
