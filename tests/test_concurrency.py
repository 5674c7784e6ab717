"""Many at once: everybody gets through, nobody's write is lost, and what must not happen cannot."""

import http.client
import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import psycopg
import pytest
from flask import Flask

from tests.support import counts, postgres, serve
from tests.support.api import Api, problem
from tests.support.serve import Answer, Server

WRITERS = 16


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """The service as it is shipped: two workers with four threads each."""
    chosen = {"workers": "2", "threads": "4"}
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_server")
        chosen["database_url"] = postgres.new_database(url, "crowd")
    with serve.gunicorn(tmp_path_factory.mktemp("crowd"), **chosen) as running:
        yield running


def at_once(count: int, do: Callable[[int], Any]) -> list[Any]:
    """Return what `do` gives for 0, 1, …, each on a thread of its own, all let go together."""
    gate = threading.Barrier(count)

    def one(number: int) -> Any:
        gate.wait(serve.PATIENCE)
        return do(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def every_title(server: Server) -> list[str]:
    """Return the titles on all pages."""
    titles: list[str] = []
    path = "/api/v1/todos?page_size=200"
    while True:
        page = server.call("GET", path).json
        titles += [todo["title"] for todo in page["todos"]]
        if page["next_page_token"] is None:
            return titles
        path = f"/api/v1/todos?page_size=200&page_token={page['next_page_token']}"


def test_sixteen_writers_in_two_processes_all_succeed(server: Server) -> None:
    workers = psutil.Process(server.process.pid).children()
    assert len(workers) == 2

    def write(writer: int) -> list[Answer]:
        answers = []
        for n in range(20):
            body = {"title": f"writer {writer}, todo {n}", "tags": ["crowd"]}
            answers.append(server.call("POST", "/api/v1/todos", body))
            assert server.call("GET", "/api/v1/todos?page_size=5").status == 200
        return answers

    answers = [answer for some in at_once(WRITERS, write) for answer in some]
    assert statuses(answers) == {201: WRITERS * 20}
    titles = Counter(title for title in every_title(server) if title.startswith("writer "))
    assert titles == {f"writer {w}, todo {n}": 1 for w in range(WRITERS) for n in range(20)}
    assert len({answer.json["id"] for answer in answers}) == WRITERS * 20
    assert "locked" not in server.log.read_text()


def test_of_many_changes_to_one_version_exactly_one_wins(server: Server) -> None:
    todo = server.call("POST", "/api/v1/todos", {"title": "wanted by all"}).json
    path = f"/api/v1/todos/{todo['id']}"

    def change(writer: int) -> Answer:
        if writer % 2:
            return server.call("PATCH", path, {"title": f"by {writer}", "version": 1})
        return server.call("PATCH", path, {"title": f"by {writer}"}, If_Match='"1"')

    answers = at_once(WRITERS, change)
    assert statuses(answers) == {200: 1, 412: WRITERS - 1}
    [winner] = [answer.json for answer in answers if answer.status == 200]
    assert server.call("GET", path).json == winner
    for loser in answers:
        if loser.status == 412:
            assert loser.json["current"] == winner
    assert len(server.call("GET", f"{path}/history").json["changes"]) == 2


def test_changes_without_a_version_are_all_counted(server: Server) -> None:
    todo = server.call("POST", "/api/v1/todos", {"title": "0"}).json
    path = f"/api/v1/todos/{todo['id']}"
    answers = at_once(WRITERS, lambda n: server.call("PATCH", path, {"title": f"change {n}"}))
    assert statuses(answers) == {200: WRITERS}
    assert sorted(answer.json["version"] for answer in answers) == list(range(2, WRITERS + 2))


def test_a_uid_that_many_want_is_one_todos(server: Server) -> None:
    body = {"title": "mine", "uid": "wanted-by-all"}
    answers = at_once(WRITERS, lambda _: server.call("POST", "/api/v1/todos", body))
    assert statuses(answers) == {201: 1, 409: WRITERS - 1}


def test_moves_at_once_cannot_close_a_circle(server: Server) -> None:
    for attempt in range(10):
        pair = [
            server.call("POST", "/api/v1/todos", {"title": f"circle {attempt}"}).json["id"]
            for _ in range(2)
        ]

        def below(n: int, pair: list[int] = pair) -> Answer:
            body = {"parent_id": pair[1 - n]}
            return server.call("PATCH", f"/api/v1/todos/{pair[n]}", body)

        answers = at_once(2, below)
        assert statuses(answers) == {200: 1, 422: 1}, [answer.body for answer in answers]
        parents = [server.call("GET", f"/api/v1/todos/{one}").json["parent_id"] for one in pair]
        assert parents.count(None) == 1


def test_todos_trashed_while_subtasks_arrive_leave_none_behind(server: Server) -> None:
    for _ in range(10):
        parent = server.call("POST", "/api/v1/todos", {"title": "parent"}).json["id"]

        def act(n: int, parent: int = parent) -> Answer:
            if n == 0:
                return server.call("DELETE", f"/api/v1/todos/{parent}")
            return server.call("POST", "/api/v1/todos", {"title": "child", "parent_id": parent})

        deleted, *added = at_once(4, act)
        assert deleted.status == 204
        assert set(statuses(added)) <= {201, 422}
        left = server.call("GET", f"/api/v1/todos?parent_id={parent}").json["todos"]
        assert [todo["parent_id"] for todo in left] == []


def test_renamed_tags_and_changed_todos_are_all_counted(server: Server) -> None:
    names = ["crowd-home", "crowd-house"]
    paths = [
        f"/api/v1/todos/{server.call('POST', '/api/v1/todos', body).json['id']}"
        for body in [{"title": "tagged", "tags": tags} for tags in (names[:1], names[1:], names)]
    ]

    def act(n: int) -> Answer:
        if n % 2:
            return server.call("PATCH", paths[n % 3], {"title": f"by {n}"})
        old, new = names if n % 4 else reversed(names)
        return server.call("PATCH", f"/api/v1/tags/{old}", {"name": new})

    answers = at_once(WRITERS, act)
    assert set(statuses(answers)) <= {200, 404}, [answer.body for answer in answers]
    assert all(answer.status == 200 for answer in answers[1::2])
    todos = [server.call("GET", path).json for path in paths]
    # Which of two opposite renamings came last may differ from todo to todo.
    assert all(todo["tags"] in (names[:1], names[1:]) for todo in todos)
    for path, todo in zip(paths, todos, strict=True):
        assert len(server.call("GET", f"{path}/history").json["changes"]) == todo["version"]


def test_a_killed_worker_holds_nobody_up(server: Server) -> None:
    """Killed in the midst of writing; what it had acknowledged stays, what it had not is undone."""
    acknowledged: list[int] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            try:
                answer = server.call("POST", "/api/v1/todos", {"title": "under fire"})
            except (OSError, http.client.HTTPException):
                continue  # this one's worker was killed
            assert answer.status == 201, answer.body
            acknowledged.append(answer.json["id"])

    master = psutil.Process(server.process.pid)
    with ThreadPoolExecutor(4) as pool:
        writers = [pool.submit(write) for _ in range(4)]
        try:
            for _ in range(3):
                _await_writes(acknowledged, 5)
                victim = serve.wait_until(master.children, "a worker")[0]
                os.kill(victim.pid, signal.SIGKILL)
            _await_writes(acknowledged, 20)
        finally:
            stop.set()
        for writer in writers:
            writer.result()
    for todo_id in acknowledged:
        answer = server.call("GET", f"/api/v1/todos/{todo_id}")
        assert (answer.status, answer.json["version"]) == (200, 1)


def _await_writes(acknowledged: list[int], count: int) -> None:
    seen = len(acknowledged)
    serve.wait_until(lambda: len(acknowledged) > seen + count, "writes")


def test_a_uid_that_was_free_a_moment_ago_is_a_conflict(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    other = alice.todo(uid="other")
    rival.execute("UPDATE todo SET uid = 'same' WHERE id = %s", [other["id"]])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(alice.post, "todos", {"title": "late", "uid": "same"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the late one to wait")
        rival.commit()
        problem(late.result(), 409, "conflict")


def test_a_tag_that_was_just_added_is_merged(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    todo = alice.todo(tags=["home"])
    rival.execute("UPDATE todo SET version = version + 1 WHERE id = %s", [todo["id"]])
    rival.execute(
        "INSERT INTO todo_tag (todo_id, list_id, created_at, is_live, position, key, name)"
        " SELECT id, list_id, created_at, true, 1, 'house', 'house' FROM todo WHERE id = %s",
        [todo["id"]],
    )
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(alice.patch, "tags/home", {"name": "House"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the renaming to wait")
        rival.commit()
        assert late.result().get_json() == {"name": "House", "todo_count": 1}
    after = alice.get(f"todos/{todo['id']}").get_json()
    assert (after["tags"], after["version"]) == (["House"], 3)


def test_who_uses_a_tag_does_not_wait_for_others_who_do(
    app: Flask, alice: Api, rival: psycopg.Connection[Any]
) -> None:
    """Its count would stop all others until the commit, if it were one row."""
    todo = alice.todo(tags=["home"])
    rival.execute("UPDATE todo SET deleted_at = updated_at, trashed_by = 'x'")
    for _ in range(2):
        alice.todo(tags=["home"])
    rival.commit()
    counts.are_right(app)
    rows = "SELECT uses FROM tag_count"
    assert sorted(rival.execute(rows).fetchall()) == [(2,)]
    rival.execute("UPDATE tag_count SET uses = uses")
    alice.delete(f"todos/{alice.ids()[0]}")
    rival.commit()
    counts.are_right(app)
    assert sorted(rival.execute(rows).fetchall()) == [(-1,), (2,)]
    alice.post(f"todos/{todo['id']}/restore")  # puts them together
    counts.are_right(app)
    assert rival.execute(rows).fetchall() == [(2,)]


def test_a_tag_that_was_just_taken_off_stays_off(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    todo = alice.todo(tags=["home"])
    rival.execute("UPDATE todo SET version = version + 1 WHERE id = %s", [todo["id"]])
    rival.execute("DELETE FROM todo_tag WHERE todo_id = %s", [todo["id"]])
    with ThreadPoolExecutor(1) as pool:
        late = pool.submit(alice.patch, "tags/home", {"name": "house"})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the renaming to wait")
        rival.commit()
        assert late.result().get_json() == {"name": "house", "todo_count": 0}
    after = alice.get(f"todos/{todo['id']}").get_json()
    assert (after["tags"], after["version"]) == ([], 2)


def test_a_deadlock_is_resolved_unseen(
    alice: Api, rival: psycopg.Connection[Any], postgresql_url: str
) -> None:
    parent, child = alice.todo("parent"), alice.todo("child")
    rival.execute("SET deadlock_timeout = '20s'")  # so that it is the move that is undone
    rival.execute("SELECT 1 FROM todo_list WHERE id = %s FOR UPDATE", [child["list_id"]])
    with ThreadPoolExecutor(1) as pool:
        move = pool.submit(alice.patch, f"todos/{child['id']}", {"parent_id": parent["id"]})
        serve.wait_until(lambda: postgres.somebody_waits(postgresql_url), "the move to wait")
        rival.execute("UPDATE todo SET title = 'by the rival' WHERE id = %s", [child["id"]])
        rival.commit()
        moved = move.result()
    assert moved.status_code == 200, moved.text
    assert moved.get_json()["parent_id"] == parent["id"]
    assert moved.get_json()["title"] == "by the rival"
