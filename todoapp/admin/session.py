"""Logging in and out, the password, and where somebody is logged in."""

from contextlib import suppress

from flask import make_response, redirect, render_template, url_for
from flask import session as cookie
from flask_login import current_user, login_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import places
from todoapp.admin.blueprint import pages
from todoapp.admin.forms import LoginForm, PasswordForm
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.visitors import Visitor, settings
from todoapp.clock import utcnow
from todoapp.errors import NotFound, TooManyRequests, Unauthenticated
from todoapp.limits import PAGE_SIZE_MAX, Due, SessionKind
from todoapp.services import account_changes, accounts, sessions
from todoapp.services import login as logins


@pages.get("/login")
def login() -> Response:
    """Show the form; who is logged in goes on."""
    if current_user.is_authenticated:
        return redirect(places.wanted(url_for("admin.dashboard")), 303)
    return _login_page(LoginForm())


@pages.post("/login")
def log_in() -> Response:
    """Log in, with a session of its own whatever the cookie held before (ASVS 7.2.4)."""
    form = LoginForm()
    if not form.validate():
        return _login_page(form, 422)
    try:
        _open_session(form)
    except Unauthenticated as error:
        _explain(form, error)
        return _login_page(form, 422)
    except TooManyRequests as error:
        return refused(_login_page, form, error)
    return redirect(places.wanted(url_for("admin.dashboard")), 303)


def _open_session(form: LoginForm) -> None:
    now = utcnow()
    person = logins.verify(
        form.username.data,
        form.password.data,
        form.otp.data,
        secret_key=settings().secret_key,
        at=now,
    )
    if current_user.is_authenticated:
        _end(current_user.actor.session_id)
    opened = logins.enter(person, SessionKind.BROWSER, lasts=settings().session_lasts, at=now)
    cookie.clear()
    login_user(Visitor(str(opened.token), accounts.acting(person.username)))


@pages.post("/logout")
def logout() -> Response:
    """End the session here and in the browser (ASVS 7.4.1, 14.3.1)."""
    _end(current_user.actor.session_id)
    cookie.clear()
    response = redirect(url_for("admin.login"), 303)
    # Not "cookies": Chromium clears those of every service on the registrable domain.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@pages.get("/password")
def change_password() -> Response:
    """Show the form."""
    return _password_page(PasswordForm())


@pages.post("/password")
def put_password() -> Response:
    """Change the password; every other session ends."""
    form = PasswordForm()
    if not form.validate():
        return _password_page(form, 422)
    body = {"current_password": form.current_password.data, "new_password": form.new_password.data}
    try:
        account_changes.change_password(current_user.actor, body, at=utcnow())
    except REFUSALS as error:
        return refused(_password_page, form, error)
    tell("Your password is changed. Wherever else you were logged in, you no longer are.")
    return redirect(url_for("admin.dashboard"), 303)


@pages.get("/sessions")
def all_sessions() -> str:
    """List where the visitor is logged in."""
    query = {"page_size": PAGE_SIZE_MAX}
    idle = settings().session_idle
    rows, _ = sessions.page(current_user.actor, query, None, idle=idle, at=utcnow())
    return render_template("admin/sessions.html", sessions=rows)


@pages.post("/sessions/<id:session_id>/end")
def end_session(session_id: int) -> Response:
    """End one of the visitor's sessions."""
    _end(session_id)
    tell("That session has ended.")
    return redirect(url_for("admin.all_sessions"), 303)


@pages.post("/sessions/end-others")
def end_other_sessions() -> Response:
    """End all of the visitor's sessions but the present one."""
    sessions.end_others(current_user.actor, at=utcnow())
    tell("Every other session has ended.")
    return redirect(url_for("admin.all_sessions"), 303)


def _end(session_id: int) -> None:
    """End a session of the visitor's, unless it has ended meanwhile."""
    with suppress(NotFound):
        sessions.end(current_user.actor, session_id, at=utcnow())


def _explain(form: LoginForm, error: Unauthenticated) -> None:
    """Say what is wrong, beside the code if it is that."""
    if error.code == "otp-required":
        form.otp.errors = ["Enter the code that your app shows, and your password again."]
    elif error.code == "bad-otp":
        form.otp.errors = [error.detail]
    else:
        form.form_errors.append(error.detail)


def _login_page(form: FlaskForm, status: int = 200) -> Response:
    return make_response(render_template("admin/login.html", form=form), status)


def _password_page(form: FlaskForm, status: int = 200) -> Response:
    forced = current_user.due == Due.PASSWORD
    return make_response(render_template("admin/password.html", form=form, forced=forced), status)
