"""/admin/users: people found, made and changed by administrators."""

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import paging
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.admin.user_forms import ROLES, NewUserForm, UserForm
from todoapp.admin.visitors import settings
from todoapp.clock import utcnow
from todoapp.limits import KeyState
from todoapp.schemas.user import UserSearch
from todoapp.services import account_changes, accounts, key_rows, passwords, people
from todoapp.services.access import require_administrator
from todoapp.services.preconditions import UNCONDITIONAL

#: How many of somebody's keys are shown.
_KEYS = 10


@pages.get("/users")
def users() -> str:
    """List them, newest first."""
    query, now, idle = paging.asked(UserSearch), utcnow(), settings().session_idle
    start = paging.place(query, int)
    rows, before = people.page(current_user.actor, query, start[0] if start else None)
    return render_template(
        "admin/users/index.html",
        users=rows,
        counts=people.counts((row.id for row in rows), idle=idle, at=now),
        roles=ROLES,
        query=query,
        turns=paging.turns(before),
    )


# A person may be called "new".
@pages.get("/new-user")
def new_user() -> Response:
    """Show the form."""
    return _new_page(NewUserForm(None, timezone=current_user.actor.timezone))


@pages.post("/new-user")
def create_user() -> Response:
    """Add somebody; a password that was made for them is shown this once."""
    form = NewUserForm()
    password = form.password.data or passwords.generate()
    body = {**form.body, "password": password}
    try:
        user = accounts.create(body, at=utcnow(), actor=current_user.actor)
    except REFUSALS as error:
        return refused(_new_page, form, error)
    if not form.password.data:
        return password_page(user.username, password, 201)
    tell(f"{user.username} is added, and chooses a password of their own at the first login.")
    return redirect(url_for("admin.user", username=user.username), 303)


@pages.get("/users/<username:username>")
def user(username: str) -> Response:
    """Show who it is, and what can be done."""
    return user_page(username)


@pages.post("/users/<username:username>")
def save_user(username: str) -> Response:
    """Change the address, the role, the timezone, whether a second factor is demanded."""
    form, actor = UserForm(), current_user.actor
    try:
        account_changes.patch(actor, username, form.body, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(lambda form, status: user_page(username, form, status), form, error)
    tell(f"{username} is changed.")
    return redirect(url_for("admin.user", username=username), 303)


def user_page(username: str, form: FlaskForm | None = None, status: int = 200) -> Response:
    """Return the page of a person; `form`: what was refused, with what is wrong."""
    actor, now, idle = current_user.actor, utcnow(), settings().session_idle
    row = people.read(actor, username)
    query = {"page_size": _KEYS, "owner": username, "state": KeyState.ACTIVE}
    keys, _ = key_rows.page(actor, query, None, at=now)
    page = render_template(
        "admin/users/show.html",
        user=row,
        counts=people.counts([row.id], idle=idle, at=now)[row.id],
        keys=key_rows.shown(actor, keys, at=now),
        sessions=people.logins(actor, row.id, idle=idle, at=now),
        form=form if isinstance(form, UserForm) else UserForm(None, obj=row),
        failed=form,
        roles=ROLES,
    )
    return make_response(page, status)


def password_page(username: str, password: str, status: int) -> Response:
    """Show a password that was made: no URL, cookie or notice has it, only this answer."""
    page = render_template("admin/users/password.html", username=username, password=password)
    return make_response(page, status, {"Cache-Control": "no-store"})


def _new_page(form: FlaskForm, status: int = 200) -> Response:
    require_administrator(current_user.actor)
    return make_response(render_template("admin/users/new.html", form=form), status)
