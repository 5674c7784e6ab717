"""What tokens look like, and what is not taken for one."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.logins import PASSWORD, log_in
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.errors import Invalid, Unauthenticated
from todoapp.limits import ACCESS_TOKEN_LIFETIME
from todoapp.services import token_format, tokens
from todoapp.services.renewals import Renewal
from todoapp.settings import Settings

Claims = dict[str, Any]


@pytest.fixture
def settings(app: Flask) -> Settings:
    chosen: Settings = app.config["SETTINGS"]
    return chosen


@pytest.fixture
def token(app: Flask, person: Callable[..., Api]) -> str:
    """An access token that is good."""
    person("ada", password=PASSWORD)
    return str(log_in(app, "ada")["access_token"])


def claims_of(token: str) -> Claims:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def signed(settings: Settings, claims: Claims, **options: Any) -> str:
    """Sign anything as the service would."""
    return jwt.encode(claims, token_format._key(settings.secret_key), **options)


def refusal(app: Flask, token: str) -> Unauthenticated:
    with app.app_context(), pytest.raises(Unauthenticated) as raised:
        tokens.authenticate(token, settings=app.config["SETTINGS"], at=utcnow())
    return raised.value


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_it_names_who_and_where_and_until_when(app: Flask, settings: Settings, token: str) -> None:
    """[ASVS 9.2]"""
    claims = claims_of(token)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
    assert (claims["iss"], claims["aud"]) == ("todoapp", "todoapp-api")
    assert claims["exp"] - claims["iat"] == 15 * 60
    assert set(claims) == {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
    with app.app_context():
        actor, seen = tokens.authenticate(token, settings=settings, at=utcnow())
    assert (actor.username, str(actor.user_id)) == ("ada", claims["sub"])
    assert (actor.session_id, actor.key_id) == (claims["sid"], None)
    assert actor.scopes == {"todos:read", "todos:write", "account"}
    assert seen is not None


def test_no_two_are_alike(app: Flask, settings: Settings) -> None:
    now = utcnow()
    made = {token_format.access_token(1, 1, settings=settings, at=now) for _ in range(50)}
    assert len(made) == 50


def test_an_unsigned_token_is_refused(app: Flask, token: str) -> None:
    """RFC 8725, 2.1: none is no algorithm. [ASVS 9.1.2]"""
    claims = claims_of(token)
    for name in ("none", "None", "NONE"):
        head = encoded({"alg": name, "typ": "JWT"})
        for signature in ("", token.rpartition(".")[2]):
            refusal(app, f"{head}.{encoded(claims)}.{signature}")


@pytest.mark.filterwarnings("ignore:The HMAC key")  # it is long enough for our algorithm
@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(
    app: Flask, settings: Settings, token: str, algorithm: str
) -> None:
    """[ASVS 9.1.2]"""
    refusal(app, signed(settings, claims_of(token), algorithm=algorithm))


@pytest.mark.parametrize(
    "change",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"iss": "https://evil.example"},
        {"exp": 1},
        {"exp": "x"},
        {"sub": 1},
        {"sub": "999999"},
        {"sid": 999_999_999},
    ],
    ids=str,
)
def test_other_claims_are_refused(
    app: Flask, settings: Settings, token: str, change: Claims
) -> None:
    """[ASVS 9.2.3]"""
    refusal(app, signed(settings, {**claims_of(token), **change}))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "sid", "iat", "exp", "jti"])
def test_every_claim_is_needed(app: Flask, settings: Settings, token: str, name: str) -> None:
    claims = claims_of(token)
    del claims[name]
    assert refusal(app, signed(settings, claims)).code == "unauthenticated"


def test_another_key_is_refused(app: Flask, settings: Settings, token: str) -> None:
    """The bare secret key signs nothing: each purpose has a key of its own."""
    for key in ("x" * 32, settings.secret_key):
        refusal(app, jwt.encode(claims_of(token), key))


def test_a_tampered_token_is_refused(app: Flask, token: str) -> None:
    """[ASVS 9.1.1]"""
    head, _, signature = token.split(".")
    refusal(app, f"{head}.{encoded({**claims_of(token), 'sub': '1'})}.{signature}")
    for place in (5, len(head) + 9, len(token) - 9):
        other = "A" if token[place] != "A" else "B"
        refusal(app, f"{token[:place]}{other}{token[place + 1 :]}")


@pytest.mark.parametrize(
    "head",
    [
        b"[" * 5000,
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"alg":' + b"9" * 10_000 + b"}",
        b"\xff\xfe",
        b"null",
        b'{"alg": {}}',
        b'{"alg": "HS256", "b64": false, "crit": ["b64"]}',
        b'{"alg": "HS256", "kid": 5}',
    ],
    ids=lambda head: head[:20],
)
def test_a_hostile_header_is_refused(app: Flask, token: str, head: bytes) -> None:
    refusal(app, f"{encoded(head)}.{token.partition('.')[2]}")


@pytest.mark.parametrize("text", ["..", "a.b.c", "é.é.é", "\x00.\x00.\x00", "=.=.="])
def test_no_token_is_refused(app: Flask, text: str) -> None:
    assert refusal(app, text).code == "unauthenticated"


def test_an_expired_one_says_so(app: Flask, settings: Settings, token: str) -> None:
    """[ASVS 9.2.1]"""
    claims, now = claims_of(token), utcnow()

    def made(ago: timedelta) -> str:
        whom = int(claims["sub"]), claims["sid"]
        return token_format.access_token(*whom, settings=settings, at=now - ago)

    assert refusal(app, made(ACCESS_TOKEN_LIFETIME)).code == "token-expired"
    with app.app_context():
        young = made(ACCESS_TOKEN_LIFETIME - timedelta(minutes=1))
        assert tokens.authenticate(young, settings=settings, at=now)


def test_a_session_that_nobody_used_takes_no_token(
    app: Flask, settings: Settings, token: str
) -> None:
    later = utcnow() + settings.session_idle + timedelta(seconds=1)
    with app.app_context(), pytest.raises(Unauthenticated):
        tokens.authenticate(token, settings=settings, at=later)


@pytest.mark.parametrize("text", ["", ".", "x", "é", "WzEsMF0", "WzEsMF0.x", "a.b.c", "\x00.\x00"])
def test_what_is_no_refresh_token_renews_nothing(app: Flask, text: str) -> None:
    settings = app.config["SETTINGS"]
    assert token_format.read_refresh(text, settings=settings) is None
    with app.app_context(), unit_of_work(), pytest.raises((Unauthenticated, Invalid)):
        tokens.refresh({"refresh_token": text}, settings=settings, at=utcnow())


def test_a_refresh_token_is_no_access_token(app: Flask, settings: Settings, token: str) -> None:
    named = Renewal(claims_of(token)["sid"], 0, 1, 0)
    refresh = token_format.refresh_token(named, settings=settings)
    assert not token_format.looks_like_one(refresh)
    refusal(app, refresh)
    assert token_format.read_refresh(token, settings=settings) is None
