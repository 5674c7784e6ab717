"""What people type in, and what is wrong with it."""

from collections.abc import Iterable

from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from todoapp.errors import FieldError
from todoapp.limits import OTP_MAX, PASSWORD_MIN


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Who somebody is, and how they prove it."""

    username = StringField("Username", [InputRequired("Enter your username.")])
    password = PasswordField("Password", [InputRequired("Enter your password.")])
    otp = StringField("Code, if you use a second factor")


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """The password that somebody has, and the one to have."""

    current_password = PasswordField(
        "Current password", [InputRequired("Enter the password that you have.")]
    )
    new_password = PasswordField(
        "New password",
        [
            InputRequired("Enter a new password."),
            Length(min=PASSWORD_MIN, message=f"Must have at least {PASSWORD_MIN} characters."),
        ],
    )


class ProofForm(FlaskForm):  # type: ignore[misc]
    """The password, to show that it is them."""

    password = PasswordField("Password", [InputRequired("Enter your password.")])


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the authenticator app."""

    otp = StringField(
        "Code",
        [
            InputRequired("Enter the code that your app shows."),
            Length(max=OTP_MAX, message="Is too long for a code."),
        ],
    )


class BothForm(ProofForm, CodeForm):
    """Both factors."""


def lines(text: str | None) -> str | None:
    """Return text as it was before a browser made its line ends those of HTTP."""
    return text and text.replace("\r\n", "\n")


def place(form: FlaskForm, errors: Iterable[FieldError]) -> None:
    """Put each of `errors` beside the field it is about, or above the form."""
    for error in errors:
        # Of `/tags/2` the field is `tags`.
        field = form._fields.get(error.where.lstrip("/").partition("/")[0])
        if field is None:
            form.form_errors.append(_told(error))
            continue
        if not isinstance(field.errors, list):  # it was not validated
            field.errors = list(field.errors)
        field.errors.append(_told(error))


def _told(error: FieldError) -> str:
    if error.position is None:
        return error.detail
    return f"At character {error.position + 1}: {error.detail}"
