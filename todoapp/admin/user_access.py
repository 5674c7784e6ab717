"""/admin/users/…: how people get in, or no longer do. What cannot be undone is asked first."""

from collections.abc import Callable
from typing import NamedTuple

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.user_forms import DeleteUserForm
from todoapp.admin.users import password_page, user_page
from todoapp.clock import utcnow
from todoapp.errors import Conflict, Invalid, TooManyRequests
from todoapp.schemas.user import UserDeleteQuery
from todoapp.services import account_changes, account_endings, passwords, people, two_factor_setup
from todoapp.services.preconditions import UNCONDITIONAL


class Question(NamedTuple):
    """What is asked before something is done to somebody, `{}`."""

    title: str
    text: str
    button: str


_QUESTIONS = {
    "deactivate": Question(
        "Deactivate {}?",
        "{} is signed out everywhere and cannot log in until activated again. Every API key of "
        "theirs is revoked for good. Lists and todos stay.",
        "Deactivate",
    ),
    "reset-password": Question(
        "Reset the password of {}?",
        "A new one is made and shown to you, this once. {} is signed out everywhere, and has to "
        "choose another at the next login. API keys stay.",
        "Reset the password",
    ),
    "reset-second-factor": Question(
        "Turn off the second factor of {}?",
        "For somebody who has lost their phone and the recovery codes. {} is signed out "
        "everywhere, and logs in with the password alone. Make sure that it is they who ask.",
        "Turn it off",
    ),
    "sign-out": Question(
        "Sign {} out everywhere?",
        "Every session of {} ends, in browsers and of programs with tokens. API keys stay.",
        "Sign out everywhere",
    ),
}


@pages.get("/users/<username:username>/deactivate", defaults={"question": "deactivate"})
@pages.get("/users/<username:username>/reset-password", defaults={"question": "reset-password"})
@pages.get(
    "/users/<username:username>/reset-second-factor", defaults={"question": "reset-second-factor"}
)
@pages.get("/users/<username:username>/sign-out", defaults={"question": "sign-out"})
def ask_about_user(username: str, question: str) -> str:
    """Ask first."""
    people.read(current_user.actor, username)
    texts = (text.format(username) for text in _QUESTIONS[question])
    return render_template(
        "admin/users/ask.html", username=username, what=question, asked=Question(*texts)
    )


@pages.post("/users/<username:username>/deactivate")
def deactivate_user(username: str) -> Response:
    """Shut somebody out."""
    return _done(username, lambda: _patch(username, is_active=False), "{} is shut out.")


@pages.post("/users/<username:username>/activate")
def activate_user(username: str) -> Response:
    """Let somebody in again; the keys stay revoked."""
    return _done(username, lambda: _patch(username, is_active=True), "{} is let in again.")


@pages.post("/users/<username:username>/reset-password")
def reset_password(username: str) -> Response:
    """Give somebody another password, shown this once; it must be changed."""
    password = passwords.generate()
    try:
        _patch(username, password=password)
    except REFUSALS as error:
        return _refused(username, error)
    return password_page(username, password, 200)


@pages.post("/users/<username:username>/reset-second-factor")
def reset_second_factor(username: str) -> Response:
    """Turn off the second factor of somebody who has lost it."""
    return _done(
        username,
        lambda: two_factor_setup.reset(current_user.actor, username, at=utcnow()),
        "{} logs in with the password alone.",
    )


@pages.post("/users/<username:username>/sign-out")
def sign_out_user(username: str) -> Response:
    """End every session of somebody."""
    return _done(
        username,
        lambda: people.sign_out(current_user.actor, username, at=utcnow()),
        "{} is signed out everywhere.",
    )


@pages.get("/users/<username:username>/delete")
def ask_to_delete_user(username: str) -> Response:
    """Ask first, and who gets the lists."""
    form = DeleteUserForm(None, lists_to=current_user.actor.username)
    return _delete_page(username, form)


@pages.post("/users/<username:username>/delete")
def delete_user(username: str) -> Response:
    """Delete an account for good."""
    form, actor = DeleteUserForm(), current_user.actor
    try:
        query = UserDeleteQuery.parse_query(form.query)
        account_endings.delete(actor, username, query, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(lambda form, status: _delete_page(username, form, status), form, error)
    tell(f"{username} is deleted.")
    return redirect(url_for("admin.users"), 303)


def _patch(username: str, **body: object) -> None:
    account_changes.patch(current_user.actor, username, body, UNCONDITIONAL, at=utcnow())


def _done(username: str, act: Callable[[], None], told: str) -> Response:
    try:
        act()
    except REFUSALS as error:
        return _refused(username, error)
    tell(told.format(username))
    return redirect(url_for("admin.user", username=username), 303)


def _refused(username: str, error: Conflict | Invalid | TooManyRequests) -> Response:
    return refused(lambda form, status: user_page(username, form, status), FlaskForm(), error)


def _delete_page(username: str, form: FlaskForm, status: int = 200) -> Response:
    people.read(current_user.actor, username)
    page = render_template("admin/users/delete.html", username=username, form=form)
    return make_response(page, status)
