"""/admin: where a browser lands: what there is to do, what was done, and the news."""

from flask import render_template
from flask_login import current_user

from todoapp.admin import differences, entries
from todoapp.admin.blueprint import pages
from todoapp.clock import utcnow
from todoapp.services import dashboard as numbers
from todoapp.services import list_rows
from todoapp.web.hosts import base_url


@pages.get("/")
def dashboard() -> str:
    """Show the numbers and the news; to whoever has no todos, how to begin."""
    actor, now = current_user.actor, utcnow()
    told = numbers.read(actor, now=now)
    if told["is_empty"]:
        return render_template("admin/welcome.html", base=base_url())
    lists = list_rows.names(actor, differences.list_ids(told["activity"]))
    return render_template(
        "admin/dashboard.html",
        told=told,
        now=now,
        days=entries.by_day(told["activity"]),
        lists=lists,
    )
