"""Somebody at a browser, as far as it can be had without one: cookies, forms and their tokens."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "quiet otter paints 7 fences"


class Browser:
    """Keeps cookies, and sends the token that the form before it had."""

    def __init__(self, app: Flask, base_url: str = "http://localhost") -> None:
        self.app = app
        self.client: FlaskClient = app.test_client()
        self.base_url = base_url

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, base_url=self.base_url, **options)

    def post(self, path: str, form: str | None = None, **fields: str) -> TestResponse:
        """Fill in the form on the page `form` (default: where it is sent to)."""
        page = self.get(form or path).text
        token = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        assert token, page
        return self.send(path, csrf_token=token[1], **fields)

    def send(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, base_url=self.base_url, data=fields)

    def log_in(
        self, username: str = "alice", password: str = PASSWORD, **more: str
    ) -> TestResponse:
        return self.post("/admin/login", username=username, password=password, **more)

    def is_in(self) -> bool:
        return self.get("/admin/sessions").status_code == 200

    @property
    def cookie(self) -> str:
        name = "__Host-session" if self.base_url.startswith("https") else "session"
        found = self.client.get_cookie(name)
        return found.value if found else ""
