"""/admin/account: who the visitor is, and how they log in."""

from typing import Any

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import EmailField

from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.zones import zone_field
from todoapp.clock import utcnow
from todoapp.services import account_changes, accounts
from todoapp.services.preconditions import UNCONDITIONAL


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """What people change of themselves."""

    email = EmailField("E-mail address")
    timezone = zone_field("Timezone")


@pages.get("/account")
def account() -> Response:
    """Show the profile, and the ways to everything else of the account."""
    me = accounts.me(current_user.actor)
    return _show(ProfileForm(None, data=me), me)


@pages.post("/account")
def save_account() -> Response:
    """Keep the address and the timezone."""
    form = ProfileForm()
    body = {"email": form.email.data or None, "timezone": form.timezone.data}
    try:
        account_changes.patch_me(current_user.actor, body, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(_page, form, error)
    tell("Your profile is saved.")
    return redirect(url_for("admin.account"), 303)


def _page(form: FlaskForm, status: int) -> Response:
    return _show(form, accounts.me(current_user.actor), status)


def _show(form: FlaskForm, me: dict[str, Any], status: int = 200) -> Response:
    return make_response(render_template("admin/account.html", form=form, me=me), status)
