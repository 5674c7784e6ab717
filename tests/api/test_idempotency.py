"""Retries: a POST with an Idempotency-Key is done once, and answered alike each time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.support import postgres, serve
from tests.support.api import Api, problem, wrong
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import IdempotentAnswer, Membership
from todoapp.services.idempotency import KEPT

Share = Callable[[int, Api, str], None]


def send(api: Api, path: str = "todos", body: Any = None, key: str = "k1") -> TestResponse:
    return api.post(path, body or {"title": "Buy milk"}, headers={"Idempotency-Key": key})


def answers(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count()).select_from(IdempotentAnswer)) or 0


def age(app: Flask, by: timedelta) -> None:
    """Make every answer kept so far older."""
    with app.app_context(), unit_of_work():
        db.session.execute(update(IdempotentAnswer).values(created_at=utcnow() - by))


@pytest.mark.parametrize("key", ["k1", '"k1"', "a b/c:=é", "x" * 255])
def test_a_retry_is_answered_alike_and_done_once(alice: Api, key: str) -> None:
    first, second = send(alice, key=key), send(alice, key=key)
    assert (first.status_code, first.data) == (second.status_code, second.data)
    for name in ("Content-Type", "ETag", "Location", "Change-Id"):
        assert first.headers[name] == second.headers[name]
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert first.headers["Request-Id"] != second.headers["Request-Id"]
    assert len(alice.ids()) == 1


def test_a_quoted_key_and_a_bare_one_are_the_same(alice: Api) -> None:
    assert send(alice, key='"k1"').get_json() == send(alice, key="k1").get_json()


def test_the_answer_stays_what_it_was(alice: Api) -> None:
    made = send(alice).get_json()
    alice.patch(f"todos/{made['id']}", {"title": "Changed"})
    assert send(alice).get_json() == made


@pytest.mark.parametrize(
    ("path", "body"), [("todos", {"title": "Other"}), ("todos?", {"title": "Buy milk "})]
)
def test_another_request_with_the_key_is_refused(alice: Api, path: str, body: Any) -> None:
    send(alice)
    assert wrong(send(alice, path, body)) == {"Idempotency-Key": "reused"}
    assert len(alice.ids()) == 1


def test_another_query_is_another_request(alice: Api) -> None:
    send(alice)
    response = send(alice, "todos?validate_only=false")
    assert wrong(response) == {"Idempotency-Key": "reused"}


def test_a_key_belongs_to_its_user_and_its_path(alice: Api, bob: Api) -> None:
    todo = send(alice).get_json()
    assert send(bob).status_code == 201
    assert send(alice, "lists", {"name": "Groceries"}).status_code == 201
    alice.delete(f"todos/{todo['id']}")
    restored = [send(alice, f"todos/{todo['id']}/restore", {"version": 2}) for _ in range(2)]
    assert [response.status_code for response in restored] == [200, 200]
    assert restored[1].headers["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256])
def test_it_refuses_a_key_that_is_empty_or_too_long(alice: Api, key: str) -> None:
    assert wrong(send(alice, key=key)) == {"Idempotency-Key": "length"}
    assert alice.ids() == []


def test_a_refusal_is_not_kept(app: Flask, alice: Api) -> None:
    assert send(alice, body={"title": ""}).status_code == 422
    assert answers(app) == 0
    assert send(alice).status_code == 201


def test_a_try_ignores_it(app: Flask, alice: Api) -> None:
    for path in ("todos", "api-keys"):
        body = {"title": "x"} if path == "todos" else {"name": "x", "scopes": ["account"]}
        assert send(alice, f"{path}?validate_only=true", body).get_json() == {"valid": True}
    assert answers(app) == 0


def test_secrets_are_not_kept(app: Flask, alice: Api) -> None:
    response = send(alice, "api-keys", {"name": "x", "scopes": ["account"]})
    assert wrong(response) == {"Idempotency-Key": "refused"}
    assert answers(app) == 0


def test_other_methods_ignore_it(app: Flask, alice: Api) -> None:
    todo = alice.todo()
    header = {"Idempotency-Key": "k1"}
    for title in ("One", "Two"):
        changed = alice.patch(f"todos/{todo['id']}", {"title": title}, headers=header)
        assert changed.get_json()["title"] == title
    assert answers(app) == 0


def test_who_no_longer_sees_it_gets_no_answer(
    app: Flask, alice: Api, bob: Api, share: Share
) -> None:
    groceries = alice.make_list()
    share(groceries["id"], bob, "editor")
    body = {"title": "x", "list_id": groceries["id"]}
    assert send(bob, body=body).status_code == 201
    with app.app_context(), unit_of_work():
        db.session.query(Membership).filter_by(
            list_id=groceries["id"], user_id=bob.actor and bob.actor.user_id
        ).delete()
    problem(send(bob, body=body), 404, "not-found")


def test_an_answer_is_not_replayed_to_a_key_for_other_lists(app: Flask, alice: Api) -> None:
    """[8.2.2] Nor one that has changed nothing, of which the log says nothing."""
    secret, open_ = (alice.make_list(name)["id"] for name in "ab")
    todo = alice.todo("Secret", list_id=secret)["id"]
    body = {"operations": [{"op": "update", "id": todo, "todo": {"title": "Secret"}}]}
    scopes = ["todos:read", "todos:write"]
    few, same, other = (
        Api(app, alice.made("api-keys", {"name": "few", "scopes": scopes, "list_ids": ids})["key"])
        for ids in ([open_, secret], [secret, open_], [open_])
    )
    for first in (alice, few):
        assert send(first, "todos/batch", body).status_code == 200
    problem(send(other, "todos/batch", body), 404, "not-found")
    assert send(same, "todos/batch", body).headers["Idempotent-Replayed"] == "true"


def test_the_scope_is_asked_for_each_time(person: Callable[..., Api]) -> None:
    writer = person("wanda")
    send(writer)
    made = writer.made("api-keys", {"name": "narrow", "scopes": ["todos:read"]})
    reader = Api(writer.app, made["key"])
    problem(send(reader), 403, "insufficient-scope")


def test_after_a_day_the_key_is_new(app: Flask, alice: Api) -> None:
    first = send(alice).get_json()
    age(app, KEPT - timedelta(minutes=1))
    assert send(alice).get_json() == first
    age(app, KEPT)
    assert send(alice).get_json()["id"] != first["id"]
    assert answers(app) == 1


def test_the_table_cleans_itself(app: Flask, alice: Api) -> None:
    for number in range(5):
        send(alice, key=f"old {number}")
    age(app, KEPT)
    send(alice, key="new")
    assert answers(app) == 1


def test_it_takes_a_fixed_number_of_statements(app: Flask, alice: Api) -> None:
    send(alice)
    with counted(app) as statements:
        send(alice, key="k2")
    with counted(app) as replayed:
        send(alice, key="k2")
    assert len(statements) <= 13
    assert len(replayed) <= 5


def test_while_the_first_is_under_way_the_second_is_told_to_wait(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    inbox = alice.todo()["list_id"]
    rival.execute("SELECT 1 FROM todo_list WHERE id = %s FOR UPDATE", [inbox])
    body = {"title": "x", "list_id": inbox}
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(send, alice, body=body)
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the first to wait")
        problem(send(alice, body=body), 409, "request-in-progress")
        rival.commit()
        assert first.result().status_code == 201
    assert send(alice, body=body).headers["Idempotent-Replayed"] == "true"


def test_of_many_at_once_one_is_done(app: Flask, alice: Api) -> None:
    with ThreadPoolExecutor(4) as pool:
        got = list(pool.map(lambda _: send(alice), range(8)))
    assert {response.status_code for response in got} <= {201, 409}
    bodies = {response.data for response in got if response.status_code == 201}
    assert len(bodies) == len(alice.ids()) == 1
