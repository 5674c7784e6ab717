"""The factory."""

from typing import Any

from flask import Flask
from sqlalchemy.orm import configure_mappers

from todoapp import admin, api, cli, engines, limits, migrating
from todoapp.api import docs, simple
from todoapp.db import db
from todoapp.services.usage import Usage
from todoapp.settings import ROOT, Settings
from todoapp.shared_redis import SharedRedis
from todoapp.web import (
    assets,
    context,
    cors,
    downloads,
    errors,
    headers,
    health,
    hosts,
    log,
    metrics,
    problems,
    proxies,
    rate_limits,
)
from todoapp.web.application import (
    Application,
    IdConverter,
    TextConverter,
    UsernameConverter,
)
from todoapp.web.cookies import PageCookie


def create_app(settings: Settings | None = None) -> Flask:
    """Return the application for `settings` (default: the environment's)."""
    settings = settings or Settings.from_environment()
    app = Application(
        "todoapp",
        template_folder=str(ROOT / "templates"),
        static_folder=None,  # see web.assets
    )
    app.config.from_mapping(_configuration(settings))
    app.extensions["usage"] = Usage()
    app.extensions["redis"] = SharedRedis(settings.redis_url) if settings.redis_url else None
    log.configure(settings.log_format, context.present_id)
    app.session_interface = PageCookie()
    _set_routing(app)
    _open_database(app, settings)
    _install_faces(app)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "MAX_CONTENT_LENGTH": limits.BODY_MAX_BYTES,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": engines.options(settings, writes=True),
        "SQLALCHEMY_BINDS": {
            "reads": {"url": settings.database_url, **engines.options(settings, writes=False)}
        },
    }


def _set_routing(app: Flask) -> None:
    """Answer with and without a slash at the end, and never by a redirect."""
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.url_map.converters["id"] = IdConverter
    app.url_map.converters["text"] = TextConverter
    app.url_map.converters["username"] = UsernameConverter


def _open_database(app: Flask, settings: Settings) -> None:
    configure_mappers()  # now, and not at first use by several threads at once
    db.init_app(app)
    migrating.install(app)
    with app.app_context():
        engines.prepare(db.engines[None], settings, writes=True)
        engines.prepare(db.engines["reads"], settings, writes=False)


def _install_faces(app: Flask) -> None:
    context.install(app)
    app.before_request(hosts.check_host)
    parts = (
        metrics,
        proxies,
        headers,
        assets,
        rate_limits,
        cors,
        downloads,
        errors,
        health,
        problems,
        docs,
        simple,
        admin,
        cli,
    )
    for part in parts:
        part.install(app)
    app.register_blueprint(api.v1)
