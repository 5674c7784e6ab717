"""People, for administrators: made, changed, shut out, deleted."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.support.api import Api, problem, wrong
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.errors import Conflict
from todoapp.limits import Action, Noun
from todoapp.models import Change, User, UserSession
from todoapp.services import accounts, passwords

Share = Callable[[int, Api, str], None]
Person = Callable[..., Api]


@pytest.fixture
def root(person: Person) -> Api:
    """The administrator."""
    return person("root", ["todos:read", "todos:write", "account", "admin"], role="admin")


def row_of(app: Flask, username: str) -> User:
    with app.app_context():
        return db.session.scalars(select(User).where(User.username == username)).one()


def recorded(app: Flask, username: str) -> list[tuple[str, Any]]:
    """Return what the log says of an account, oldest first."""
    user_id = row_of(app, username).id
    with app.app_context():
        about = select(Change).where(Change.noun == Noun.USER, Change.noun_id == user_id)
        return [(one.action, one.diff) for one in db.session.scalars(about.order_by(Change.id))]


def open_session(app: Flask, username: str) -> None:
    user_id = row_of(app, username).id
    with app.app_context(), unit_of_work():
        row = UserSession(user_id=user_id, kind="token", expires_at=utcnow())
        row.created_at = row.last_seen_at = utcnow()
        db.session.add(row)


def sessions(app: Flask, username: str) -> int:
    user_id = row_of(app, username).id
    with app.app_context():
        return db.session.query(UserSession).filter_by(user_id=user_id).count()


def test_an_administrator_adds_somebody(app: Flask, root: Api) -> None:
    body = {"username": "ada", "email": "Ada@Example.com", "timezone": "Europe/Berlin"}
    response = root.post("users", {**body, "password": "correct horse"})
    made = response.get_json()
    assert response.status_code == 201
    assert response.headers["Location"] == made["url"]
    assert response.headers["ETag"] == '"1"'
    assert made == {
        "id": made["id"],
        "url": "http://localhost/api/v1/users/ada",
        "version": 1,
        "username": "ada",
        "email": "ada@example.com",
        "role": "member",
        "timezone": "Europe/Berlin",
        "is_active": True,
        "must_change_password": True,
        "two_factor_required": False,
        "two_factor_enabled": False,
        "last_seen_at": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    assert root.get("users/ada").get_json() == made
    assert passwords.matches("correct horse", row_of(app, "ada").password_hash)
    with app.app_context():
        change = db.session.scalars(select(Change).where(Change.noun_id == made["id"])).first()
    assert change
    assert root.actor
    assert change.user_id == root.actor.user_id


def test_without_a_password_there_is_none_to_change(root: Api) -> None:
    assert root.made("users", {"username": "ada"})["must_change_password"] is False


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/username": "required"}),
        ({"username": "Ada", "role": "root"}, {"/username": "pattern", "/role": "choice"}),
        ({"username": "ada", "password": "password"}, {"/password": "common"}),
        ({"username": "ada.lovelace", "password": "ada.lovelace1"}, {"/password": "common"}),
        (
            {"username": "ada", "id": 1, "is_active": True},
            {"/id": "unknown", "/is_active": "unknown"},
        ),
    ],
)
def test_it_refuses_a_wrong_person(root: Api, body: Any, errors: dict[str, str]) -> None:
    assert wrong(root.post("users", body)) == errors


def test_names_and_addresses_are_taken_whatever_their_capitals(root: Api) -> None:
    root.made("users", {"username": "ada", "email": "ada@example.com"})
    bea = {"username": "bea", "email": "ADA@example.COM"}
    problem(root.post("users", bea), 409, "email-taken")
    problem(root.post("users", {"username": "ada"}), 409, "username-taken")
    problem(root.post("users", {"username": "guest"}), 409, "username-reserved")
    root.made("users", {"username": "bea"})
    problem(root.patch("users/bea", {"email": "Ada@example.com"}), 409, "email-taken")
    assert root.patch("users/ada", {"email": "Ada@example.com"}).get_json()["version"] == 1


def test_a_password_is_not_kept_for_a_retry(root: Api) -> None:
    refused = root.post("users", {"username": "ada"}, headers={"Idempotency-Key": "x"})
    assert refused.status_code == 422


def test_people_come_newest_first_and_in_pages(root: Api, alice: Api, bob: Api) -> None:
    root.patch("users/alice", {"is_active": False})
    first = root.get("users?page_size=2").get_json()
    rest = root.get(f"users?page_size=2&page_token={first['next_page_token']}").get_json()
    names = [[one["username"] for one in page["users"]] for page in (first, rest)]
    assert names == [["bob", "alice"], ["root"]]
    assert rest["next_page_token"] is None
    shut_out = root.get("users?is_active=false").get_json()["users"]
    assert [one["username"] for one in shut_out] == ["alice"]
    active = root.get("users?is_active=true").get_json()["users"]
    assert [one["username"] for one in active] == ["bob", "root"]


def test_a_member_learns_nothing_of_people(alice: Api, bob: Api) -> None:
    """API5: the scope admin is of no use to somebody who is none."""
    for method, path in (("GET", "users"), ("POST", "users"), ("GET", "users/bob")):
        body = {"username": "eve"} if method == "POST" else None
        refused = problem(alice.call(method, path, body), 403, "insufficient-scope")
        assert refused["required_scope"] == "admin"
    for method in ("PATCH", "DELETE"):
        refused = alice.call(method, "users/bob", {"role": "admin"} if method == "PATCH" else None)
        problem(refused, 403, "insufficient-scope")


@pytest.mark.parametrize("name", ["nobody", "Alice", "alice.", "-", "%00", "a" * 40, "me"])
def test_who_is_not_there_is_not_found(root: Api, alice: Api, name: str) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        response = root.call(method, f"users/{name}", {} if method == "PATCH" else None)
        problem(response, 404, "not-found")


def test_a_change_counts_and_is_recorded_with_old_and_new(
    app: Flask, root: Api, alice: Api
) -> None:
    """API3: what cannot be changed is passed over."""
    seen = root.get("users/alice")
    body = {**seen.get_json(), "role": "admin", "username": "eve", "created_at": None}
    response = root.patch("users/alice", body, headers={"If-Match": seen.headers["ETag"]})
    changed = response.get_json()
    assert (changed["username"], changed["role"], changed["version"]) == ("alice", "admin", 2)
    assert response.headers["ETag"] == '"2"'
    assert recorded(app, "alice")[-1] == ("update", {"role": ["member", "admin"]})
    assert "Change-Id" not in root.patch("users/alice", {"role": "admin"}).headers


def test_preconditions_hold(root: Api, alice: Api) -> None:
    root.patch("users/alice", {"timezone": "Asia/Tokyo"})
    for response in (
        root.patch("users/alice", {"timezone": "UTC", "version": 1}),
        root.patch("users/alice", {"role": 5}, headers={"If-Match": '"1"'}),
        root.patch("users/alice?version=1", {"role": 5}),
        root.delete("users/alice?version=1"),
    ):
        current = problem(response, 412, "precondition-failed")["current"]
        assert current == root.get("users/alice").get_json()
    same = {"If-None-Match": '"2"'}
    assert root.get("users/alice", headers=same).status_code == 304


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"role": None, "is_active": None}, {"/role": "null", "/is_active": "null"}),
        ({"timezone": "Mars/Base", "email": "x"}, {"/timezone": "timezone", "/email": "pattern"}),
        ({"two_factor_required": "yes"}, {"/two_factor_required": "type"}),
        ({"password": None}, {"/password": "null"}),
        ({"password": "short"}, {"/password": "too_short"}),
        ({"password": "Alice123"}, {"/password": "common"}),
        ({"password": ["correct horse"]}, {"/password": "type"}),
        ({"name": "x"}, {"/name": "unknown"}),
    ],
)
def test_it_refuses_a_wrong_change(
    root: Api, alice: Api, body: Any, errors: dict[str, str]
) -> None:
    assert wrong(root.patch("users/alice", body)) == errors
    assert root.get("users/alice").get_json()["version"] == 1


def test_a_password_that_is_set_for_somebody_must_be_changed(
    app: Flask, root: Api, alice: Api
) -> None:
    open_session(app, "alice")
    changed = root.patch("users/alice", {"password": "correct horse"}).get_json()
    assert changed["must_change_password"] is True
    assert passwords.matches("correct horse", row_of(app, "alice").password_hash)
    assert recorded(app, "alice")[-1] == ("new_password", {})
    assert sessions(app, "alice") == 0
    assert alice.get("me").get_json()["must_change_password"] is True


def test_ones_own_password_takes_the_old_one(root: Api) -> None:
    """ASVS 6.2.3: an administrator's key is no way round it."""
    assert wrong(root.patch("users/root", {"password": "correct horse"})) == {"/password": "own"}


def test_who_is_shut_out_is_out_at_once(app: Flask, root: Api, alice: Api) -> None:
    """ASVS 7.4.2: sessions end with the account; so do keys, for good."""
    alice.made("api-keys", {"name": "other", "scopes": ["todos:read"]})
    open_session(app, "alice")
    assert root.patch("users/alice", {"is_active": False}).get_json()["is_active"] is False
    problem(alice.get("me"), 401, "unauthenticated")
    assert sessions(app, "alice") == 0
    with app.app_context():
        revoked = db.session.scalars(select(Change).where(Change.action == Action.REVOKE)).all()
    assert len(revoked) == 2
    assert recorded(app, "alice")[-1] == ("update", {"is_active": [True, False]})
    assert root.patch("users/alice", {"is_active": True}).status_code == 200
    problem(alice.get("me"), 401, "unauthenticated")


def test_who_is_no_administrator_any_more_cannot_do_more_than_others(
    root: Api, person: Person
) -> None:
    dave = person("dave", ["account", "admin"], role="admin")
    assert dave.get("users").status_code == 200
    root.patch("users/dave", {"role": "member"})
    problem(dave.get("users"), 403, "insufficient-scope")


@pytest.mark.parametrize(
    "end",
    [
        lambda api, name: api.patch(f"users/{name}", {"role": "member"}),
        lambda api, name: api.patch(f"users/{name}", {"is_active": False}),
        lambda api, name: api.delete(f"users/{name}?lists_to=alice"),
    ],
    ids=["demoted", "deactivated", "deleted"],
)
def test_the_last_administrator_stays_one(
    app: Flask, root: Api, person: Person, alice: Api, end: Callable[[Api, str], Any]
) -> None:
    problem(end(root, "root"), 409, "last-administrator")
    person("dave", ["account", "admin"], role="admin")
    root.patch("users/dave", {"is_active": False})  # one who cannot act does not count
    problem(end(root, "root"), 409, "last-administrator")
    root.patch("users/dave", {"is_active": True})
    assert end(root, "root").status_code < 300
    assert row_of(app, "dave").role == "admin"


def test_two_administrators_who_demote_each_other_leave_one(
    app: Flask, root: Api, person: Person
) -> None:
    dave = person("dave", ["account", "admin"], role="admin")
    for _ in range(5):
        gate = Barrier(2)

        def demote(who: Api, whom: str, gate: Barrier = gate) -> int:
            gate.wait(10)
            return who.patch(f"users/{whom}", {"role": "member"}).status_code

        with ThreadPoolExecutor(2) as pool:
            answers = [pool.submit(demote, root, "dave"), pool.submit(demote, dave, "root")]
        assert [one.result() for one in answers].count(200) == 1
        with app.app_context(), unit_of_work():
            administrators = db.session.scalars(select(User).where(User.role == "admin")).all()
            assert len(administrators) == 1
            for user in db.session.scalars(select(User)):
                user.role = "admin"


@pytest.mark.parametrize(
    ("taken", "code"), [("email", "email-taken"), ("username", "username-taken")]
)
def test_of_many_who_want_one_address_or_name_one_gets_it(
    app: Flask, root: Api, taken: str, code: str
) -> None:
    gate = Barrier(4)

    def add(number: int) -> Any:
        names = {"username": f"p{number}", "email": f"p{number}@example.com"}
        one = {"username": "wanted"} if taken == "username" else {"email": "wanted@example.com"}
        gate.wait(10)
        return root.post("users", {**names, **one})

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(add, range(4)))
    assert sorted(one.status_code for one in answers) == [201, 409, 409, 409]
    for one in answers:
        if one.status_code == 409:
            problem(one, 409, code)


@pytest.mark.parametrize("taken", ["username", "email"])
def test_what_the_database_refuses_is_told_by_what_was_taken(
    app: Flask, alice: Api, root: Api, taken: str
) -> None:
    root.patch("users/alice", {"email": "alice@example.com"})
    names = {"username": "uq_user_account_email", "email": "x@example.com"}
    names |= {"username": "alice"} if taken == "username" else {"email": "alice@example.com"}

    def add() -> None:
        with app.app_context(), unit_of_work(), accounts.unique(names["username"], names["email"]):
            db.session.add(User(**names, created_at=utcnow(), updated_at=utcnow()))
            db.session.flush()

    with pytest.raises(Conflict, match=names[taken]) as raised:
        add()
    assert raised.value.code == f"{taken}-taken"


def test_what_the_database_refuses_for_another_reason_is_not_hidden(app: Flask) -> None:
    def add() -> None:
        with app.app_context(), unit_of_work(), accounts.unique("x", None):
            user = User(username="x", role="king", created_at=utcnow(), updated_at=utcnow())
            db.session.add(user)
            db.session.flush()

    with pytest.raises(IntegrityError):
        add()


def test_the_guest_is_the_services_own(app: Flask, root: Api) -> None:
    with app.app_context(), unit_of_work():
        accounts.ensure_guest(at=utcnow())
    assert root.get("users/guest").get_json()["role"] == "member"
    problem(root.patch("users/guest", {"role": "admin"}), 409, "username-reserved")
    problem(root.delete("users/guest"), 409, "username-reserved")


def test_deleting_somebody_hands_their_lists_over(
    app: Flask, root: Api, alice: Api, bob: Api, share: Share
) -> None:
    groceries = alice.make_list("Groceries")["id"]
    share(groceries, bob, "editor")
    mine = alice.todo("Mine", assigned_to="alice")
    milk = alice.todo("Milk", list_id=groceries, assigned_to="alice")
    eggs = alice.todo("Eggs", list_id=groceries, assigned_to="bob")
    assert root.delete("users/alice?lists_to=bob").status_code == 204
    names = {one["id"]: one for one in bob.get("lists").get_json()["lists"]}
    assert [one["name"] for one in names.values()] == ["Inbox", "alice's Inbox", "Groceries"]
    assert {one["my_role"] for one in names.values()} == {"owner"}
    assert names[mine["list_id"]]["is_inbox"] is False
    left = [bob.get(f"todos/{one['id']}").get_json() for one in (mine, milk, eggs)]
    assert [one["assigned_to"] for one in left] == [None, None, "bob"]
    assert {one["created_by"] for one in left} == {"alice"}
    assert [one["version"] for one in left] == [2, 2, 1]
    history = bob.get(f"todos/{milk['id']}/history").get_json()["changes"]
    assert history[0]["diff"] == {"assigned_to": ["alice", None]}
    told = bob.get("changes?noun=list").get_json()["changes"]
    given = [one["diff"] for one in told if one["action"] == "update"]
    assert given[0]["name"] == ["Inbox", "alice's Inbox"]
    assert given[0]["members"] == [
        {"alice": "owner", "bob": None},
        {"alice": None, "bob": "owner"},
    ]
    assert given[1]["members"][0] == {"alice": "owner", "bob": "editor"}
    assert bob.patch(f"lists/{groceries}", {"name": "Food"}).status_code == 200


def test_the_lists_can_go_to_the_trash_on_the_way(
    app: Flask, root: Api, alice: Api, share: Share
) -> None:
    groceries = alice.make_list("Groceries")["id"]
    alice.todo("Milk", list_id=groceries)
    old = alice.make_list("Old")["id"]
    alice.delete(f"lists/{old}")
    when = alice.get(f"lists/{old}").get_json()["deleted_at"]
    assert root.delete("users/alice?lists=trash").status_code == 204
    assert [one["name"] for one in root.get("lists").get_json()["lists"]] == ["Inbox"]
    trashed = root.get("lists?trashed=true").get_json()["lists"]
    assert [one["name"] for one in trashed] == ["alice's Inbox", "Groceries", "Old"]
    assert trashed[2]["deleted_at"] == when
    assert root.post(f"lists/{groceries}/restore").status_code == 200
    assert len(root.ids(f"todos?list_id={groceries}")) == 1


def test_places_in_other_lists_end(
    app: Flask, root: Api, alice: Api, bob: Api, share: Share
) -> None:
    shared = bob.make_list("Shared")["id"]
    share(shared, alice, "editor")
    todo = bob.todo("Ours", list_id=shared, assigned_to="alice")["id"]
    bob.delete(f"todos/{todo}")  # the trash is no hiding place
    root.delete("users/alice")
    assert bob.get(f"todos/{todo}").get_json()["assigned_to"] is None
    diff = bob.get("changes?noun=list").get_json()["changes"][-1]["diff"]
    assert diff == {"members": [{"alice": "editor"}, {"alice": None}]}
    assert [one["name"] for one in root.get("lists").get_json()["lists"]] == [
        "Inbox",
        "alice's Inbox",
    ]


def test_who_was_deleted_is_gone_and_the_name_stays_taken(
    app: Flask, root: Api, alice: Api
) -> None:
    root.patch("users/alice", {"email": "alice@example.com", "password": "correct horse"})
    open_session(app, "alice")
    root.delete("users/alice")
    problem(alice.get("me"), 401, "unauthenticated")
    for method in ("GET", "PATCH", "DELETE"):
        response = root.call(method, "users/alice", {} if method == "PATCH" else None)
        problem(response, 404, "not-found")
    assert [one["username"] for one in root.get("users").get_json()["users"]] == ["root"]
    with app.app_context():
        for find in (accounts.by_name, accounts.acting, accounts.read):
            with pytest.raises(Exception, match="no user alice"):
                find("alice")
    row = row_of(app, "alice")
    assert (row.email, row.password_hash, row.is_active) == (None, None, False)
    assert row.deleted_at is not None
    assert sessions(app, "alice") == 0
    assert recorded(app, "alice")[-1] == ("delete", {})
    problem(root.post("users", {"username": "alice"}), 409, "username-taken")
    assert root.post("users", {"username": "al", "email": "alice@example.com"}).status_code == 201


@pytest.mark.parametrize(
    ("query", "errors"),
    [
        ("lists_to=alice", {"lists_to": "same"}),
        ("lists_to=nobody", {"lists_to": "unknown"}),
        ("lists_to=Nobody%20at%20all", {"lists_to": "unknown"}),
        ("lists_to=carol", {"lists_to": "inactive"}),
        ("lists_to=guest", {"lists_to": "inactive"}),
        ("lists_to=&lists=burn", {"lists_to": "blank", "lists": "choice"}),
    ],
)
def test_somebody_must_be_able_to_use_the_lists(
    app: Flask, root: Api, alice: Api, carol: Api, query: str, errors: dict[str, str]
) -> None:
    with app.app_context(), unit_of_work():
        accounts.ensure_guest(at=utcnow())
    root.patch("users/carol", {"is_active": False})
    assert wrong(root.delete(f"users/alice?{query}")) == errors
    assert alice.get("me").status_code == 200


def test_an_administrator_who_goes_says_who_gets_the_lists(root: Api, person: Person) -> None:
    dave = person("dave", ["account", "admin"], role="admin")
    assert wrong(dave.delete("users/dave")) == {"lists_to": "same"}
    assert dave.delete("users/dave?lists_to=root").status_code == 204
    problem(dave.get("me"), 401, "unauthenticated")
