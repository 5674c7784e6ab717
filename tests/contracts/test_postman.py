"""The Postman collection is that of the present document. `make postman` writes it anew."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.contracts import postman
from todoapp.api.openapi import document
from todoapp.app import create_app


@pytest.fixture(scope="module")
def api(make_settings: Any) -> dict[str, Any]:
    app: Flask = create_app(make_settings())
    with app.app_context():
        return document(app)


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    collection: dict[str, Any] = json.loads(postman.PATH.read_text(encoding="utf-8"))
    return collection


def requests(collection: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for folder in collection["item"]:
        yield from folder["item"]


def test_the_collection_is_up_to_date(api: dict[str, Any]) -> None:
    assert postman.PATH.read_text(encoding="utf-8") == postman.written(api)


def test_every_call_is_in_it(api: dict[str, Any], kept: dict[str, Any]) -> None:
    documented = [call["summary"] for methods in api["paths"].values() for call in methods.values()]
    assert sorted(item["name"] for item in requests(kept)) == sorted(documented)


def test_every_request_expects_a_success(kept: dict[str, Any]) -> None:
    for item in requests(kept):
        assert "pm.response.to.have.status(2" in script(item, "test"), item["name"]


def script(item: dict[str, Any], when: str) -> str:
    """Return what runs before a request (`prerequest`) or after it (`test`)."""
    lines = [event["script"]["exec"] for event in item["event"] if event["listen"] == when]
    return "\n".join(lines[0]) if lines else ""


SETS = re.compile(r'collectionVariables\.set\("(\w+)"')
GETS = re.compile(r'collectionVariables\.get\("(\w+)"')
#: Those with $ are Postman's own.
USES = re.compile(r"{{([^$}]+)}}")


def test_variables_are_known_before_they_are_used(kept: dict[str, Any]) -> None:
    known = {variable["key"] for variable in kept["variable"] if variable["value"]}
    for item in requests(kept):
        before, request = script(item, "prerequest"), json.dumps(item["request"])
        assert set(GETS.findall(before)) <= known, item["name"]
        known |= set(SETS.findall(before))
        assert set(USES.findall(request)) <= known, item["name"]
        known |= set(SETS.findall(script(item, "test")))
    assert {"todo_id", "session_id", "refresh_token", "person", "totp_secret", "otp"} <= known


def test_every_variable_is_declared(kept: dict[str, Any]) -> None:
    declared = {variable["key"] for variable in kept["variable"]}
    assert set(USES.findall(json.dumps(kept))) <= declared
    assert {
        name for item in requests(kept) for name in SETS.findall(script(item, "test"))
    } <= declared


def test_a_login_is_read_and_ended_by_the_id_that_was_listed(kept: dict[str, Any]) -> None:
    listed = 'pm.collectionVariables.set("session_id", pm.response.json().sessions[0].id);'
    names = [item["name"] for item in requests(kept)]
    (lists,) = [item for item in requests(kept) if listed in script(item, "test")]
    assert lists["name"] == "List where you are logged in"
    place = names.index(lists["name"])
    assert names[place - 2 : place] == ["Log in", "Renew the tokens"]
    assert names[place + 1 : place + 3] == ["Read one of your logins", "Log out there"]


def test_what_others_need_goes_last(kept: dict[str, Any]) -> None:
    names = [item["name"] for item in requests(kept)]
    assert names[-2:] == ["Change your password", "Delete a person"]


def test_its_description_names_what_is_to_be_set(kept: dict[str, Any]) -> None:
    for name in ("base_url", "api_key", "username", "password"):
        assert f"`{name}`" in kept["info"]["description"]


def test_it_holds_no_key(kept: dict[str, Any]) -> None:
    for name in ("api_key", "refresh_token", "totp_secret", "otp"):
        assert {"key": name, "value": ""} in kept["variable"]
    assert "todo_" not in json.dumps(kept["auth"])
