"""People who log in: with a password, with codes, with tokens."""

from typing import Any

import pyotp
from flask import Flask
from sqlalchemy import select, update

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import User
from todoapp.services import authenticator

PASSWORD = "purple teapot 9 sings"
SALT = "0123456789abcdef" * 2


def set_person(app: Flask, username: str, **values: Any) -> None:
    """Change columns of somebody's account."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(User).where(User.username == username).values(**values))


def column(app: Flask, username: str, name: str) -> Any:
    """Return one column of somebody's account."""
    with app.app_context():
        return db.session.scalar(select(getattr(User, name)).where(User.username == username))


def require_codes(app: Flask, username: str) -> None:
    """Turn somebody's second factor on."""
    set_person(app, username, totp_salt=SALT, totp_enabled_at=utcnow(), totp_step=None)


def code(app: Flask) -> str:
    """Return what the app shows now of somebody for whom `require_codes` was called."""
    return pyotp.TOTP(authenticator.secret(SALT, app.config["SETTINGS"].secret_key)).now()


def log_in(app: Flask, username: str, password: str = PASSWORD, **more: Any) -> dict[str, Any]:
    """Return the tokens of a login that must succeed."""
    body = {"username": username, "password": password, **more}
    response = Api(app).post("auth/token", body)
    assert response.status_code == 200, response.text
    return dict(response.get_json())


def bearer(app: Flask, token: str) -> Api:
    """Return a caller with an access token."""
    return Api(app, headers={"Authorization": f"Bearer {token}"})
