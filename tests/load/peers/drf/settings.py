"""Django's settings, after its deployment checklist; middleware only for what an API needs."""

import os
from typing import Any

from sqlalchemy import make_url

BASE_URL = os.environ.get("PEERS_BASE_URL", "http://127.0.0.1:8000")

DEBUG = False
SECRET_KEY = "not used for anything that is measured"
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.load.peers.drf.urls"
WSGI_APPLICATION = "tests.load.peers.drf.wsgi.application"
INSTALLED_APPS = ["rest_framework", "tests.load.peers.drf"]
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware"]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False


def _database(text: str) -> dict[str, Any]:
    url = make_url(text)
    # Each thread keeps its connection.
    kept = {"NAME": url.database, "CONN_MAX_AGE": None}
    if url.drivername == "sqlite":
        options = {
            # Without it, a write that began with a read is refused while another writes.
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
        }
        return kept | {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": options}
    return kept | {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": url.host or url.query.get("host"),
        "PORT": url.port or "",
        "USER": url.username,
        "PASSWORD": url.password or "",
    }


DATABASES = {"default": _database(os.environ["PEERS_DATABASE_URL"])}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["tests.load.peers.drf.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
