"""Who may do what with a list: every role and every call, and what strangers learn: nothing."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from tests.support.api import Api
from tests.support.roles import (
    CALLS,
    MAY,
    ROLES,
    STRANGER,
    Call,
    filled,
    markdown,
    unplaced,
)
from todoapp.settings import ROOT

Share = Callable[[int, Api, str], None]
MISSING = 987_654_321


@pytest.fixture
def names(alice: Api, carol: Api, person: Callable[..., Api], share: Share) -> dict[str, int | str]:
    """Return what the calls are about: a list of alice's, what is in it, and one in the trash."""
    list_id = alice.make_list("Secret list")["id"]
    renamed = alice.patch(f"lists/{list_id}", {"description": "Secret indeed"})
    gone = alice.make_list("Gone")["id"]
    todo = alice.todo("Secret", list_id=list_id, tags=["secret"])["id"]
    changed = alice.patch(f"todos/{todo}", {"priority": "high"})
    trashed = alice.todo("Secret, too", list_id=list_id)["id"]
    alice.delete(f"todos/{trashed}")
    share(list_id, person("dan"), "viewer")
    alice.delete(f"lists/{gone}")
    return {
        "list": list_id,
        "gone": gone,
        "todo": todo,
        "trashed": trashed,
        "tag": "secret",
        "view": alice.made("views", {"name": "Secret view", "list_id": list_id})["id"],
        "change": int(changed.headers["Change-Id"]),
        "renamed": int(renamed.headers["Change-Id"]),
    }


@pytest.fixture
def caller(alice: Api, bob: Api, share: Share, names: dict[str, Any]) -> Callable[[str], Api]:
    """Return a function that gives somebody with a role in both lists."""

    def get(role: str) -> Api:
        if role in ("viewer", "editor"):
            share(names["list"], bob, role)
            share(names["gone"], bob, role)
        return alice if role == "owner" else bob

    return get


def ask(who: Api, call: Call, names: dict[str, Any], **options: Any) -> Any:
    assert who.actor
    named = {**names, "me": who.actor.username}
    path = call.path.format(**named)
    return who.call(call.method, path, filled(call.body, named), **options)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("call", CALLS, ids=str)
def test_the_role_in_the_list_decides(
    alice: Api, caller: Callable[[str], Api], names: dict[str, Any], role: str, call: Call
) -> None:
    def seen() -> Any:
        return [
            alice.get(path.format(**names)).get_json()
            for path in (
                "lists/{list}",
                "lists/{list}/members",
                "todos?list_id={list}",
                "views",
                "lists/{gone}",
            )
        ]

    who = caller(role)
    before = seen()
    response = ask(who, call, names)
    allowed = call.demands in MAY[role]
    if allowed:
        assert response.status_code == dict(call.instead).get(role, call.status), response.text
    elif role == STRANGER:
        assert response.status_code == call.hidden
        assert "Secret" not in response.text
    else:
        assert response.status_code == 403
        assert response.get_json()["code"] in call.refusals
        assert response.get_json().get("role", role) == role
    if call.method == "GET" and response.status_code == 200:
        assert ("alice" in response.text or "ecret" in response.text) == allowed
    assert (response.status_code < 300 and allowed) or seen() == before


def test_every_call_on_lists_and_todos_is_in_the_table(app: Flask) -> None:
    assert unplaced(app) == set()


def without_names(response: Any, *names: Any) -> Any:
    document = response.get_json()
    text = str({k: v for k, v in document.items() if k not in ("request_id", "status")})
    for name in sorted(map(str, names), key=len, reverse=True):  # 42 before 4
        text = re.sub(rf"\b{re.escape(name)}\b", "ID", text)
    return response.status_code, text


HIDDEN = [call for call in CALLS if call.hidden == 404]


@pytest.mark.parametrize("call", HIDDEN, ids=str)
def test_what_is_invisible_answers_like_what_is_missing(
    bob: Api, names: dict[str, Any], call: Call
) -> None:
    invisible = ask(bob, call, names, headers={"If-Match": '"99"'})
    missing = ask(bob, call, dict.fromkeys(names, MISSING), headers={"If-Match": '"99"'})
    assert without_names(invisible, *names.values()) == without_names(missing, MISSING)
    assert set(invisible.headers.keys()) == set(missing.headers.keys())


def test_who_may_do_what_is_documented() -> None:
    """If not, put what `roles.markdown()` returns into docs/api.md."""
    assert markdown() in (ROOT / "docs/api.md").read_text()
