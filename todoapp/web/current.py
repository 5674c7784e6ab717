"""The contexts of the request under way, for what runs in every request.

Flask's proxies, such as `request` and `g`, look them up at each use, which takes five calls. Some
thirty uses were a twentieth of a whole GET.
"""

from flask.globals import _cv_app, _cv_request

#: Return Flask's AppContext, which has `app` and `g`; LookupError outside of one.
app_context = _cv_app.get
#: Return Flask's RequestContext, which has `app` and `request`; LookupError outside of one.
request_context = _cv_request.get
