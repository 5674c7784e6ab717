"""Lost updates are refused: If-Match, `version` in the body or the query; If-None-Match."""

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.support.api import Api, problem, wrong

KINDS = [
    ("todos", "title", {}),
    ("lists", "name", {}),
    ("views", "name", {}),
    ("api-keys", "name", {"scopes": ["todos:read"]}),
]
of_every_kind = pytest.mark.parametrize(("noun", "name", "values"), KINDS)

HOLD = ['"3"', 'W/"3"', '"3-gzip"', 'W/"3-gzip"', '"3:br"', "*", " * ", '"1", "3"', 'W/"3","9"']
FAIL = ['"2"', 'W/"2"', '"2-gzip"', '"1", "2"', '"33"', '"-3"', '"3', "3", "garbage", '""', '"*"']


def third(api: Api, noun: str, name: str, values: Any) -> str:
    """Make one of a kind, change it to version 3 and return its path."""
    path = f"{noun}/{api.made(noun, {name: 'First', **values})['id']}"
    for text in ("Second", "Third"):
        assert api.patch(path, {name: text}).status_code == 200
    return path


def stale(response: TestResponse) -> Any:
    """Assert that the version was refused; return the thing as it stands."""
    return problem(response, 412, "precondition-failed")["current"]


@of_every_kind
def test_if_match_lets_the_named_version_through(
    alice: Api, noun: str, name: str, values: Any
) -> None:
    path = third(alice, noun, name, values)
    for header in HOLD:
        response = alice.patch(path, {name: "Third"}, headers={"If-Match": header})
        assert (header, response.status_code) == (header, 200)
        assert response.headers["ETag"] == '"3"'


@of_every_kind
def test_if_match_refuses_any_other_with_the_thing_as_it_stands(
    alice: Api, noun: str, name: str, values: Any
) -> None:
    path = third(alice, noun, name, values)
    present = alice.get(path).get_json()
    for header in FAIL:
        response = alice.patch(path, {name: "Lost"}, headers={"If-Match": header})
        assert (header, stale(response)) == (header, present)
        assert "Change-Id" not in response.headers
    assert alice.get(path).get_json() == present


@of_every_kind
@pytest.mark.parametrize(
    ("header", "in_body", "in_query", "status"),
    [
        (None, 3, None, 200),
        (None, 2, None, 412),
        (None, 4, None, 412),
        (None, None, 3, 200),
        (None, None, 2, 412),
        ('"3"', 3, 3, 200),
        ('"3"', 2, None, 412),
        ('"2"', 3, None, 412),
        ('"3"', None, 2, 412),
        (None, 3, 2, 412),
        ("*", 2, None, 412),
    ],
)
def test_every_version_that_is_named_must_hold(
    alice: Api,
    noun: str,
    name: str,
    values: Any,
    header: str | None,
    in_body: int | None,
    in_query: int | None,
    status: int,
) -> None:
    path = third(alice, noun, name, values)
    response = alice.patch(
        path if in_query is None else f"{path}?version={in_query}",
        {name: "Fourth"} | ({} if in_body is None else {"version": in_body}),
        headers={} if header is None else {"If-Match": header},
    )
    assert response.status_code == status


@of_every_kind
def test_it_is_checked_before_anything_else_in_the_body(
    alice: Api, noun: str, name: str, values: Any
) -> None:
    path = third(alice, noun, name, values)
    invalid = {name: 5, "nonsense": 1}
    stale(alice.patch(path, {**invalid, "version": 2}))
    stale(alice.patch(path, invalid, headers={"If-Match": '"2"'}))
    stale(alice.patch(path, [], headers={"If-Match": '"2"'}))
    codes = {f"/{name}": "type", "/nonsense": "unknown"}
    assert wrong(alice.patch(path, {**invalid, "version": 3})) == codes


@of_every_kind
def test_a_version_is_a_whole_number(alice: Api, noun: str, name: str, values: Any) -> None:
    path = third(alice, noun, name, values)
    for sent, code in (("3", "type"), (3.0, "type"), (True, "type"), (None, "null")):
        assert wrong(alice.patch(path, {"version": sent})) == {"/version": code}
    assert wrong(alice.patch(f"{path}?version=x", {})) == {"version": "type"}
    assert wrong(alice.patch(f"{path}?version=3&version=3", {})) == {"version": "repeated"}


@pytest.mark.parametrize(
    ("noun", "name"), [("todos", "title"), ("lists", "name"), ("views", "name")]
)
def test_a_replacement_keeps_them_too(alice: Api, noun: str, name: str) -> None:
    path = third(alice, noun, name, {})
    present = alice.get(path).get_json()
    assert stale(alice.put(path, {name: "x", "version": 2})) == present
    assert stale(alice.put(path, {name: "x"}, headers={"If-Match": '"2"'})) == present
    assert stale(alice.put(f"{path}?version=2", {name: "x"})) == present
    assert stale(alice.put(path, {"version": 1, "nonsense": 2})) == present
    assert alice.put(path, {name: "Fourth", "version": 3}).headers["ETag"] == '"4"'


@pytest.mark.parametrize("tail", ["", "&purge=true"])
@pytest.mark.parametrize(("noun", "name", "values"), [KINDS[0], KINDS[2], KINDS[3]])
def test_a_deletion_keeps_them_too(
    alice: Api, noun: str, name: str, values: Any, tail: str
) -> None:
    tail = tail if noun == "todos" else ""
    path = third(alice, noun, name, values)
    present = alice.get(path).get_json()
    assert stale(alice.delete(f"{path}?version=2{tail}")) == present
    response = alice.delete(f"{path}?{tail[1:]}", headers={"If-Match": '"2"'})
    assert stale(response) == present
    response = alice.delete(f"{path}?version=3{tail}", headers={"If-Match": 'W/"3"'})
    assert response.status_code == 204


def test_a_restore_keeps_them_too(alice: Api) -> None:
    path = third(alice, *KINDS[0])
    alice.delete(path)
    present = alice.get(path).get_json()
    assert stale(alice.post(f"{path}/restore", {"version": 3})) == present
    assert stale(alice.post(f"{path}/restore?version=3")) == present
    assert stale(alice.post(f"{path}/restore", headers={"If-Match": '"3"'})) == present
    assert stale(alice.post(f"{path}/restore", {"version": 3, "nonsense": 1})) == present
    assert alice.post(f"{path}/restore", {"version": 4}).headers["ETag"] == '"5"'


def test_what_is_hidden_is_not_told_by_a_precondition(alice: Api, bob: Api) -> None:
    path = third(alice, *KINDS[0])
    problem(bob.patch(path, {"version": 1}), 404, "not-found")
    problem(bob.delete(path, headers={"If-Match": "*"}), 404, "not-found")


@of_every_kind
def test_if_none_match_saves_sending_what_is_known(
    alice: Api, noun: str, name: str, values: Any
) -> None:
    path = third(alice, noun, name, values)
    for header in HOLD:
        for method in ("GET", "HEAD"):
            response = alice.call(method, path, headers={"If-None-Match": header})
            assert (header, response.status_code, response.data) == (header, 304, b"")
            assert response.headers["ETag"] == '"3"'
    for header in FAIL:
        response = alice.get(path, headers={"If-None-Match": header})
        assert (header, response.status_code) == (header, 200)
        assert response.get_json()[name] == "Third"


@of_every_kind
def test_if_none_match_means_nothing_to_a_write(
    alice: Api, noun: str, name: str, values: Any
) -> None:
    path = third(alice, noun, name, values)
    for header in ('"4"', "*"):
        response = alice.patch(path, {name: f"Not {header}"}, headers={"If-None-Match": header})
        assert (response.status_code, response.get_json()[name]) == (200, f"Not {header}")
