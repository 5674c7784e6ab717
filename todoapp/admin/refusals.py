"""A form that was refused, shown again with what is wrong."""

import math
from collections.abc import Callable

from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin.forms import place
from todoapp.errors import Conflict, Invalid, TooManyRequests

REFUSALS = (Conflict, Invalid, TooManyRequests)


def refused(
    page: Callable[[FlaskForm, int], Response],
    form: FlaskForm,
    error: Conflict | Invalid | TooManyRequests,
) -> Response:
    """Return `page` with what is wrong: 422, 409, or 429 with the time to wait."""
    if isinstance(error, Invalid):
        place(form, error.errors)
        return page(form, 422)
    if isinstance(error, Conflict):
        form.form_errors.append(error.detail)
        return page(form, 409)
    form.form_errors.append(f"Too many attempts. Try again in {_minutes(error.retry_after)}.")
    response = page(form, 429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _minutes(seconds: int) -> str:
    minutes = math.ceil(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
