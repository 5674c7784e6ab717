"""What Gunicorn and the flask command load."""

from todoapp.app import create_app

app = create_app()
