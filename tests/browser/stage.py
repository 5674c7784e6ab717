"""The demo as somebody looks at it who runs the service: amira is its administrator."""

import flask_migrate
from flask import Flask
from playwright.sync_api import Page

from tests.support.logins import PASSWORD, set_person
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.limits import UserRole
from todoapp.services import demo, passwords
from todoapp.settings import Settings

NAME = "amira"


def make(settings: Settings) -> Flask:
    """Return the service with the demo in it."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        with unit_of_work():
            demo.make(at=utcnow())
    set_person(app, NAME, password_hash=passwords.hash(PASSWORD), role=UserRole.ADMIN)
    return app


def log_in(page: Page, address: str) -> None:
    """Log amira in."""
    page.goto(f"{address}/admin/login")
    page.get_by_label("Username").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
