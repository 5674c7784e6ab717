"""/admin/patterns: every component in every state, for whoever works on the pages."""

from datetime import timedelta
from typing import Any

from flask import abort, current_app, render_template
from flask_wtf import FlaskForm
from wtforms import BooleanField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from todoapp.admin.blueprint import pages
from todoapp.clock import utcnow
from todoapp.limits import PRIORITY_RANKS, Status


class _Form(FlaskForm):  # type: ignore[misc]
    title = StringField("Title")
    wrong = StringField("Wrong")
    secret = PasswordField("Password")
    status = SelectField("Status", choices=[SelectChoice(status, status) for status in Status])
    description = TextAreaField("Description")
    archived = BooleanField("Archived")


@pages.get("/patterns")
def patterns() -> str:
    """Show them; in development alone."""
    if not current_app.debug:
        abort(404)
    form = _Form(None, title="Water the plants", description="Twice a week.")
    form.wrong.errors = ["Must have at least 1 character."]
    return render_template(
        "admin/patterns.html", form=form, todos=_todos(), statuses=Status, priorities=PRIORITY_RANKS
    )


def _todos() -> list[dict[str, Any]]:
    """Return todos of every look, as the API has them."""
    now = utcnow()
    looks = [
        ("Water the plants", "pending", "medium", now - timedelta(days=3), ["home"]),
        (
            "Pay the invoice of the printers",
            "in_progress",
            "critical",
            now + timedelta(hours=1),
            ["money", "office"],
        ),
        (
            "Book a table " + "for the whole team " * 6,
            "on_hold",
            "high",
            (now + timedelta(days=1)).date(),
            [],
        ),
        ("Read the minutes", "completed", "low", (now + timedelta(days=40)).date(), ["reading"]),
        (
            "Averyveryverylongwordthatwillnotbreakbyitselfanywhereatall" * 2,
            "cancelled",
            "medium",
            None,
            [],
        ),
    ]
    names = ("title", "status", "priority", "due_date", "tags")
    return [dict(zip(names, look, strict=True), id=id_) for id_, look in enumerate(looks, 1)]
