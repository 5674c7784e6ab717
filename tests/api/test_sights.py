"""Whose rows a call is about: one's own, those of a key's lists, everybody's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.api.openapi import operations
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import ApiKey, ApiKeyList
from todoapp.services import api_keys

Person = Callable[..., Api]
Limit = Callable[..., Api]


@dataclass
class World:
    """Two lists of alice's with a todo in each, both alike."""

    inside: dict[str, Any]
    outside: dict[str, Any]


@pytest.fixture
def world(alice: Api) -> World:
    def fill(name: str) -> dict[str, Any]:
        list_id = alice.make_list(name)["id"]
        todo = alice.todo(f"Paint {name}", list_id=list_id, tags=["paint", name])
        return {"list": list_id, "todo": todo["id"], "tag": name}

    return World(fill("inside"), fill("outside"))


@pytest.fixture
def limit(app: Flask) -> Limit:
    """Return a function that gives somebody a key for some lists."""

    def make(who: Api, *list_ids: int, scopes: str = "todos:read todos:write account") -> Api:
        assert who.actor
        with app.app_context(), unit_of_work():
            wanted = {"name": "limited", "scopes": scopes.split()}
            made = api_keys.issue(None, who.actor.user_id, wanted, at=utcnow())
            db.session.get_one(ApiKey, made.row.id).is_limited = True
            for list_id in list_ids:
                db.session.add(ApiKeyList(api_key_id=made.row.id, list_id=list_id))
        return Api(app, made.secret)

    return make


@pytest.fixture
def limited(alice: Api, world: World, limit: Limit) -> Api:
    return limit(alice, world.inside["list"])


#: Queries that alone would each find the todos of both lists, and those of the Inbox.
EVERYWHERE = [
    *("todos", "todos?sort=id", "todos?sort=-due_date", "todos?sort=title", "todos?sort=position"),
    *(
        "todos?q=paint",
        "todos?q=paint&sort=-created_at",
        "todos?tags=paint",
        "todos?parent_id=none",
    ),
    *("todos?created_by=alice", "todos?due=none", "todos?page_size=1"),
]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_a_limited_key_finds_what_is_in_its_lists(
    alice: Api, limited: Api, world: World, path: str
) -> None:
    alice.todo("Paint the Inbox", tags=["paint"])
    assert limited.ids(path) == [world.inside["todo"]]
    page = limited.get(f"{path}{'&' if '?' in path else '?'}count=true").get_json()
    assert (page["total_count"], page["next_page_token"]) == (1, None)


def test_a_limited_key_sees_nothing_else(alice: Api, limited: Api, world: World) -> None:
    out = world.outside
    assert limited.ids(f"todos?list_id={out['list']}") == []
    for path in (f"todos/{out['todo']}", f"todos/{out['todo']}/history", f"lists/{out['list']}"):
        problem(limited.get(path), 404, "not-found")
        assert alice.get(path).status_code == 200
    tags = [(tag["name"], tag["todo_count"]) for tag in limited.get("tags").get_json()["tags"]]
    assert tags == [("inside", 1), ("paint", 1)]
    assert [one["id"] for one in limited.get("lists").get_json()["lists"]] == [world.inside["list"]]
    noted = {c["list_id"] for c in limited.get("changes").get_json()["changes"]}
    assert noted - {None} == {world.inside["list"]}


def test_a_limited_key_changes_nothing_else(alice: Api, limited: Api, world: World) -> None:
    out, before = world.outside, alice.get("todos").get_json()
    done = alice.patch(f"todos/{out['todo']}", {"priority": "high"}).headers["Change-Id"]
    before = alice.get("todos").get_json()
    calls: list[tuple[str, str, Any]] = [
        ("PATCH", f"todos/{out['todo']}", {"title": "x"}),
        ("PUT", f"todos/{out['todo']}", {"title": "x"}),
        ("DELETE", f"todos/{out['todo']}", None),
        ("DELETE", f"todos/{out['todo']}?purge=true", None),
        ("PATCH", f"lists/{out['list']}", {"name": "x"}),
        ("DELETE", f"lists/{out['list']}", None),
        ("POST", f"changes/{done}/undo", None),
        ("DELETE", "tags/outside", None),
        ("PATCH", "tags/outside", {"name": "x"}),
        ("POST", "todos/batch", {"operations": [{"op": "delete", "id": out["todo"]}]}),
    ]
    for method, path, body in calls:
        problem(limited.call(method, path, body), 404, "not-found")
    move = {"list_id": out["list"]}
    assert wrong(limited.post("todos", {"title": "x", **move})) == {"/list_id": "unknown"}
    assert wrong(limited.patch(f"todos/{world.inside['todo']}", move)) == {"/list_id": "unknown"}
    # The Inbox is not one of its lists.
    assert wrong(limited.post("todos", {"title": "x"})) == {"/list_id": "unknown"}
    assert alice.get("todos").get_json() == before


def test_a_limited_key_renames_a_tag_in_its_lists_only(
    alice: Api, limited: Api, world: World
) -> None:
    assert limited.patch("tags/paint", {"name": "brush"}).get_json()["todo_count"] == 1
    assert alice.get(f"todos/{world.outside['todo']}").get_json()["tags"] == ["paint", "outside"]


def test_a_limited_key_works_in_its_lists(limited: Api, world: World) -> None:
    made = limited.todo("New", list_id=world.inside["list"])
    assert limited.patch(f"todos/{made['id']}", {"title": "Newer"}).status_code == 200
    assert limited.patch(f"lists/{world.inside['list']}", {"name": "Mine"}).status_code == 200
    assert limited.delete(f"todos/{made['id']}").status_code == 204


def test_a_limited_key_makes_no_lists(limited: Api) -> None:
    problem(limited.post("lists", {"name": "x"}), 403, "limited-key")


def test_the_simple_face_is_not_for_a_key_without_the_inbox(alice: Api, limited: Api) -> None:
    kept = alice.todo()
    calls = [(method, f"/todos/{kept['id']}") for method in ("GET", "PUT", "PATCH", "DELETE")]
    calls += [("GET", "/todos"), ("GET", "/secret_todos"), ("POST", "/todos"), ("DELETE", "/todos")]
    for method, path in calls:
        response = limited.call(method, path, {"title": "x"} if method[0] == "P" else None)
        assert response.status_code == 403, (method, path)
        assert response.get_json() == {"error": "This key is limited to some lists."}
    assert alice.get(f"todos/{kept['id']}").get_json() == kept


def test_a_key_with_the_inbox_among_its_lists_has_the_simple_face(
    alice: Api, limit: Limit, world: World
) -> None:
    inbox = alice.get("me").get_json()["inbox_id"]
    key = limit(alice, inbox)
    assert key.post("/todos", {"title": "x"}).status_code == 201
    assert [todo["title"] for todo in key.get("/todos").get_json()] == ["x"]
    assert key.todo("y")["list_id"] == inbox


def test_a_limited_key_without_lists_sees_nothing(alice: Api, limit: Limit, world: World) -> None:
    """Lists may go away; what is left is not everything."""
    key = limit(alice)
    assert key.ids() == []
    assert key.get("lists").get_json()["lists"] == []


def test_a_limited_key_sees_a_list_as_long_as_its_owner_does(
    bob: Api, world: World, limit: Limit
) -> None:
    key = limit(bob, world.inside["list"])
    problem(key.get(f"todos/{world.inside['todo']}"), 404, "not-found")
    assert key.ids() == []


@pytest.fixture
def root(person: Person) -> Api:
    return person("root", ["todos:read", "todos:write", "account", "admin"], role="admin")


def test_an_administrator_sees_their_own_unless_they_ask(root: Api, world: World) -> None:
    assert root.ids() == []
    problem(root.get(f"todos/{world.inside['todo']}"), 404, "not-found")
    assert [one["name"] for one in root.get("lists").get_json()["lists"]] == ["Inbox"]


@pytest.mark.parametrize("path", EVERYWHERE)
def test_an_administrator_who_asks_finds_everybodys(
    alice: Api, bob: Api, root: Api, world: World, path: str
) -> None:
    inbox = bob.todo("Paint the Inbox", tags=["paint"])
    everyone = f"{path}{'&' if '?' in path else '?'}everyone=true"
    found = {todo["id"] for page in _pages(root, everyone) for todo in page["todos"]}
    # Its own filter: bob's todo is not by alice.
    expected = {world.inside["todo"], world.outside["todo"], inbox["id"]}
    assert found == (expected - {inbox["id"]} if "created_by" in path else expected)


def _pages(who: Api, path: str) -> list[Any]:
    pages = [who.get(path).get_json()]
    while token := pages[-1]["next_page_token"]:
        pages.append(who.get(f"{path}&page_token={token}").get_json())
    return pages


def test_an_administrator_who_asks_may_do_all(root: Api, world: World) -> None:
    inside = world.inside
    assert root.get(f"todos/{inside['todo']}?everyone=true").status_code == 200
    history = root.get(f"todos/{inside['todo']}/history?everyone=true").get_json()["changes"]
    assert [change["actor"] for change in history] == ["alice"]
    for method, path, body in (
        ("PATCH", f"todos/{inside['todo']}", {"title": "x"}),
        ("PATCH", f"lists/{inside['list']}", {"name": "x"}),
        ("PATCH", "tags/inside", {"name": "x"}),
        ("DELETE", f"todos/{inside['todo']}", None),
        ("POST", f"todos/{inside['todo']}/restore", None),
        ("DELETE", f"lists/{inside['list']}", None),
        ("POST", f"lists/{inside['list']}/restore", None),
    ):
        problem(root.call(method, path, body), 404, "not-found")
        response = root.call(method, f"{path}?everyone=true", body)
        assert response.status_code < 300, response.text
        undo = f"changes/{response.headers['Change-Id']}/undo"
        problem(root.post(undo), 404, "not-found")
    operations = [{"op": "delete", "id": inside["todo"]}]
    assert root.post("todos/batch?everyone=true", {"operations": operations}).status_code == 200
    listed = root.get("lists?everyone=true").get_json()["lists"]
    assert {(one["name"], one["owner"], one["my_role"]) for one in listed} >= {
        ("x", "alice", "owner"),
        ("Inbox", "alice", "owner"),
    }
    tags = {tag["name"] for tag in root.get("tags?everyone=true").get_json()["tags"]}
    assert tags == {"paint", "outside"}
    changes = root.get("changes?everyone=true").get_json()["changes"]
    assert {"alice", "root"} <= {change["actor"] for change in changes}


def test_an_administrator_who_asks_manages_members(
    alice: Api, bob: Api, root: Api, world: World
) -> None:
    """Such as when the owner is away: a list can be handed over without them."""
    members = f"lists/{world.inside['list']}/members"
    problem(root.get(members), 404, "not-found")
    problem(root.put(f"{members}/bob", {"role": "editor"}), 404, "not-found")
    assert root.put(f"{members}/bob?everyone=true", {"role": "editor"}).status_code == 201
    assert root.put(f"{members}/bob?everyone=true", {"role": "owner"}).status_code == 200
    found = root.get(f"{members}?everyone=true").get_json()["members"]
    assert {one["username"]: one["role"] for one in found} == {"alice": "editor", "bob": "owner"}
    assert root.delete(f"{members}/alice?everyone=true").status_code == 204
    problem(alice.get(f"lists/{world.inside['list']}"), 404, "not-found")


def test_only_an_administrator_may_ask(
    app: Flask, alice: Api, person: Person, world: World, limit: Limit
) -> None:
    """It takes the role, and the scope; and a key for some lists is not for all."""
    member = person("member", ["todos:read", "todos:write", "account", "admin"])
    narrow = person("narrow", ["todos:read", "todos:write", "account"], role="admin")
    for who in (alice, member, narrow):
        for path in ("todos", f"todos/{world.inside['todo']}", "lists", "tags", "changes"):
            refused = problem(who.get(f"{path}?everyone=true"), 403, "insufficient-scope")
            assert refused["required_scope"] == "admin"
            assert who.get(f"{path}?everyone=false").status_code in (200, 404)
    chief = person("chief", role="admin")
    key = limit(chief, world.inside["list"], scopes="todos:read admin")
    problem(key.get("todos?everyone=true"), 403, "insufficient-scope")
    assert key.ids() == []


def test_every_call_about_lists_and_todos_can_be_made_for_everybody(app: Flask) -> None:
    """All but creations, which are one's own."""
    kinds = ("todos", "lists", "members", "tags", "views", "changes")
    own = {
        name
        for _rule, _method, name, declared in operations(app)
        if app.view_functions[f"api.{name}"].__module__.rpartition(".")[2] in kinds
        and not declared.everyone
    }
    assert own == {"create_todo", "create_list", "create_view"}


def test_a_page_token_is_for_the_same_rows(root: Api, world: World) -> None:
    token = root.get("todos?everyone=true&page_size=1").get_json()["next_page_token"]
    problem(root.get(f"todos?page_size=1&page_token={token}"), 400, "bad-page-token")


def test_a_sight_takes_no_statement_more(limited: Api, root: Api, world: World) -> None:
    limited.ids()  # its first use is written down
    root.ids()
    with counted(limited.app) as statements:
        limited.get(f"todos/{world.inside['todo']}")
    assert len(statements) == 2
    with counted(root.app) as statements:
        root.get(f"todos/{world.inside['todo']}?everyone=true")
    assert len(statements) == 2
