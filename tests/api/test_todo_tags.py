"""Tags on todos: a small set of names, each once, in the order given."""

from typing import Any

import pytest

from tests.support.api import Api, wrong


def test_tags_are_trimmed_and_keep_their_case_and_order(alice: Api) -> None:
    todo = alice.todo(tags=["  Work ", "home", "Österreich", "日本"])
    assert todo["tags"] == ["Work", "home", "Österreich", "日本"]
    assert alice.get(f"todos/{todo['id']}").get_json()["tags"] == todo["tags"]


@pytest.mark.parametrize(
    ("sent", "errors"),
    [
        ("home", {"/tags": "type"}),
        ({"0": "home"}, {"/tags": "type"}),
        ([1, "fine", None], {"/tags/0": "type", "/tags/2": "null"}),
        ([" "], {"/tags/0": "blank"}),
        (["x" * 61], {"/tags/0": "too_long"}),
        (["fine", "a,b"], {"/tags/1": "comma"}),
        (["a\nb"], {"/tags/0": "control_character"}),
        (["home", "home "], {"/tags/1": "repeated"}),
        (["home", "HOME"], {"/tags/1": "repeated"}),
        (["straße", "STRASSE"], {"/tags/1": "repeated"}),
        # One letter, and the same letter followed by a combining accent.
        (["caf\u00e9", "cafe\u0301"], {"/tags/1": "repeated"}),
        ([f"tag {n}" for n in range(51)], {"/tags": "too_many"}),
    ],
)
def test_it_refuses_a_wrong_tag(alice: Api, sent: Any, errors: dict[str, str]) -> None:
    todo = alice.todo(tags=["kept"])
    assert wrong(alice.post("todos", {"title": "x", "tags": sent})) == errors
    assert wrong(alice.patch(f"todos/{todo['id']}", {"tags": sent})) == errors
    assert alice.get(f"todos/{todo['id']}").get_json() == todo


def test_it_takes_fifty_tags_of_sixty_characters(alice: Api) -> None:
    tags = [f"{n:0>60}" for n in range(50)]
    assert alice.todo(tags=tags)["tags"] == tags


@pytest.mark.parametrize(
    "after",
    [
        ["b", "a"],  # another order
        ["A", "b"],  # another spelling of the same tag
        ["b"],
        ["c", "b", "a"],
        [],
    ],
)
def test_an_array_replaces_the_tags(alice: Api, after: list[str]) -> None:
    todo = alice.todo(tags=["a", "b"])
    changed = alice.patch(f"todos/{todo['id']}", {"tags": after}).get_json()
    assert (changed["tags"], changed["version"]) == (after, 2)
    newest = alice.get(f"todos/{todo['id']}/history").get_json()["changes"][0]
    assert newest["diff"] == {"tags": [["a", "b"], after]}


def test_the_same_tags_again_are_no_change(alice: Api) -> None:
    todo = alice.todo(tags=["a", "b"])
    assert alice.patch(f"todos/{todo['id']}", {"tags": [" a", "b"]}).get_json() == todo
