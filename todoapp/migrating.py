"""Bringing the schema up to date. Who only serves does without Alembic, a tenth of the start."""

import sys

import click
from flask import Flask, current_app

from todoapp.db import db
from todoapp.settings import ROOT


def install(app: Flask) -> None:
    """Give the flask command its group `db`, and whoever has loaded Flask-Migrate its settings."""
    if click.get_current_context(silent=True) or "flask_migrate" in sys.modules:
        _introduce(app)


def upgrade() -> None:
    """Bring the database of the present application to the newest schema."""
    import flask_migrate  # noqa: PLC0415 - see above

    if "migrate" not in current_app.extensions:
        _introduce(current_app._get_current_object())  # type: ignore[attr-defined]
    flask_migrate.upgrade()


def _introduce(app: Flask) -> None:
    from flask_migrate import Migrate  # noqa: PLC0415 - see above

    Migrate(app, db, directory=str(ROOT / "migrations"))
