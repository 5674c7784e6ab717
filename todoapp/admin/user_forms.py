"""What administrators type in about people."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice

from todoapp.admin.zones import zone_field
from todoapp.limits import UserRole

ROLES = {UserRole.MEMBER: "Member", UserRole.ADMIN: "Administrator"}


def _role_field() -> SelectField:
    choices = [SelectChoice(str(role), said) for role, said in ROLES.items()]
    return SelectField("Role", choices=choices, default=UserRole.MEMBER, validate_choice=False)


class NewUserForm(FlaskForm):  # type: ignore[misc]
    """Somebody to be."""

    username = StringField("Username", filters=[lambda text: text and text.strip()])
    email = EmailField("E-mail address")
    role = _role_field()
    timezone = zone_field("Timezone")
    password = PasswordField("First password")

    @property
    def body(self) -> dict[str, Any]:
        """What it stands for, as services take it; without a password that is to be made."""
        return {
            "username": self.username.data or "",
            "email": self.email.data or None,
            "role": self.role.data,
            "timezone": self.timezone.data or "UTC",
            "password": self.password.data,
        }


class UserForm(FlaskForm):  # type: ignore[misc]
    """What is changed of somebody."""

    email = EmailField("E-mail address")
    role = _role_field()
    timezone = zone_field("Timezone")
    two_factor_required = BooleanField("Demand a second factor")

    @property
    def body(self) -> dict[str, Any]:
        """What it stands for, as services take it."""
        return {
            "email": self.email.data or None,
            "role": self.role.data,
            "timezone": self.timezone.data,
            "two_factor_required": self.two_factor_required.data,
        }


class DeleteUserForm(FlaskForm):  # type: ignore[misc]
    """What becomes of the lists of somebody who is deleted."""

    lists_to = StringField("Who gets their lists")
    lists = RadioField(
        "The lists",
        choices=[
            SelectChoice("keep", "stay in use, with all their todos"),
            SelectChoice("trash", "go into the trash, where they can be restored from"),
        ],
        default="keep",
        validate_choice=False,
    )

    @property
    def query(self) -> dict[str, list[str]]:
        """What it stands for, as schemas.user.UserDeleteQuery reads it."""
        given = {"lists_to": self.lists_to.data, "lists": self.lists.data}
        return {name: [value] for name, value in given.items() if value}
