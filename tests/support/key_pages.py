"""API keys, as people at a browser make and replace them."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.pages import Browser
from todoapp.db import db
from todoapp.models import ApiKey

PAGE = "/admin/keys"
SECRET = re.compile(r"todo_\w{8}_\w{43}")


def make(browser: Browser, **fields: Any) -> TestResponse:
    wanted = {"name": "CI", "scopes": "todos:read", "expires_in": "30d", **fields}
    return browser.post(f"{PAGE}/new", **wanted)


def rotate(browser: Browser, key_id: int, hours: str) -> TestResponse:
    return browser.post(f"{PAGE}/{key_id}/rotate", form=PAGE, grace_hours=hours)


def newest(app: Flask) -> ApiKey:
    with app.app_context():
        return db.session.scalars(db.select(ApiKey).order_by(ApiKey.id.desc()).limit(1)).one()


def errors(answer: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'id="(\w+)-error">([^<]+)<', answer.text))
