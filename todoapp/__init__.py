"""todoapp: a to-do service with a JSON API and an admin, on SQLite or PostgreSQL."""

__version__ = "0.1.0"
