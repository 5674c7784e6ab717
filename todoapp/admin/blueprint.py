"""The blueprint that the modules beside this one add their pages to."""

from flask import Blueprint

pages = Blueprint("admin", __name__, url_prefix="/admin")
