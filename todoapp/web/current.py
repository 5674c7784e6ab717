"""The contexts of the request under way, for what runs in every request.

Flask's proxies, such as `request` and `g`, look them up at each use, which takes five calls. Two
dozen uses were a twelfth of a whole GET. (For the same reason such code reads what a request may
not have from its `environ`: to miss a header, Werkzeug raises and catches an exception.)
"""

from flask.globals import _cv_app, _cv_request

#: Return Flask's AppContext, which has `app` and `g`; LookupError outside of one.
app_context = _cv_app.get
#: Return Flask's RequestContext, which has `app` and `request`; LookupError outside of one.
request_context = _cv_request.get
