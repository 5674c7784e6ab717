"""The pages under /admin."""

# Importing a module adds its pages to the blueprint.
from todoapp.admin import session, two_factor, welcome
from todoapp.admin.visitors import install

__all__ = ["install", "session", "two_factor", "welcome"]
