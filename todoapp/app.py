"""The factory."""

import os
from typing import Any

from flask import Flask

from todoapp import engines, limits
from todoapp.db import db
from todoapp.extensions import migrate
from todoapp.settings import ROOT, Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for `settings` (default: the environment's)."""
    settings = settings or Settings.from_environment()
    app = Flask(
        "todoapp", template_folder=str(ROOT / "templates"), static_folder=str(ROOT / "static")
    )
    app.config.from_mapping(_configuration(settings))
    _open_database(app, settings)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "TRUSTED_HOSTS": settings.hosts,
        "MAX_CONTENT_LENGTH": limits.BODY_MAX_BYTES,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engines.options(settings, writes=True),
        "SQLALCHEMY_BINDS": {
            "reads": {"url": settings.database_url, **engines.options(settings, writes=False)}
        },
    }


def _open_database(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        engines.prepare(db.engines[None], settings, writes=True)
        engines.prepare(db.engines["reads"], settings, writes=False)
