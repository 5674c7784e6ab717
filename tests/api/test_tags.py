"""/tags: counting, renaming, merging and removing them everywhere."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.api import Api, problem, wrong
from tests.support.hostile import BODIES, TITLES, VALUES
from tests.support.statements import counted
from todoapp.db import db
from todoapp.models import TagCount

Share = Callable[[int, Api, str], None]


def shown(who: Api, path: str = "tags") -> dict[str, int]:
    """Return the tags of a page: the count of each, in order."""
    response = who.get(path)
    assert response.status_code == 200, response.text
    return {tag["name"]: tag["todo_count"] for tag in response.get_json()["tags"]}


def tags_of(who: Api, *todos: Any) -> list[list[str]]:
    return [who.get(f"todos/{todo['id']}").get_json()["tags"] for todo in todos]


def newest(who: Api, todo: Any) -> Any:
    return who.get(f"todos/{todo['id']}/history").get_json()["changes"][0]


def rename(who: Api, tag: str, name: str) -> Any:
    """Rename a tag, which must succeed; return the answer's body."""
    response = who.patch(f"tags/{quote(tag, safe='')}", {"name": name})
    assert response.status_code == 200, response.text
    return response.get_json()


# Counting


def test_tags_are_counted_and_come_by_name(alice: Api) -> None:
    for tags in (["home", "Work"], ["home"], ["Äpfel", "b10", "b9"], []):
        alice.todo(tags=tags)
    assert list(shown(alice).items()) == [
        ("b10", 1),
        ("b9", 1),
        ("home", 2),
        ("Work", 1),
        ("Äpfel", 1),
    ]


def test_nobody_has_tags_at_first(alice: Api) -> None:
    assert alice.get("tags").get_json() == {"tags": [], "next_page_token": None}


def test_a_tag_is_shown_as_most_todos_spell_it(alice: Api) -> None:
    for spelling in ("home", "HOME", "Home", "Home"):
        alice.todo(tags=[spelling])
    assert shown(alice) == {"Home": 4}


def test_of_spellings_as_frequent_the_smallest_is_shown(alice: Api) -> None:
    for spelling in ("home", "Home", "HOME", "hOME"):
        alice.todo(tags=[spelling])
    assert shown(alice) == {"HOME": 4}


def test_the_trash_is_not_counted(alice: Api) -> None:
    trashed = alice.todo(tags=["home", "gone"])
    alice.todo(tags=["home"])
    alice.delete(f"todos/{trashed['id']}")
    assert shown(alice) == {"home": 1}
    alice.post(f"todos/{trashed['id']}/restore")
    assert shown(alice) == {"gone": 1, "home": 2}


def test_what_others_share_is_counted_and_nothing_else_of_theirs(
    alice: Api, bob: Api, carol: Api, share: Share
) -> None:
    made = alice.make_list()
    alice.todo(tags=["shared", "both"], list_id=made["id"])
    alice.todo(tags=["secret", "both"])
    bob.todo(tags=["both"])
    share(made["id"], bob, "viewer")
    assert shown(bob) == {"both": 2, "shared": 1}
    assert shown(alice) == {"both": 2, "secret": 1, "shared": 1}
    assert shown(carol) == {}


def test_of_a_tag_that_nothing_has_any_more_no_count_remains(app: Flask, alice: Api) -> None:
    todo = alice.todo(tags=["home", "work"])
    alice.patch(f"todos/{todo['id']}", {"tags": ["Home"]})
    rename(alice, "home", "house")
    alice.patch(f"todos/{todo['id']}", {"list_id": alice.make_list()["id"]})
    with app.app_context():
        assert db.session.scalars(select(TagCount.name)).all() == ["house"]
    alice.delete(f"todos/{todo['id']}?purge=true")
    with app.app_context():
        assert db.session.scalars(select(TagCount.name)).all() == []


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_tags_come_in_pages(alice: Api, bob: Api, size: int) -> None:
    names = ["a", "B", "c d", "é", "ß", "日本", "🥛"]
    for name in names:
        alice.todo(tags=[name])
    alice.todo(tags=["A"])
    found: dict[str, int] = {}
    path = url = f"tags?page_size={size}"
    while True:
        page = alice.get(url)
        found |= shown(alice, url)
        token = page.get_json()["next_page_token"]
        if token is None:
            break
        assert f"page_token={token}" in page.headers["Link"]
        url = f"{path}&page_token={token}"
    assert found == shown(alice)
    assert len(found) == len(names)
    assert found["A"] == 2
    if size < len(names):
        problem(bob.get(url), 400, "bad-page-token")


def test_the_list_takes_the_parameters_of_a_page(alice: Api) -> None:
    assert wrong(alice.get("tags?page_size=0")) == {"page_size": "range"}
    assert wrong(alice.get("tags?prefix=a")) == {"prefix": "unknown"}
    problem(alice.get("tags?page_token=x"), 400, "bad-page-token")
    assert shown(alice, "tags?page_size=5000") == {}


def test_counting_takes_two_statements_whatever_the_size(app: Flask, alice: Api) -> None:
    for size in (1, 30):
        for number in range(size):
            alice.todo(tags=[f"tag {number}", "all"])
        with counted(app) as statements:
            assert len(shown(alice)) == size + 1
        assert len(statements) == 2, statements


# Renaming


def test_renaming_changes_the_tag_in_its_place_on_every_todo(alice: Api) -> None:
    first = alice.todo(tags=["a", "home", "z"])
    second = alice.todo(tags=["home"], list_id=alice.make_list()["id"])
    other = alice.todo(tags=["homes"])
    assert rename(alice, "home", "house") == {"name": "house", "todo_count": 2}
    assert tags_of(alice, first, second, other) == [["a", "house", "z"], ["house"], ["homes"]]
    assert shown(alice) == {"a": 1, "homes": 1, "house": 2, "z": 1}
    assert alice.ids("todos?tags=house&sort=id") == [first["id"], second["id"]]
    assert alice.ids("todos?tags=home") == []


def test_each_todo_touched_gets_a_version_and_a_change_of_one_operation(alice: Api) -> None:
    first, second = alice.todo(tags=["a", "home"]), alice.todo(tags=["home"])
    other = alice.todo(tags=["a"])
    response = alice.patch("tags/home", {"name": "house"})
    changes = [newest(alice, todo) for todo in (first, second)]
    assert [c["diff"] for c in changes] == [
        {"tags": [["a", "home"], ["a", "house"]]},
        {"tags": [["home"], ["house"]]},
    ]
    assert {(c["action"], c["actor"], c["list_id"]) for c in changes} == {
        ("update", "alice", first["list_id"])
    }
    assert len({c["operation_id"] for c in changes}) == 1
    assert response.headers["Change-Id"] == str(changes[0]["id"])
    after = [alice.get(f"todos/{todo['id']}").get_json() for todo in (first, second)]
    assert [todo["version"] for todo in after] == [2, 2]
    assert {todo["updated_at"] for todo in after} == {c["at"] for c in changes}
    assert alice.get(f"todos/{other['id']}").get_json() == other


def test_the_name_in_the_path_may_be_in_any_spelling(alice: Api) -> None:
    todo = alice.todo(tags=["Straße"])
    assert rename(alice, " STRASSE ", "Weg") == {"name": "Weg", "todo_count": 1}
    assert tags_of(alice, todo) == [["Weg"]]


def test_onto_an_existing_tag_it_merges(alice: Api) -> None:
    before = alice.todo(tags=["home", "x", "House"])
    behind = alice.todo(tags=["HOUSE", "x", "home"])
    alone = alice.todo(tags=["x", "home"])
    target_only = alice.todo(tags=["HOUSE"])
    assert rename(alice, "home", "house") == {"name": "house", "todo_count": 4}
    assert tags_of(alice, before, behind, alone) == [["x", "house"], ["house", "x"], ["x", "house"]]
    assert alice.get(f"todos/{target_only['id']}").get_json() == target_only
    assert newest(alice, before)["diff"] == {"tags": [["home", "x", "House"], ["x", "house"]]}
    # What was merged can be changed like any other.
    changed = alice.patch(f"todos/{before['id']}", {"tags": ["house", "y", "x"]}).get_json()
    assert changed["tags"] == ["house", "y", "x"]


def test_to_another_spelling_it_respells(alice: Api) -> None:
    lower, upper = alice.todo(tags=["a", "home"]), alice.todo(tags=["HOME", "b"])
    right = alice.todo(tags=["Home"])
    assert rename(alice, "home", " Home ") == {"name": "Home", "todo_count": 3}
    assert tags_of(alice, lower, upper) == [["a", "Home"], ["Home", "b"]]
    assert alice.get(f"todos/{right['id']}").get_json() == right


def test_to_the_same_name_it_changes_nothing(alice: Api) -> None:
    todo = alice.todo(tags=["home"])
    response = alice.patch("tags/home", {"name": "home"})
    assert response.get_json() == {"name": "home", "todo_count": 1}
    assert "Change-Id" not in response.headers
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_what_a_get_showed_can_be_sent_back_changed(alice: Api) -> None:
    alice.todo(tags=["home"])
    tag = alice.get("tags").get_json()["tags"][0]
    response = alice.patch("tags/home", tag | {"name": "house"})
    assert response.get_json() == {"name": "house", "todo_count": 1}


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"/name": "required"}),
        ([], {"": "type"}),
        ({"name": None}, {"/name": "null"}),
        ({"name": 1}, {"/name": "type"}),
        ({"name": " "}, {"/name": "blank"}),
        ({"name": "x" * 61}, {"/name": "too_long"}),
        ({"name": "a,b"}, {"/name": "comma"}),
        ({"name": "a\nb"}, {"/name": "control_character"}),
        (
            {"name": "x", "colour": "red", "version": 1},
            {"/colour": "unknown", "/version": "unknown"},
        ),
    ],
)
def test_it_refuses_a_wrong_body(alice: Api, body: Any, errors: dict[str, str]) -> None:
    todo = alice.todo(tags=["home"])
    assert wrong(alice.patch("tags/home", body)) == errors
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


# Removing


def test_removing_takes_it_off_every_todo(alice: Api) -> None:
    first, second = alice.todo(tags=["a", "Home", "z"]), alice.todo(tags=["home"])
    other = alice.todo(tags=["a"])
    response = alice.delete("tags/home")
    assert (response.status_code, response.data) == (204, b"")
    assert tags_of(alice, first, second) == [["a", "z"], []]
    assert shown(alice) == {"a": 2, "z": 1}
    changes = [newest(alice, todo) for todo in (first, second)]
    assert [c["diff"] for c in changes] == [
        {"tags": [["a", "Home", "z"], ["a", "z"]]},
        {"tags": [["home"], []]},
    ]
    assert len({c["operation_id"] for c in changes}) == 1
    assert response.headers["Change-Id"] == str(changes[0]["id"])
    assert alice.get(f"todos/{first['id']}").get_json()["version"] == 2
    assert alice.get(f"todos/{other['id']}").get_json() == other
    problem(alice.delete("tags/home"), 404, "not-found")


# What both have in common

CALLS = [("PATCH", {"name": "new"}), ("DELETE", None)]
both = pytest.mark.parametrize(("method", "body"), CALLS, ids=["PATCH", "DELETE"])


def expected(method: str) -> list[str]:
    return ["new"] if method == "PATCH" else []


@both
def test_the_trash_changes_with_the_rest(alice: Api, method: str, body: Any) -> None:
    live, trashed = alice.todo(tags=["home"]), alice.todo(tags=["home"])
    alice.delete(f"todos/{trashed['id']}")
    response = alice.call(method, "tags/home", body)
    if method == "PATCH":
        assert response.get_json() == {"name": "new", "todo_count": 1}
    assert tags_of(alice, live, trashed) == [expected(method)] * 2
    assert alice.get(f"todos/{trashed['id']}").get_json()["version"] == 3
    alice.post(f"todos/{trashed['id']}/restore")
    assert "home" not in shown(alice)


@both
def test_a_tag_in_the_trash_alone_can_be_changed(alice: Api, method: str, body: Any) -> None:
    todo = alice.todo(tags=["home"])
    alice.delete(f"todos/{todo['id']}")
    response = alice.call(method, "tags/home", body)
    if method == "PATCH":
        assert response.get_json() == {"name": "new", "todo_count": 0}
    assert tags_of(alice, todo) == [expected(method)]


@both
def test_it_changes_only_where_the_caller_may_edit(
    alice: Api, bob: Api, share: Share, method: str, body: Any
) -> None:
    todos = []
    for role in ("editor", "viewer", None):
        made = alice.make_list()
        todos.append(alice.todo(tags=["home"], list_id=made["id"]))
        if role:
            share(made["id"], bob, role)
    own = bob.todo(tags=["home"])
    response = bob.call(method, "tags/home", body)
    assert tags_of(alice, *todos) == [expected(method), ["home"], ["home"]]
    assert tags_of(bob, own) == [expected(method)]
    assert shown(bob)["home"] == 1
    if method == "PATCH":
        assert response.get_json() == {"name": "new", "todo_count": 2}


@both
def test_a_viewer_is_refused(alice: Api, bob: Api, share: Share, method: str, body: Any) -> None:
    made = alice.make_list()
    todo = alice.todo(tags=["home"], list_id=made["id"])
    share(made["id"], bob, "viewer")
    assert (
        problem(bob.call(method, "tags/HOME", body), 403, "insufficient-role")["role"] == "viewer"
    )
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


@both
@pytest.mark.parametrize("name", ["home", "missing"])
def test_a_stranger_is_told_of_no_tag(
    alice: Api, bob: Api, method: str, body: Any, name: str
) -> None:
    todo = alice.todo(tags=["home"])
    bob.todo(tags=["other"])
    refused = problem(bob.call(method, f"tags/{name}", body), 404, "not-found")
    assert refused["detail"] == "No such tag."
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_who_may_not_is_told_before_what_is_wrong(alice: Api, bob: Api) -> None:
    alice.todo(tags=["home"])
    problem(bob.patch("tags/home", {"name": ""}), 404, "not-found")


def test_the_scopes_are_those_of_todos(person: Callable[..., Api]) -> None:
    reader, writer = person("dave", ["todos:read"]), person("erin", ["todos:write"])
    for method, body in CALLS:
        refused = problem(reader.call(method, "tags/home", body), 403, "insufficient-scope")
        assert refused["required_scope"] == "todos:write"
        problem(writer.call(method, "tags/home", body), 404, "not-found")
    refused = problem(writer.get("tags"), 403, "insufficient-scope")
    assert refused["required_scope"] == "todos:read"


def test_other_methods_are_refused(alice: Api) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert "GET" in allowed(alice.call(method, "tags", {}))
    for method in ("GET", "POST", "PUT"):
        assert {"PATCH", "DELETE"} <= allowed(alice.call(method, "tags/home", {}))


def allowed(response: Any) -> set[str]:
    problem(response, 405, "method-not-allowed")
    return set(response.headers["Allow"].split(", "))


@both
@pytest.mark.parametrize(
    "name",
    [
        "a/b",
        "a//b",
        "a/",
        "/a",
        "/",
        "//",
        "a b",
        "a.b",
        ".",
        "..",
        "a/../b",
        "%",
        "%2f",
        "100%",
        "a?b",
        "#a",
        "a&b=c",
        "a+b",
        "a;b",
        "\\",
        "日本",
        "🥛" * 60,
        "restore",
    ],
)
def test_a_tag_of_any_name_can_be_addressed(alice: Api, method: str, body: Any, name: str) -> None:
    todo, other = alice.todo(tags=[name]), alice.todo(tags=["a", "b"])
    status = alice.call(method, f"tags/{quote(name, safe='')}", body).status_code
    assert status == (200 if method == "PATCH" else 204)
    assert tags_of(alice, todo, other) == [expected(method), ["a", "b"]]


@both
@pytest.mark.parametrize(
    "name", ["%00", "a%00", "%0a", "a%0Ab", "%ff", "%ED%A0%80", "%20", "x" * 5000, "%F0%9F%98%80"]
)
def test_a_name_that_no_tag_has_is_not_found(alice: Api, method: str, body: Any, name: str) -> None:
    alice.todo(tags=["a"])
    problem(alice.call(method, f"tags/{name}", body), 404, "not-found")


@pytest.mark.parametrize("title", TITLES.values(), ids=TITLES)
def test_a_name_is_text_and_comes_back_as_it_went(alice: Api, title: str) -> None:
    name = title.replace(",", "")[:60].strip()
    todo = alice.todo(tags=["plain"])
    assert rename(alice, "plain", name) == {"name": name, "todo_count": 1}
    assert shown(alice) == {name: 1}
    assert rename(alice, name, "plain") == {"name": "plain", "todo_count": 1}
    assert tags_of(alice, todo) == [["plain"]]


def test_no_body_and_no_value_breaks_it(alice: Api) -> None:
    alice.todo(tags=["home"])
    for body in BODIES.values():
        response = alice.patch("tags/home", data=body, content_type="application/json")
        assert response.status_code in (400, 413, 422), response.text
    for value in VALUES:
        response = alice.patch("tags/home", {"name": value})
        assert response.status_code in (200, 422), response.text
        if response.status_code == 200:
            rename(alice, response.get_json()["name"], "home")
    assert shown(alice) == {"home": 1}


@both
def test_it_takes_as_many_statements_for_five_todos_as_for_fifty(
    app: Flask, alice: Api, method: str, body: Any
) -> None:
    taken = []
    for size in (5, 50):
        for number in range(size):
            alice.todo(tags=["home", "x", "new"][: number % 3 + 1])
        with counted(app) as statements:
            alice.call(method, "tags/home", body)
        taken.append(len(statements))
        alice.delete("tags/new")
    assert taken[0] == taken[1] <= 11


@both
def test_more_todos_than_fit_in_one_statement_are_one_operation(
    app: Flask, alice: Api, method: str, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("todoapp.services.tags.IDS_AT_ONCE", 2)
    todos = [alice.todo(tags=["home"]) for _ in range(5)]
    alice.call(method, "tags/home", body)
    assert tags_of(alice, *todos) == [expected(method)] * 5
    assert len({newest(alice, todo)["operation_id"] for todo in todos}) == 1
