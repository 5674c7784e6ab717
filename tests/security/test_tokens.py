"""Access tokens: OWASP API Security Top 10 (2023), API2; ASVS 5.0, 9.1 and 9.2."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from tests.support.api import Api, problem
from tests.support.logins import bearer, log_in
from tests.support.pages import PASSWORD
from todoapp.clock import utcnow
from todoapp.limits import ACCESS_TOKEN_LIFETIME
from todoapp.services import token_format

#: What depends on neither engine is tried on one.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def tokens(app: Flask, account: Api) -> dict[str, Any]:
    """Return what alice got when she logged in."""
    return log_in(app, "alice", PASSWORD)


@pytest.fixture
def token(tokens: dict[str, Any]) -> str:
    """Return an access token that works."""
    access_token: str = tokens["access_token"]
    return access_token


def refused(api: Api, code: str = "unauthenticated") -> None:
    """Assert that the caller gets nowhere, and that the body, which is none, was not read."""
    response = api.call("POST", "todos", data=b"{", content_type="application/json")
    problem(response, 401, code)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


def signed(app: Flask, claims: dict[str, Any], **options: Any) -> str:
    """Return a token with the claims, signed with the key of the service's own."""
    key = token_format._key(app.config["SETTINGS"].secret_key)
    return jwt.encode(claims, options.pop("key", key), algorithm="HS256", **options)


def claims_of(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_api2_9_1_1_a_token_that_was_tampered_with(app: Flask, account: Api, token: str) -> None:
    header, payload, signature = token.split(".")
    assert bearer(app, token).get("me").status_code == 200
    assert bearer(app, signed(app, claims_of(token))).get("me").status_code == 200
    flipped = ("B" if signature[0] == "A" else "A") + signature[1:]
    root = part(claims_of(token) | {"sub": "1"})
    for one in (
        f"{header}.{root}.{signature}",
        f"{header}.{payload}.{flipped}",
        f"{header}.{payload}.",
        f"{header}.{payload}",
        f"{header}..{signature}",
        f"{token}x",
        token.swapcase(),
        f"{token}.{signature}",
        "..",
    ):
        refused(bearer(app, one))


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "", "HS512", "RS256", "ES256"])
def test_api2_9_1_2_no_algorithm_but_our_own(app: Flask, token: str, algorithm: str) -> None:
    _, payload, signature = token.split(".")
    header = part({"alg": algorithm, "typ": "JWT"})
    for one in (f"{header}.{payload}.", f"{header}.{payload}.{signature}"):
        refused(bearer(app, one))


@pytest.mark.parametrize("size", ["384", "512"])
def test_api2_9_1_2_nor_a_stronger_one_with_our_own_key(app: Flask, token: str, size: str) -> None:
    key = token_format._key(app.config["SETTINGS"].secret_key)
    content = f"{part({'alg': f'HS{size}', 'typ': 'JWT'})}.{token.split('.')[1]}"
    signature = base64.urlsafe_b64encode(hmac.digest(key, content.encode(), f"sha{size}"))
    refused(bearer(app, f"{content}.{signature.decode().rstrip('=')}"))


def test_api2_9_1_3_no_key_but_our_own(app: Flask, token: str) -> None:
    claims = claims_of(token)
    secret = app.config["SETTINGS"].secret_key
    own = {"jwk": {"kty": "oct", "k": part("x")}, "jku": "https://evil.example/keys", "kid": "../x"}
    for key in ("x" * 32, secret):
        refused(bearer(app, signed(app, claims, key=key, headers=own)))


@pytest.mark.parametrize("name", ["aud", "iss", "sub", "sid", "exp", "iat", "jti"])
def test_api2_9_2_every_claim_counts(app: Flask, token: str, name: str) -> None:
    claims = claims_of(token)
    left_out = {other: value for other, value in claims.items() if other != name}
    refused(bearer(app, signed(app, left_out)))
    if name in ("aud", "iss"):  # made for somebody else
        for value in ("elsewhere", "", claims[name].upper()):
            refused(bearer(app, signed(app, claims | {name: value})))
    if name in ("sub", "sid"):  # another person, another session
        changed = claims | {name: type(claims[name])(987654321)}
        refused(bearer(app, signed(app, changed)))


def test_api2_9_2_1_an_expired_token_says_so(app: Flask, account: Api, token: str) -> None:
    claims = claims_of(token)
    ago = ACCESS_TOKEN_LIFETIME + timedelta(seconds=1)
    old = token_format.access_token(
        int(claims["sub"]), claims["sid"], settings=app.config["SETTINGS"], at=utcnow() - ago
    )
    refused(bearer(app, old), "token-expired")


def test_api2_14_2_1_a_token_counts_in_its_header_alone(
    app: Flask, tokens: dict[str, Any], token: str
) -> None:
    for name in ("access_token", "token", "jwt", "api_key"):
        problem(Api(app).get(f"todos?{name}={token}"), 401, "unauthenticated")
    body = {"access_token": token}
    problem(Api(app).call("POST", "todos", data=body), 401, "unauthenticated")
    refused(Api(app, token))  # X-API-Key
    refused(Api(app, headers={"Authorization": f"Basic {token}"}))
    refused(Api(app, headers={"Cookie": f"session={token}; access_token={token}"}))
    refused(bearer(app, tokens["refresh_token"]))
