"""What access and refresh tokens look like.

An access token is a JWT (RFC 7519) for a quarter of an hour, signed with HMAC-SHA256 and nothing
else, whatever its header claims (RFC 8725, 3.1). A refresh token names its session and how often
that was renewed before. Both are signed with keys of their own, made from the secret key, so that
what is signed for one purpose is good for no other.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import jwt
from itsdangerous import BadData, URLSafeSerializer

from todoapp.errors import Unauthenticated
from todoapp.limits import ACCESS_TOKEN_LIFETIME
from todoapp.services.renewals import Renewal
from todoapp.settings import Settings

_ALGORITHM = "HS256"
_AUDIENCE = "todoapp-api"
_CLAIMS = ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]


@dataclass(frozen=True)
class Claims:
    """Whom an access token speaks for, as long as the session goes on."""

    user_id: int
    session_id: int


def looks_like_one(text: str) -> bool:
    """Tell whether `text` has the three parts of a JWT; a key has no dots."""
    return text.count(".") == 2


def access_token(user_id: int, session_id: int, *, settings: Settings, at: datetime) -> str:
    """Return an access token."""
    claims = {
        "iss": _issuer(settings),
        "aud": _AUDIENCE,
        "sub": str(user_id),
        "sid": session_id,
        "iat": int(at.timestamp()),
        "exp": int((at + ACCESS_TOKEN_LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
    }
    return jwt.encode(claims, _key(settings.secret_key), algorithm=_ALGORITHM)


def read_access(token: str, *, settings: Settings) -> Claims:
    """Return what an access token claims. Raises Unauthenticated."""
    try:
        claims = jwt.decode(
            token,
            _key(settings.secret_key),
            algorithms=[_ALGORITHM],
            audience=_AUDIENCE,
            issuer=_issuer(settings),
            # Another host's clock may be ahead by a second.
            options={"require": _CLAIMS, "verify_iat": False},
        )
    except jwt.ExpiredSignatureError:
        raise Unauthenticated("The access token has expired.", code="token-expired") from None
    except (jwt.InvalidTokenError, RecursionError):  # the latter of a header that is nested deeply
        raise Unauthenticated("The access token is not valid.") from None
    return Claims(int(claims["sub"]), claims["sid"])


def refresh_token(named: Renewal, *, settings: Settings) -> str:
    """Return the refresh token of one generation of a session."""
    token: str = _serializer(settings.secret_key).dumps(named)
    return token


def read_refresh(token: str, *, settings: Settings) -> Renewal | None:
    """Return what a refresh token names; None: it is not ours."""
    try:
        return Renewal._make(_serializer(settings.secret_key).loads(token))
    except (BadData, TypeError):
        return None


def _issuer(settings: Settings) -> str:
    return settings.public_url or "todoapp"


@lru_cache(maxsize=4)
def _key(secret_key: str) -> bytes:
    return hmac.digest(secret_key.encode(), b"todoapp access token", "sha256")


@lru_cache(maxsize=4)
def _serializer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        secret_key, salt="refresh-token", signer_kwargs={"digest_method": hashlib.sha256}
    )
