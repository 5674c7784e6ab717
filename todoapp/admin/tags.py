"""/admin/tags: how many todos have each; renamed, merged, taken off."""

from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response
from wtforms import StringField

from todoapp.admin import paging, places
from todoapp.admin.blueprint import pages
from todoapp.admin.notices import done, quoted
from todoapp.admin.refusals import REFUSALS, refused
from todoapp.clock import utcnow
from todoapp.schemas.tag import TagSearchQuery
from todoapp.services import tags


class TagForm(FlaskForm):  # type: ignore[misc]
    """Another name for a tag."""

    name = StringField("New name")


@pages.get("/tags", endpoint="tags")
def all_tags() -> str:
    """List them, by name."""
    query = paging.asked(TagSearchQuery)
    place = paging.place(query, str)
    rows, after = tags.page(current_user.actor, query, place[0] if place else None)
    return render_template(
        "admin/tags/index.html",
        tags=rows,
        beginning=query.get("beginning", ""),
        turns=paging.turns(after),
    )


@pages.get("/tags/rename")
def edit_tag() -> Response:
    """Show the form; the address names the tag, for names may have any sign in them."""
    return _rename_page(TagForm(None, name=_named().name))


@pages.post("/tags/rename")
def rename_tag() -> Response:
    """Rename it everywhere; ask first where it would become one with another."""
    name, form = _name(), TagForm()
    actor, wanted = current_user.actor, form.name.data or ""
    if "sure" not in request.form and tags.merges_with(actor, name, wanted):
        return redirect(url_for("admin.merge_tags", tag=name, into=wanted, next=_back()), 303)
    try:
        renamed = tags.rename(actor, name, {"name": wanted}, at=utcnow())
    except REFUSALS as error:
        return refused(_rename_page, form, error)
    done(f"{quoted(name)} is {quoted(renamed.name)} now.")
    return redirect(_back(), 303)


@pages.get("/tags/merge")
def merge_tags() -> str:
    """Ask whether two tags are to be one."""
    into = tags.read(current_user.actor, request.args.get("into", ""))
    return render_template("admin/tags/merge.html", tag=_named(), into=into, back=_back())


@pages.get("/tags/remove")
def leave_tag() -> str:
    """Ask whether it is to be taken off."""
    return render_template("admin/tags/remove.html", tag=_named(), back=_back())


@pages.post("/tags/remove")
def remove_tag() -> Response:
    """Take it off every todo."""
    tags.remove(current_user.actor, _name(), at=utcnow())
    done(f"No todo has the tag {quoted(_name())} any more.")
    return redirect(_back(), 303)


def _name() -> str:
    return request.values.get("tag", "")


def _named() -> Any:
    """Return the tag (schemas.tag.TagOut) that the address or the form names; raises NotFound."""
    return tags.read(current_user.actor, _name())


def _back() -> str:
    return places.wanted(url_for("admin.tags"))


def _rename_page(form: FlaskForm, status: int = 200) -> Response:
    page = render_template("admin/tags/form.html", form=form, tag=_named(), back=_back())
    return make_response(page, status)
