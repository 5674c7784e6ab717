"""Where a page is gone on to: only ever one of ours (ASVS 3.7.2)."""

import re

from flask import request
from werkzeug.urls import iri_to_uri

#: Printable ASCII, and no backslash, which browsers read as a slash. What is longer could not be
#: asked for (gunicorn.conf.py), and pages repeat it in every link.
_OWN_PATH = re.compile(r"/admin(?:[/?][!-\[\]-~]{0,8000})?")


def wanted(default: str) -> str:
    """Return the page that `next`, in the address or the form, names; else `default`."""
    named = request.values.get("next", "")
    return named if _OWN_PATH.fullmatch(named) else default


def this_page() -> str:
    """Return the page that is looked at, as it stands in a URL.

    A form that was refused is no page to come back to: there it is the one that the form names.
    """
    if request.method != "GET":
        return wanted(request.path)
    return iri_to_uri(request.full_path.rstrip("?"))
