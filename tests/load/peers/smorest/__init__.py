"""flask-smorest, marshmallow and Flask-SQLAlchemy."""
