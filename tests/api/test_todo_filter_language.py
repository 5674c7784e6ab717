"""`filter` of GET /todos, as clients meet it; what it selects, tests/services tells."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from tests.support.api import Api, problem, wrong
from tests.support.statements import counted


def found(who: Api, text: str, more: str = "") -> list[str]:
    """Return the titles that `who` finds, oldest first; counted, they are as many."""
    page = who.get(f"todos?sort=id&count=true&filter={quote(text)}&{more}").get_json()
    assert page["total_count"] == len(page["todos"])
    return [todo["title"] for todo in page["todos"]]


def refused(who: Api, text: str) -> dict[str, Any]:
    """Return the one error of a filter that is refused."""
    document = problem(who.get(f"todos?filter={quote(text)}"), 400, "bad-filter")
    [error] = document["errors"]
    assert error["parameter"] == "filter"
    assert error["detail"] == document["detail"]
    return dict(error)


@pytest.fixture
def todos(alice: Api) -> None:
    """Add what the filters choose from."""
    alice.todo("milk", tags=["Home"], priority="high")
    alice.todo("bread", tags=["home"], due_date="2030-01-01")
    alice.todo("taxes", description="Not milk", assigned_to="alice")
    alice.todo("done milk", completed=True)


def test_a_filter_selects(alice: Api, todos: None) -> None:
    assert found(alice, "tags : HOME AND NOT due_date:*") == ["milk"]
    assert found(alice, "(title : milk OR due_date < 2030-01-02) AND -completed = true") == [
        "milk",
        "bread",
    ]


def test_it_combines_with_the_other_filters(alice: Api, todos: None) -> None:
    assert found(alice, "tags : home OR assigned_to = me", "priority=medium") == ["bread", "taxes"]
    assert found(alice, "open = true", "tags=home&priority=high") == ["milk"]
    assert found(alice, "open = true", "due_before=2030-02-01&due_after=2029-01-01") == ["bread"]
    page = alice.get("todos?q=milk&filter=completed%20=%20false").get_json()
    assert [todo["title"] for todo in page["todos"]] == ["taxes", "milk"]


def test_it_selects_in_the_trash(alice: Api, todos: None) -> None:
    [milk] = alice.ids("todos?filter=title = milk")
    alice.delete(f"todos/{milk}")
    assert found(alice, "title : milk") == ["done milk"]
    assert found(alice, "title : milk AND deleted_at > now-1h", "trashed=true") == ["milk"]


def test_others_todos_stay_out_of_it(alice: Api, bob: Api, todos: None) -> None:
    bob.todo("bob's")
    assert found(bob, "NOT title = nothing") == ["bob's"]
    assert found(bob, "created_by = alice OR tags : home OR id > 0") == ["bob's"]


def test_an_administrator_who_asks_selects_of_everybodys(
    alice: Api, person: Callable[..., Api], todos: None
) -> None:
    root = person("root", ["todos:read", "todos:write", "account", "admin"], role="admin")
    root.todo("root's milk")
    assert found(root, "title : milk") == ["root's milk"]
    asked = "title : milk AND open = true"
    assert found(root, asked, "everyone=true") == ["milk", "root's milk"]
    assert found(root, "created_by = me", "everyone=true") == ["root's milk"]


def test_a_key_for_some_lists_selects_of_these(alice: Api, todos: None) -> None:
    list_id = alice.make_list()["id"]
    alice.todo("more milk", list_id=list_id)
    body = {"name": "narrow", "scopes": ["todos:read"], "list_ids": [list_id]}
    narrow = Api(alice.app, alice.made("api-keys", body)["key"])
    assert found(narrow, "title : milk OR NOT title : milk") == ["more milk"]


def test_its_pages_have_no_gap_and_a_token_is_for_it_alone(alice: Api) -> None:
    made = [alice.todo(str(number), tags=["a"] * (number % 2))["id"] for number in range(10)]
    page = alice.get("todos?filter=tags:a&page_size=2&sort=id").get_json()
    first = [todo["id"] for todo in page["todos"]]
    token = page["next_page_token"]
    rest = alice.ids(f"todos?filter=tags:a&page_size=9&sort=id&page_token={token}")
    assert first + rest == made[1::2]
    other = alice.get(f"todos?filter=tags:b&page_size=2&sort=id&page_token={token}")
    problem(other, 400, "bad-page-token")


def test_it_adds_no_statement(app: Flask, alice: Api, todos: None) -> None:
    alice.get("me")
    text = quote("(tags : home OR created_by = me) AND NOT title : x AND due_date < now")
    with counted(app) as statements:
        alice.get(f"todos?count=true&filter={text}")
    assert len(statements) == 3, statements


def test_the_error_says_where_and_what_to_write(alice: Api) -> None:
    assert refused(alice, "status = pending AND pirority = high") == {
        "parameter": "filter",
        "code": "unknown_field",
        "detail": "Unknown field `pirority`, did you mean `priority`?",
        "position": 21,
    }


def test_a_plus_that_was_not_encoded_is_told(alice: Api) -> None:
    document = problem(alice.get("todos?filter=due_date<now+7d"), 400, "bad-filter")
    assert "%2B" in document["detail"]


@pytest.mark.parametrize(
    ("text", "code"), [("a" * 2001, "too_long"), ("status = \0", "control_character")]
)
def test_what_is_no_text_is_refused_like_other_parameters(alice: Api, text: str, code: str) -> None:
    assert wrong(alice.get(f"todos?filter={quote(text)}")) == {"filter": code}
