"""What is wrong with a form is placed beside its fields."""

from time import perf_counter

from flask import Flask

from todoapp.admin.forms import CodeForm, place
from todoapp.errors import FieldError


def test_errors_are_placed_in_time_that_grows_with_their_number(app: Flask) -> None:
    errors = [FieldError(f"/otp/{number}", "choice", "Is wrong.") for number in range(200_000)]
    with app.test_request_context("/admin/login"):
        form = CodeForm(None)
        began = perf_counter()
        place(form, errors)
        assert perf_counter() - began < 5  # by the square of their number it takes much longer
        assert form.otp.errors == ["Is wrong."] * len(errors)
