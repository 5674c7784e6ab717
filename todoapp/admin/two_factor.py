"""/admin/two-factor: a second factor turned on and off, and the recovery codes."""

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin.blueprint import pages
from todoapp.admin.forms import BothForm, CodeForm, ProofForm
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.visitors import settings
from todoapp.clock import utcnow
from todoapp.limits import Due
from todoapp.services import two_factor_setup
from todoapp.web.hosts import issuer


@pages.get("/two-factor")
def two_factor() -> Response:
    """Show how it stands: off, with the form to begin, or on."""
    return _state_page(ProofForm())


@pages.post("/two-factor")
def begin_two_factor() -> Response:
    """Show a new secret for the authenticator app, this once."""
    form = ProofForm()
    if not form.validate():
        return _state_page(form, 422)
    try:
        setup = two_factor_setup.begin(
            current_user.actor,
            {"password": form.password.data},
            secret_key=settings().secret_key,
            issuer=issuer(),
            at=utcnow(),
        )
    except REFUSALS as error:
        return refused(_state_page, form, error)
    return _confirm_page(CodeForm(None), setup=setup)


@pages.post("/two-factor/confirm")
def confirm_two_factor() -> Response:
    """Turn it on by a first code; show the recovery codes, this once."""
    form = CodeForm()
    if not form.validate():
        return _confirm_page(form, 422)
    try:
        codes = two_factor_setup.confirm(
            current_user.actor,
            {"otp": form.otp.data},
            secret_key=settings().secret_key,
            at=utcnow(),
        )
    except REFUSALS as error:
        return refused(_confirm_page, form, error)
    return _codes_page(codes)


@pages.get("/two-factor/recovery-codes")
def new_recovery_codes() -> Response:
    """Show the form."""
    return _renew_page(ProofForm())


@pages.post("/two-factor/recovery-codes")
def renew_recovery_codes() -> Response:
    """Show new recovery codes, this once; the old ones end."""
    form = ProofForm()
    if not form.validate():
        return _renew_page(form, 422)
    body = {"password": form.password.data}
    try:
        codes = two_factor_setup.renew_recovery_codes(current_user.actor, body, at=utcnow())
    except REFUSALS as error:
        return refused(_renew_page, form, error)
    return _codes_page(codes)


@pages.get("/two-factor/disable")
def leave_two_factor() -> Response:
    """Show the form."""
    return _disable_page(BothForm())


@pages.post("/two-factor/disable")
def disable_two_factor() -> Response:
    """Turn it off; every other session ends."""
    form = BothForm()
    if not form.validate():
        return _disable_page(form, 422)
    body = {"password": form.password.data, "otp": form.otp.data}
    key = settings().secret_key
    try:
        two_factor_setup.disable(current_user.actor, body, secret_key=key, at=utcnow())
    except REFUSALS as error:
        return refused(_disable_page, form, error)
    tell("Your second factor is off. Your password alone logs you in.")
    return redirect(url_for("admin.two_factor"), 303)


def _state_page(form: FlaskForm, status: int = 200) -> Response:
    state = two_factor_setup.state(current_user.actor)
    due = current_user.due == Due.TWO_FACTOR
    page = render_template("admin/two_factor.html", form=form, state=state, due=due)
    return make_response(page, status)


def _confirm_page(
    form: FlaskForm, status: int = 200, *, setup: two_factor_setup.Setup | None = None
) -> Response:
    """Ask for a code. The secret is not shown again with it: that takes the password."""
    due = current_user.due == Due.TWO_FACTOR
    page = render_template("admin/two_factor_confirm.html", form=form, setup=setup, due=due)
    return make_response(page, status)


def _renew_page(form: FlaskForm, status: int = 200) -> Response:
    return make_response(render_template("admin/two_factor_renew.html", form=form), status)


def _disable_page(form: FlaskForm, status: int = 200) -> Response:
    return make_response(render_template("admin/two_factor_disable.html", form=form), status)


def _codes_page(codes: list[str]) -> Response:
    response = make_response(render_template("admin/recovery_codes.html", codes=codes))
    response.headers["Cache-Control"] = "no-store"
    return response
