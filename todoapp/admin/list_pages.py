"""The page of one list, which several forms come back to."""

from flask import make_response, render_template
from flask_login import current_user
from flask_wtf import FlaskForm
from werkzeug import Response

from todoapp.admin import paging
from todoapp.admin.list_forms import ROLES
from todoapp.limits import Noun
from todoapp.schemas.query import PageQuery
from todoapp.services import activity, list_counts, list_rows, member_rows
from todoapp.services.access import Permission, may

#: How many changes the page tells; all of them are in Activity.
_NEWEST = 10


def show(list_id: int, form: FlaskForm, status: int = 200) -> Response:
    """Return the page; `form`: the one to let somebody in, with what is wrong about members."""
    actor, query = current_user.actor, paging.asked(PageQuery)
    todo_list = list_rows.read(actor, list_id)
    place = paging.place(query, str)
    members, after = member_rows.page(actor, list_id, query, place[0] if place else None)
    about = {"noun": Noun.LIST, "noun_id": list_id, "page_size": _NEWEST}
    changes, earlier = activity.page(actor, about, None)
    page = render_template(
        "admin/lists/show.html",
        todo_list=todo_list,
        count=list_counts.of(actor, [list_id])[list_id],
        members=members,
        turns=paging.turns(after),
        may_manage=may(todo_list.my_role, Permission.MANAGE),
        changes=changes,
        has_earlier=earlier is not None,
        form=form,
        roles=ROLES,
    )
    return make_response(page, status)
