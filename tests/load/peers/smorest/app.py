"""The application."""

from datetime import UTC, datetime
from typing import Any

from flask import Flask, g, request
from flask.views import MethodView
from flask_smorest import Api, Blueprint, abort
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import make_url

from tests.load.peers import tables
from tests.load.peers.smorest.schemas import PageSchema, TodoSchema

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_url = make_url(tables.DATABASE_URL)

app = Flask(__name__)
app.config["API_TITLE"] = "Todos"
app.config["API_VERSION"] = "v1"
app.config["OPENAPI_VERSION"] = "3.0.3"
app.config["SQLALCHEMY_DATABASE_URI"] = _url.set(drivername=_DRIVERS[_url.drivername])

db = SQLAlchemy(app, model_class=tables.Base)
with app.app_context():
    tables.set_pragmas(db.engine)

api = Api(app)
blp = Blueprint("todos", "todos", url_prefix="/todos")


@blp.before_request
def authenticate() -> None:
    key = request.headers.get("X-API-Key", "")
    found = db.session.scalar(tables.key_of(key))
    if found is None or not found.opens_with(key, datetime.now(UTC)):
        abort(401, message="The API key is not valid.")
    g.user = found.user


@blp.route("")
class Todos(MethodView):
    @blp.response(200, PageSchema)
    def get(self) -> Any:
        found = db.session.scalars(tables.newest(g.user)).all()
        return {"todos": found[: tables.PAGE_SIZE], "next_cursor": tables.cursor_after(found)}

    @blp.arguments(TodoSchema)
    @blp.response(201, TodoSchema)
    def post(self, body: dict[str, str]) -> Any:
        list_id = db.session.scalars(tables.inbox_of(g.user)).one()
        last = db.session.scalar(tables.last_position(list_id))
        todo = tables.new_todo(g.user, list_id, last, body)
        db.session.add(todo)
        db.session.commit()
        return todo


@blp.route("/<int:todo_id>")
class TodoById(MethodView):
    @blp.response(200, TodoSchema)
    def get(self, todo_id: int) -> Any:
        todo = db.session.scalar(tables.todos_of(g.user).where(tables.Todo.id == todo_id))
        if todo is None:
            abort(404, message="No such todo.")
        return todo


api.register_blueprint(blp)
