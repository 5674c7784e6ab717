"""What Gunicorn and the flask command load."""

import gc

# All that is imported stays. To look through it for garbage, again and again while it grows, takes
# a sixth of the start; to do so later takes a request some tens of milliseconds.
gc.disable()

from todoapp.app import create_app  # noqa: E402

app = create_app()
gc.freeze()
gc.enable()
