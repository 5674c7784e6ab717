"""/auth"""

from typing import Any

from flask import Response, current_app

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import ACCESS_TOKEN_LIFETIME
from todoapp.schemas.auth import LoginBody, RefreshBody, RevokeBody, TokensOut
from todoapp.schemas.query import WriteQuery
from todoapp.services import tokens


@v1.post("/auth/token")
@operation(
    public=True,
    query=WriteQuery,
    body=LoginBody,
    answers={200: TokensOut},
    problems=(401, 403, 429),
    secret=True,
)
def log_in(body: Any) -> Response:
    """Log in.

    Gives an access token for 15 minutes, and a refresh token to renew it with. 401 with the code
    `otp-required`: send it once more, with `otp`. 403 with `password-change-required`: with
    `new_password`.
    """
    return _tokens(tokens.log_in(body, settings=current_app.config["SETTINGS"], at=utcnow()))


@v1.post("/auth/refresh")
@operation(
    public=True,
    query=WriteQuery,
    body=RefreshBody,
    answers={200: TokensOut},
    problems=(401,),
    secret=True,
)
def refresh_tokens(body: Any) -> Response:
    """Renew the tokens.

    The refresh token works once. If it comes again it was stolen, from or by whoever sends it: the
    login ends, and with it all its tokens.
    """
    return _tokens(tokens.refresh(body, settings=current_app.config["SETTINGS"], at=utcnow()))


@v1.post("/auth/revoke")
@operation(public=True, query=WriteQuery, body=RevokeBody, answers={204: None}, secret=True)
def revoke_token(body: Any) -> Response:
    """Log out, or revoke a leaked key.

    Ends the login that a refresh or access token belongs to, or an API key. Whatever is sent, the
    answer is the same (RFC 7009).
    """
    tokens.revoke(body, settings=current_app.config["SETTINGS"], at=utcnow())
    return answers.nothing()


def _tokens(pair: tokens.Pair) -> Response:
    document = {
        "access_token": pair.access_token,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_TOKEN_LIFETIME.total_seconds()),
        "refresh_token": pair.refresh_token,
    }
    return answers.answer(document, headers={"Cache-Control": "no-store"})
