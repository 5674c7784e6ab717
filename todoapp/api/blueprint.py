"""The blueprint that the modules beside this one add their routes to."""

from flask import Blueprint

v1 = Blueprint("api", __name__, url_prefix="/api/v1")
