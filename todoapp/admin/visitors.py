"""Who looks at the pages: found by the cookie, asked to log in, held to what is due first."""

from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask_login import UserMixin, current_user
from flask_wtf.csrf import CSRFError
from werkzeug import Response as AnyResponse

from todoapp.admin.blueprint import pages
from todoapp.admin.navigation import navigation
from todoapp.admin.places import this_page
from todoapp.clock import utcnow
from todoapp.extensions import csrf, login_manager
from todoapp.limits import Due
from todoapp.services import sessions
from todoapp.services.access import Actor, seeing_all
from todoapp.settings import Settings
from todoapp.web.identify import note_use

#: What works for everybody.
_OPEN = frozenset({"admin.login", "admin.log_in"})
#: What works while something is due: the page to do it on comes first.
_WHILE_DUE = {
    Due.PASSWORD: ("admin.change_password", "admin.put_password", "admin.logout"),
    Due.TWO_FACTOR: (
        "admin.two_factor",
        "admin.begin_two_factor",
        "admin.confirm_two_factor",
        "admin.logout",
    ),
}

login_manager.session_protection = None  # people move between networks; the table decides
# To the pages alone: on the application its hook would run in every call of the API.
login_manager.init_app(pages, add_context_processor=False)


@dataclass(frozen=True, eq=False)
class Visitor(UserMixin):  # type: ignore[misc]
    """Somebody who is logged in. What the cookie holds is the session's token, not their id."""

    token: str
    actor: Actor
    due: Due | None = None

    def get_id(self) -> str:
        """Return what the cookie is to hold."""
        return self.token


def install(app: Flask) -> None:
    """Serve the pages."""
    app.config |= {
        "PERMANENT_SESSION_LIFETIME": app.config["SETTINGS"].session_lasts,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        # By the hook below, for the pages alone.
        "WTF_CSRF_CHECK_DEFAULT": False,
        # A page that was left open overnight keeps its form.
        "WTF_CSRF_TIME_LIMIT": None,
        # The token is bound to a cookie that no other host can plant; whoever keeps the Referer to
        # themselves could not log in.
        "WTF_CSRF_SSL_STRICT": False,
    }
    csrf.init_app(app)
    app.login_manager = login_manager  # type: ignore[attr-defined]
    # Globals, so that macros have them, too.
    app.add_template_global(navigation)
    app.add_template_global(this_page)
    app.register_blueprint(pages)


@login_manager.user_loader  # type: ignore[untyped-decorator]
def load(token: str) -> Visitor | None:
    """Return whose session it is; None: it has ended, or never was."""
    now = utcnow()
    found = sessions.by_cookie(token, idle=settings().session_idle, at=now)
    if found is None:
        return None
    actor = seeing_all(found.actor)
    g.actor = actor
    note_use(actor, found.last_seen_at, at=now)
    return Visitor(token, actor, found.due)


@pages.context_processor
def _visitor() -> dict[str, Any]:
    """Let templates ask who it is; pages of errors do not, for the database may be away."""
    return {"current_user": current_user}


@pages.before_request
def refuse_forged() -> None:
    """Raise CSRFError for a form that is not from one of our pages (ASVS 3.5.1)."""
    csrf.protect()


@pages.before_request
def admit() -> AnyResponse | None:
    """Let in who is logged in; send others to the login, or to what is due first."""
    if request.endpoint in _OPEN:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("admin.login", next=_wanted()), 303)
    allowed = _WHILE_DUE.get(current_user.due)
    if allowed is None or request.endpoint in allowed:
        return None
    return redirect(url_for(allowed[0]), 303)


def settings() -> Settings:
    """Return how the service is set up."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def _wanted() -> str | None:
    """Return the page to go on to after the login, as it stands in a URL."""
    if request.method != "GET" or request.endpoint == "admin.dashboard":
        return None
    return this_page()


@pages.errorhandler(CSRFError)
def explain(_error: CSRFError) -> Response:
    """Say that the form is too old, and how to go on."""
    return Response(render_template("admin/expired.html"), 400, content_type="text/html")
