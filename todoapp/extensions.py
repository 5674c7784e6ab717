"""The Flask extensions, made once and bound to the application by the factory."""

from flask_migrate import Migrate

migrate = Migrate()
