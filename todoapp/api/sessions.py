"""/sessions"""

from typing import Any

from flask import Response, current_app

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.auth import SessionOut
from todoapp.schemas.pages import SessionPage
from todoapp.schemas.query import PageQuery, WriteQuery
from todoapp.services import people, sessions
from todoapp.services.access import Actor
from todoapp.web import page_tokens
from todoapp.web.hosts import base_url


@v1.get("/sessions")
@operation(scope=Scope.ACCOUNT, query=PageQuery, answers={200: SessionPage}, problems=(400, 422))
def list_sessions(actor: Actor, query: dict[str, Any]) -> Response:
    """List where you are logged in.

    In browsers and with tokens, newest first.
    """
    place = page_tokens.read(actor, query, int)
    before, idle = place[0] if place else None, current_app.config["SETTINGS"].session_idle
    rows, before = sessions.page(actor, query, before, idle=idle, at=utcnow())
    token, link = page_tokens.next_page(actor, before)
    shown = SessionOut(base=base_url(), many=True).dump(rows)
    return answers.answer({"sessions": shown, "next_page_token": token}, headers=link)


@v1.get("/sessions/<id:session_id>")
@operation(scope=Scope.ACCOUNT, answers={200: SessionOut}, problems=(404,))
def get_session(actor: Actor, session_id: int) -> Response:
    """Read one of your logins."""
    idle = current_app.config["SETTINGS"].session_idle
    row = sessions.read(actor, session_id, idle=idle, at=utcnow())
    return answers.answer(SessionOut(base=base_url()).dump(row))


@v1.delete("/sessions/<id:session_id>")
@operation(scope=Scope.ACCOUNT, query=WriteQuery, answers={204: None}, problems=(404,))
def end_session(actor: Actor, session_id: int) -> Response:
    """Log out there.

    The login ends at once, and with it all its tokens. It may be the one that you are calling with.
    """
    sessions.end(actor, session_id, at=utcnow())
    return answers.nothing()


@v1.delete("/sessions")
@operation(scope=Scope.ACCOUNT, query=WriteQuery, answers={204: None})
def end_other_sessions(actor: Actor) -> Response:
    """Log out everywhere else.

    Every login ends but the one that you are calling with; calling with a key, every one.
    """
    sessions.end_others(actor, at=utcnow())
    return answers.nothing()


@v1.delete("/users/<username:username>/sessions")
@operation(scope=Scope.ADMIN, query=WriteQuery, answers={204: None}, problems=(404,))
def end_sessions_of_user(actor: Actor, username: str) -> Response:
    """Log somebody out everywhere.

    Every login of theirs ends at once. Their keys stay: revoke them one by one, or deactivate the
    account.
    """
    people.sign_out(actor, username, at=utcnow())
    return answers.nothing()
