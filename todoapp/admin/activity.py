"""/admin/activity: who did what, when, by which key, from where."""

from typing import Any

from flask import Response, make_response, render_template
from flask_login import current_user

from todoapp.admin import activity_filters, differences, entries
from todoapp.admin.blueprint import pages
from todoapp.clock import utcnow
from todoapp.errors import FieldError, Invalid
from todoapp.schemas.activity import ActivityFileQuery, ActivityQuery
from todoapp.schemas.spreadsheet import MEDIA_TYPE
from todoapp.schemas.strict import StrictQuery
from todoapp.services import activity as log
from todoapp.services import list_rows
from todoapp.web.downloads import download


@pages.get("/activity")
def activity() -> Response:
    """List what was done, newest first."""
    place = activity_filters.place()
    try:
        query = _parsed(ActivityQuery, activity_filters.given() | place.without)
    except Invalid as error:
        return make_response(_page({}, [], None, errors=error.errors), 422)
    changes, then = log.page(current_user.actor, query, place.before)
    return make_response(_page(query, changes, then))


@pages.get("/activity.csv")
def export_activity() -> Response:
    """Send what is filtered as a file."""
    query = _parsed(ActivityFileQuery, activity_filters.given())
    actor = current_user.actor
    name = f"activity-{utcnow().astimezone(actor.zone).date()}.csv"
    return download(log.export(actor, query), content_type=MEDIA_TYPE, name=name)


def _parsed(schema: type[StrictQuery], given: dict[str, str]) -> dict[str, Any]:
    return schema.parse_query({name: [value] for name, value in given.items()})


def _page(
    query: dict[str, Any],
    changes: list[dict[str, Any]],
    then: tuple[int] | None,
    errors: list[FieldError] | None = None,
) -> str:
    ids = differences.list_ids(changes)
    if "list_id" in query:
        ids.add(query["list_id"])
    days = entries.by_day(changes, whole="operation_id" in query)
    return render_template(
        "admin/activity/index.html",
        days=days,
        first=changes[0] if changes else None,
        older=then and _older(days, then[0]),
        lists=list_rows.names(current_user.actor, ids),
        choices=list_rows.choices(current_user.actor),
        query=query,
        filters=activity_filters,
        errors=errors or [],
    )


def _older(days: list[entries.Day], last: int) -> str:
    """Return the address of the page after this; what is left of the last call is passed over."""
    cut = days[-1].groups[-1]
    passed = cut.operation_id if cut.more > 0 else None
    return activity_filters.link(before=last, without_operation_id=passed)
