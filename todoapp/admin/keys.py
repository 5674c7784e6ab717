"""/admin/keys: API keys seen, made, renamed, replaced, revoked."""

from typing import Any

from flask import make_response, redirect, render_template, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms.fields import SelectChoice

from todoapp.admin import paging
from todoapp.admin.blueprint import pages
from todoapp.admin.key_forms import SCOPES, KeyNameForm, NewKeyForm, RotateForm
from todoapp.admin.notices import tell
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.clock import utcnow
from todoapp.limits import KeyState, Scope
from todoapp.schemas.api_key import KeyQuery
from todoapp.services import api_keys, key_limits, key_rotation, key_rows
from todoapp.services.preconditions import UNCONDITIONAL
from todoapp.web.hosts import base_url


@pages.get("/keys")
def keys() -> str:
    """List them, newest first."""
    query, actor, now = paging.asked(KeyQuery), current_user.actor, utcnow()
    start = paging.place(query, int)
    rows, before = key_rows.page(actor, query, start[0] if start else None, at=now)
    return render_template(
        "admin/keys/index.html",
        keys=key_rows.shown(actor, rows, at=now),
        query=query,
        states=KeyState,
        turns=paging.turns(before),
    )


@pages.get("/keys/new")
def new_key() -> Response:
    """Show the form."""
    return _new_page(NewKeyForm(None, scopes=[Scope.TODOS_READ, Scope.TODOS_WRITE]))


@pages.post("/keys/new")
def create_key() -> Response:
    """Make a key, and show it this once: nowhere else is it kept."""
    form = NewKeyForm()
    if not form.validate():
        return _new_page(form, 422)
    actor = current_user.actor
    try:
        made = api_keys.create(actor, form.body(actor.zone), at=utcnow())
    except REFUSALS as error:
        return refused(_new_page, form, error)
    return _made_page(made)


@pages.get("/keys/<id:key_id>")
def key(key_id: int) -> Response:
    """Show what it may do and how it stands."""
    return _key_page(key_id)


@pages.post("/keys/<id:key_id>")
def rename_key(key_id: int) -> Response:
    """Give it another name."""
    form = KeyNameForm()
    body = {"name": form.name.data or ""}
    try:
        api_keys.rename(current_user.actor, key_id, body, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(lambda form, status: _key_page(key_id, status, naming=form), form, error)
    tell("The key has its new name.")
    return redirect(url_for("admin.key", key_id=key_id), 303)


@pages.post("/keys/<id:key_id>/rotate")
def rotate_key(key_id: int) -> Response:
    """Replace it by a new one, which is shown this once."""

    def page(form: FlaskForm, status: int) -> Response:
        return _key_page(key_id, status, rotating=form)

    form = RotateForm()
    if not form.validate():
        return page(form, 422)
    body = {"grace_hours": form.grace_hours.data}
    try:
        made = key_rotation.rotate(current_user.actor, key_id, body, UNCONDITIONAL, at=utcnow())
    except REFUSALS as error:
        return refused(page, form, error)
    return _made_page(made)


@pages.get("/keys/<id:key_id>/revoke")
def ask_to_revoke_key(key_id: int) -> str:
    """Ask first: what is revoked stays so."""
    return render_template("admin/keys/revoke.html", key=_shown(key_id))


@pages.post("/keys/<id:key_id>/revoke")
def revoke_key(key_id: int) -> Response:
    """End it at once."""
    api_keys.revoke(current_user.actor, key_id, UNCONDITIONAL, at=utcnow())
    tell("The key is revoked: it works no longer.")
    return redirect(url_for("admin.key", key_id=key_id), 303)


def _shown(key_id: int) -> dict[str, Any]:
    actor = current_user.actor
    [shown] = key_rows.shown(actor, [key_rows.read(actor, key_id)], at=utcnow())
    return shown


def _new_page(form: FlaskForm, status: int = 200) -> Response:
    actor = current_user.actor
    form.scopes.choices = [
        SelectChoice(str(one), f"{one}: {SCOPES[one]}") for one in key_limits.scopes_for(actor)
    ]
    form.list_ids.choices = [SelectChoice(*one) for one in key_limits.lists_for(actor)]
    return make_response(render_template("admin/keys/new.html", form=form), status)


def _key_page(
    key_id: int,
    status: int = 200,
    *,
    naming: FlaskForm | None = None,
    rotating: FlaskForm | None = None,
) -> Response:
    shown = _shown(key_id)
    page = render_template(
        "admin/keys/show.html",
        key=shown,
        said=SCOPES,
        naming=naming or KeyNameForm(None, name=shown["name"]),
        rotating=rotating or RotateForm(None),
    )
    return make_response(page, status)


def _made_page(made: api_keys.NewKey) -> Response:
    """Show the secret. It is in this answer alone: no URL, cookie or notice has it."""
    page = render_template(
        "admin/keys/made.html", key=_shown(made.row.id), secret=made.secret, base=base_url()
    )
    return make_response(page, 201, {"Cache-Control": "no-store"})
