"""People: who can be made, what they get, what is refused."""

from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import func, select

from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Conflict, DomainError, Invalid, NotFound
from todoapp.models import Change, Membership, TodoList, User
from todoapp.services import accounts


def create(app: Flask, **body: Any) -> int:
    """Create a person and return their id."""
    with app.app_context(), unit_of_work():
        return accounts.create({"username": "ada", **body}, at=utcnow()).id


def refusal(app: Flask, **body: Any) -> DomainError:
    """Try to create a person and return why not; nothing is left of the attempt."""

    def count() -> int:
        with app.app_context():
            return db.session.scalars(select(func.count()).select_from(User)).one()

    before = count()
    with pytest.raises(DomainError) as raised:
        create(app, **body)
    assert count() == before
    return raised.value


def test_a_person_gets_an_inbox_of_their_own(app: Flask) -> None:
    user_id = create(app, role="admin", email="ada@example.com")
    with app.app_context():
        user = db.session.get_one(User, user_id)
        assert (user.role, user.email) == ("admin", "ada@example.com")
        assert (user.timezone, user.is_active, user.version) == ("UTC", True, 1)
        inbox = db.session.scalars(select(TodoList).where(TodoList.inbox_of == user_id)).one()
        assert inbox.name == "Inbox"
        membership = db.session.get_one(Membership, (user_id, inbox.id))
        assert membership.role == "owner"


def test_it_is_recorded_as_one_operation_of_the_service(app: Flask) -> None:
    user_id = create(app, password="correct horse")
    with app.app_context():
        user, inbox = db.session.scalars(select(Change).order_by(Change.id))
    assert (user.noun, user.noun_id, user.action) == ("user", user_id, "create")
    assert user.diff == {"username": [None, "ada"], "role": [None, "member"]}
    assert (inbox.noun, inbox.action, inbox.list_id) == ("list", "create", inbox.noun_id)
    assert user.operation_id == inbox.operation_id
    assert (user.user_id, user.api_key_id) == (None, None)


def test_a_password_is_kept_as_argon2id(app: Flask) -> None:
    for n, password in enumerate(("x" * 7 + "ж", "x" * 256, "  spaces count  ", "пароль 🔑")):
        user_id = create(app, username=f"ada{n}", password=password)
        with app.app_context():
            kept = db.session.get_one(User, user_id).password_hash
        assert kept
        assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert PasswordHasher().verify(kept, password)


def test_a_person_can_do_without_a_password(app: Flask) -> None:
    user_id = create(app, password=None)
    with app.app_context():
        assert db.session.get_one(User, user_id).password_hash is None


@pytest.mark.parametrize("username", ["a", "7", "ada.lovelace", "a-b_c", "a" * 39])
def test_it_takes_a_fitting_name(app: Flask, username: str) -> None:
    assert create(app, username=username)


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"username": ""}, {"/username": "blank"}),
        ({"username": "Ada"}, {"/username": "pattern"}),
        ({"username": "-ada"}, {"/username": "pattern"}),
        ({"username": "a b"}, {"/username": "pattern"}),
        ({"username": "ädа"}, {"/username": "pattern"}),
        ({"username": "a" * 40}, {"/username": "too_long"}),
        ({"password": "x" * 7}, {"/password": "too_short"}),
        ({"password": "x" * 257}, {"/password": "too_long"}),
        ({"password": "Password"}, {"/password": "common"}),
        ({"role": "root"}, {"/role": "choice"}),
        ({"email": "ada"}, {"/email": "pattern"}),
        ({"email": "a b@example.com"}, {"/email": "pattern"}),
        ({"email": "ada@localhost"}, {"/email": "pattern"}),
        ({"email": "ada@exam\u212ale.com"}, {"/email": "pattern"}),  # a Kelvin sign is no k
        ({"email": "<ada@example.com>"}, {"/email": "pattern"}),
        ({"is_active": False}, {"/is_active": "unknown"}),
    ],
)
def test_it_refuses_wrong_values(app: Flask, body: Any, errors: dict[str, str]) -> None:
    refused = refusal(app, **body)
    assert isinstance(refused, Invalid)
    assert {error.where: error.code for error in refused.errors} == errors


@pytest.mark.parametrize("username", ["me", "none", "any", "guest", "system"])
def test_some_names_are_reserved(app: Flask, username: str) -> None:
    refused = refusal(app, username=username)
    assert isinstance(refused, Conflict)
    assert refused.code == "username-reserved"


def test_a_name_and_an_address_belong_to_one_person(app: Flask) -> None:
    create(app, email="ada@example.com")
    assert refusal(app).code == "username-taken"
    assert refusal(app, username="other", email="ada@example.com").code == "email-taken"
    assert create(app, username="other", email="other@example.com")


def test_a_service_with_nobody_but_the_guest_is_empty(app: Flask) -> None:
    with app.app_context(), unit_of_work():
        assert accounts.is_empty()
        accounts.ensure_guest(at=utcnow())
        assert accounts.is_empty()
    create(app)
    with app.app_context():
        assert not accounts.is_empty()


def test_there_is_only_ever_one_guest(app: Flask) -> None:
    for _ in range(2):
        with app.app_context(), unit_of_work():
            accounts.ensure_guest(at=utcnow())
    with app.app_context():
        (guest,) = db.session.scalars(select(User))
        assert (guest.username, guest.role, guest.password_hash) == ("guest", "member", None)
        assert db.session.scalars(select(TodoList.inbox_of)).all() == [guest.id]


def test_people_are_found_by_name(app: Flask) -> None:
    user_id = create(app)
    with app.app_context():
        assert accounts.by_name("ada").id == user_id
        actor = accounts.acting("ada", "todos:read admin")
        assert (actor.user_id, actor.key_id) == (user_id, None)
        assert actor.scopes == {"todos:read"}
        for find in (accounts.by_name, accounts.acting):
            with pytest.raises(NotFound):
                find("nobody")


def test_a_person_has_a_timezone(app: Flask) -> None:
    user_id = create(app, timezone="Pacific/Auckland")
    with app.app_context():
        assert db.session.get_one(User, user_id).timezone == "Pacific/Auckland"


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "", "utc+2", 5, None, ["UTC"], {}])
def test_it_refuses_a_timezone_that_there_is_not(app: Flask, timezone: Any) -> None:
    assert isinstance(refusal(app, timezone=timezone), Invalid)
