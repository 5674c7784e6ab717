"""A form that somebody else was quicker with: nothing typed is lost, nothing of theirs unseen."""

from collections.abc import Callable, Mapping
from typing import Any

from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import Field, SelectField

from todoapp.errors import Stale
from todoapp.web.hosts import base_url


def overtaken(
    page: Callable[[FlaskForm, int], Response],
    form: FlaskForm,
    typed: Mapping[str, Any],
    error: Stale,
) -> Response:
    """Return `page` with what was typed, and beside it what was saved meanwhile; status 409.

    `typed` is what the form stands for, named as the API does. The form goes on from the version
    that it now shows, so that saving it again puts the one in the place of the other.
    """
    theirs = error.facts["current"](base_url())
    form.form_errors.append(
        "Somebody else has saved this meanwhile. What you typed is still here: compare, then save "
        "again."
    )
    for name, value in typed.items():
        if value != theirs[name]:
            form[name].errors = [f"Somebody else has saved: {_told(form[name], theirs[name])}"]
    form.version.raw_data, form.version.data = None, theirs["version"]
    return page(form, 409)


def _told(field: Field, value: Any) -> str:
    """Return a value as the form has it: a choice by its name."""
    text = "" if value is None else str(value)
    if isinstance(field, SelectField):
        text = next((str(one.label) for one in field.iter_choices() if one.value == text), text)
    return text or "nothing"
