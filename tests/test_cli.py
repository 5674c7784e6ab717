"""`flask todo …`: what each command does and says, and how it refuses."""

import re
import socket
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import update

from tests.support import serve
from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.models import Change, User
from todoapp.settings import ROOT

Run = Callable[..., Result]


@pytest.fixture
def todo(app: Flask) -> Run:
    """Return a function that runs a command in this process, on each engine in turn."""
    runner = app.test_cli_runner()
    return lambda *arguments, stdin="": runner.invoke(args=["todo", *arguments], input=stdin)


def done(result: Result) -> str:
    """Assert that a command succeeded; return what it printed."""
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    return result.stdout


def refused(result: Result) -> str:
    """Assert that a command failed and said why in one line; return the line."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1, result.stderr
    return result.stderr


def test_the_first_start_makes_an_administrator_and_a_key_and_the_next_does_not(
    tmp_path: Path,
) -> None:
    env = serve.environment(tmp_path)
    first = serve.todo("init", env=env)
    assert first.returncode == 0, first.stderr
    assert re.search(r"password +\S{16}\n", first.stdout)
    assert len(set(serve.KEY.findall(first.stdout))) == 1
    assert re.search(rf"log in at +http://{env['TODOAPP_BIND']}/admin\n", first.stdout)
    assert first.stdout.count(f"curl http://{env['TODOAPP_BIND']}/api/v1/todos") == 2
    again = serve.todo("init", env=env)
    assert (again.returncode, again.stdout) == (0, "")
    listed = serve.todo("keys", env=env).stdout.splitlines()
    assert len(listed) == 1
    assert re.search(r"admin +never used +todos:read todos:write account +first key", listed[0])


def test_the_guest_is_made_when_guests_are_let_in(tmp_path: Path) -> None:
    env = serve.environment(tmp_path)
    assert serve.KEY.search(serve.todo("init", env=env).stdout)
    let_in = env | {"TODOAPP_GUEST_ACCESS": "true"}
    for _ in range(2):
        assert serve.todo("init", env=let_in).returncode == 0
    listed = serve.todo("keys", "guest", env=env)
    assert (listed.returncode, listed.stdout) == (0, "")


def test_the_guest_alone_is_not_an_administrator(tmp_path: Path) -> None:
    env = serve.environment(tmp_path, guest_access="true")
    assert serve.KEY.search(serve.todo("init", env=env).stdout)


def test_a_person_is_added_with_an_inbox_and_can_be_given_a_key(todo: Run, app: Flask) -> None:
    made = todo("create-user", "ann", "--email", "ann@example.com", "--timezone", "Europe/Berlin")
    assert done(made) == "Added ann.\n"
    key = done(todo("create-key", "ann", "--name", "k", "--scopes", "todos:read, todos:write"))
    assert serve.KEY.fullmatch(key.rstrip("\n"))
    ann = Api(app, key.strip())
    assert ann.get("me").get_json()["timezone"] == "Europe/Berlin"
    assert ann.todo()["created_by"] == "ann"


def test_a_password_comes_from_standard_input_only(todo: Run) -> None:
    added = todo("create-user", "ann", "--password-stdin", stdin="correct horse\n")
    assert done(added) == "Added ann.\n"
    assert todo("create-user", "bob", "--password", "correct horse").exit_code == 2


@pytest.mark.parametrize(
    ("arguments", "stdin", "about"),
    [
        (["ann"], "", "name ann is taken"),
        (["bob", "--email", "ann@example.com"], "", "ann@example.com"),
        (["guest"], "", "reserved"),
        (["me"], "", "reserved"),
        (["Bob"], "", "username"),
        (["a" * 40], "", "username"),
        (["bob", "--role", "king"], "", "role"),
        (["bob", "--email", "nowhere"], "", "email"),
        (["bob", "--timezone", "Mars/Base"], "", "timezone"),
        (["bob", "--password-stdin"], "short\n", "password"),
        (["bob", "--password-stdin"], "\n", "password"),
        (["bob", "--password-stdin"], "", "password"),
        (["bob", "--password-stdin"], "x" * 257 + "\n", "password"),
    ],
)
def test_it_refuses_a_person_that_cannot_be(
    todo: Run, arguments: list[str], stdin: str, about: str
) -> None:
    done(todo("create-user", "ann", "--email", "ann@example.com"))
    sentence = refused(todo("create-user", *arguments, stdin=stdin))
    assert about in sentence
    if stdin.strip():
        assert stdin.strip() not in sentence
    assert done(todo("create-user", "carol")) == "Added carol.\n"


def test_people_are_listed(todo: Run, alice: Api, bob: Api) -> None:
    alice.patch("me", {"email": "alice@example.com"})
    done(todo("deactivate", "bob"))
    first, second = done(todo("users")).splitlines()
    assert re.fullmatch(r"alice +member seen 20\S+ \S+ +alice@example.com", first)
    assert re.fullmatch(r"bob +member deactivated", second)


def test_the_operator_makes_administrators_and_keeps_one(todo: Run, alice: Api, bob: Api) -> None:
    assert done(todo("set-role", "alice", "admin")) == "alice is admin now.\n"
    assert alice.get("me").get_json()["role"] == "admin"
    for command in (["set-role", "alice", "member"], ["deactivate", "alice"]):
        assert "last active administrator" in refused(todo(*command))
    assert "last active" in refused(todo("delete-user", "alice", "--lists-to", "bob"))
    assert "role" in refused(todo("set-role", "alice", "king"))
    assert "no user nobody" in refused(todo("set-role", "nobody", "admin"))
    assert "guest" in refused(todo("set-role", "guest", "admin"))


def test_the_operator_shuts_out_and_lets_in(todo: Run, alice: Api) -> None:
    assert done(todo("deactivate", "alice")) == "alice is shut out.\n"
    assert alice.get("me").status_code == 401
    assert done(todo("activate", "alice")) == "alice is let in again.\n"
    assert alice.get("me").status_code == 401  # with another key
    assert "revoked" in done(todo("keys", "alice"))


def test_the_operator_deletes_an_account(todo: Run, alice: Api, bob: Api) -> None:
    alice.todo("Milk")
    assert todo("delete-user", "alice").exit_code == 2
    assert "no user nobody" in refused(todo("delete-user", "alice", "--lists-to", "nobody"))
    assert "--lists-to: Say who else" in refused(
        todo("delete-user", "alice", "--lists-to", "alice")
    )
    deleted = todo("delete-user", "alice", "--lists-to", "bob", "--trash")
    assert done(deleted) == "Deleted alice; the lists are bob's now.\n"
    trashed = bob.get("lists?trashed=true").get_json()["lists"]
    assert [one["name"] for one in trashed] == ["alice's Inbox"]
    assert "no user alice" in refused(todo("create-key", "alice", "--name", "k", "--scopes", "x"))
    assert "alice" not in done(todo("users"))


def test_the_locked_out_get_a_password_that_must_be_changed(
    todo: Run, app: Flask, alice: Api
) -> None:
    with app.app_context(), unit_of_work():
        changed = {"totp_salt": "x", "totp_enabled_at": utcnow()}
        db.session.execute(update(User).values(**changed))
    printed = done(todo("reset-password", "alice")).strip()
    assert re.fullmatch(r"[\w-]{16}", printed)
    me = alice.get("me").get_json()
    assert (me["must_change_password"], me["two_factor_enabled"]) == (True, True)
    change = {"current_password": printed, "new_password": "correct horse"}
    assert alice.put("me/password", change).status_code == 204
    done(todo("reset-second-factor", "alice"))
    assert alice.get("me").get_json()["two_factor_enabled"] is False
    told = alice.get("changes?noun=user").get_json()["changes"]
    assert told[-1]["diff"]["two_factor_enabled"] == [True, False]
    assert printed not in str(told)


def test_a_chosen_password_comes_from_standard_input(todo: Run, alice: Api) -> None:
    reset = todo("reset-password", "alice", "--password-stdin", stdin="correct horse\n")
    assert done(reset) == "The password is changed.\n"
    assert alice.get("me").get_json()["must_change_password"] is False
    change = {"current_password": "correct horse", "new_password": "battery staple"}
    assert alice.put("me/password", change).status_code == 204
    for weak in ("", "short", "password1", "alice2026", "x" * 257):
        sentence = refused(todo("reset-password", "alice", "--password-stdin", stdin=f"{weak}\n"))
        assert "password" in sentence


@pytest.mark.parametrize(
    ("user", "name", "scopes", "expires", "about"),
    [
        ("nobody", "k", "todos:read", None, "no user nobody"),
        ("alice", "", "todos:read", None, "name"),
        ("alice", "k" * 101, "todos:read", None, "name"),
        ("alice", "k", "todos:everything", None, "scopes"),
        ("alice", "k", "", None, "scopes"),
        ("alice", "k", "todos:read", "tomorrow", "--expires: "),
        ("alice", "k", "todos:read", "2d", "7d, 30d, 90d, 1y"),
        ("alice", "k", "admin", None, "alice is no administrator"),
        ("alice", "k", "todos:read", "2030-01-01T00:00:00", "--expires: "),
        ("alice", "k", "todos:read", "2001-01-01T00:00:00Z", "--expires: "),
    ],
)
def test_it_refuses_a_key_that_cannot_be(
    todo: Run, alice: Api, user: str, name: str, scopes: str, expires: str | None, about: str
) -> None:
    until = [] if expires is None else ["--expires", expires]
    made = todo("create-key", user, "--name", name, "--scopes", scopes, *until)
    assert about in refused(made)


def test_the_keys_are_listed_with_what_became_of_them(todo: Run, alice: Api, bob: Api) -> None:
    def make(name: str, *more: str) -> str:
        return done(todo("create-key", "alice", "--name", name, "--scopes", "todos:read", *more))

    make("new")
    make("brief", "--expires", "2030-01-02T00:00:00Z")
    make("briefer", "--expires", "7d")
    done(todo("revoke-key", make("ended").strip()))
    listed = done(todo("keys", "alice"))
    told = {line.split()[-1]: line for line in listed.splitlines()}
    assert "never used" in told["new"]
    assert "expires 2030-01-02" in told["brief"]
    assert f"expires {utcnow() + timedelta(days=7):%Y-%m-}" in told["briefer"]
    assert re.search(r"revoked \d{4}-", told["ended"])
    assert not serve.KEY.search(listed)
    assert "bob" not in listed
    assert "bob's key" in done(todo("keys"))
    assert "no user nobody" in refused(todo("keys", "nobody"))


def test_a_key_is_made_for_some_todos(todo: Run, app: Flask, alice: Api) -> None:
    def make(row_filter: str) -> Result:
        return todo("create-key", "alice", *wanted, "--filter", row_filter)

    wanted = ("--name", "ci", "--scopes", "todos:read")
    inside = alice.todo(tags=["ci"])["id"]
    alice.todo()
    assert Api(app, done(make("tags : ci")).strip()).ids() == [inside]
    assert "filter: Unknown field" in refused(make("tagz : ci"))


@pytest.mark.parametrize("length", [13, None], ids=["by its beginning", "whole"])
def test_a_revoked_key_opens_nothing(todo: Run, alice: Api, length: int | None) -> None:
    assert alice.key
    assert done(todo("revoke-key", alice.key[:length])) == "Revoked.\n"
    assert alice.get("me").status_code == 401
    assert done(todo("revoke-key", alice.key[:length])) == "Revoked.\n"


@pytest.mark.parametrize("key", ["", "todo_", "todo_aaaaaaaa", "aaaaaaaa", "' OR 1=1 --"])
def test_it_cannot_revoke_a_key_that_does_not_exist(todo: Run, key: str) -> None:
    assert "No such API key" in refused(todo("revoke-key", key))


def test_every_route_is_listed_with_its_scope(todo: Run, app: Flask) -> None:
    lines = done(todo("routes")).splitlines()
    assert len(lines) == len(list(app.url_map.iter_rules()))
    told = {tuple(line.split()[:2]): line.split(maxsplit=2)[2] for line in lines}
    assert told["GET", "/api/v1/todos"] == "todos:read"
    assert told["POST", "/api/v1/todos"] == "todos:write"
    assert told["GET", "/api/v1/me"] == "any key"
    assert told["GET", "/livez"] == "-"


def test_the_reference_of_the_settings_is_the_page_in_the_documents(todo: Run) -> None:
    page = ROOT / "docs" / "configuration.md"
    assert done(todo("settings")) == page.read_text(encoding="utf-8")


def test_the_demo_is_made_once(todo: Run) -> None:
    assert done(todo("demo")).startswith("Added ")
    assert "nothing was changed" in done(todo("demo"))


@pytest.mark.parametrize(
    ("chosen", "about"),
    [
        ({"workers": "many"}, "TODOAPP_WORKERS"),
        ({"colour": "red"}, "TODOAPP_COLOUR"),
        ({"data_dir": "/dev/null/data"}, "TODOAPP_DATA_DIR"),
        ({"database_url": "sqlite:////dev/null/todo.db"}, "database"),
        ({"database_url": "postgresql://localhost:1/todo"}, "database"),
    ],
)
def test_a_start_that_cannot_be_says_why_in_one_line(
    tmp_path: Path, chosen: dict[str, str], about: str
) -> None:
    bad = {f"TODOAPP_{name.upper()}": value for name, value in chosen.items()}
    finished = serve.todo("init", env=serve.environment(tmp_path) | bad)
    assert about in serve.one_sentence(finished)


def test_a_database_without_tables_is_no_traceback(tmp_path: Path) -> None:
    finished = serve.todo("keys", env=serve.environment(tmp_path))
    told = serve.one_sentence(finished)
    assert f"The database sqlite:///{tmp_path}" in told
    assert "no such table" in told
    assert told.rstrip().endswith(". Is it migrated? (flask todo init)")


def test_an_address_that_is_taken_stops_the_first_start(tmp_path: Path) -> None:
    env = serve.environment(tmp_path)
    with socket.create_server(("127.0.0.1", int(env["TODOAPP_BIND"].split(":")[1]))):
        sentence = serve.one_sentence(serve.todo("init", env=env))
        assert f"cannot listen on {env['TODOAPP_BIND']}" in sentence
        assert serve.todo("users", env=env).stdout == ""
    assert "Welcome" in serve.todo("init", env=env).stdout


def test_what_serves_already_can_be_migrated(tmp_path: Path) -> None:
    env = serve.environment(tmp_path)
    serve.todo("init", env=env)
    with socket.create_server(("127.0.0.1", int(env["TODOAPP_BIND"].split(":")[1]))):
        again = serve.todo("init", env=env)
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_a_database_that_is_away_is_not_to_be_migrated(tmp_path: Path) -> None:
    url = f"postgresql://ann:secret@127.0.0.1:{serve.free_port()}/todo"
    env = serve.environment(tmp_path) | {"TODOAPP_DATABASE_URL": url}
    told = serve.one_sentence(serve.todo("keys", env=env))
    assert "ann:***@127.0.0.1" in told
    assert "onnection refused" in told
    assert "migrated" not in told


def test_old_changes_are_forgotten(todo: Run, app: Flask, alice: Api) -> None:
    alice.todo()
    nothing = "Purged 0 todos and lists, 30 days in the trash.\n"
    assert done(todo("prune")) == f"Forgot 0 changes older than 400 days.\n{nothing}"
    with app.app_context(), unit_of_work():
        old = update(Change).values(at=utcnow() - timedelta(days=401)).returning(Change.id)
        count = len(db.session.scalars(old).all())
    assert done(todo("prune")).startswith(f"Forgot {count} changes older than 400 days.\n")
    assert alice.get("changes?after=1").status_code == 410


def test_an_export_is_that_of_the_api(todo: Run, alice: Api, bob: Api) -> None:
    bob.todo("Not alice's")
    for title in ("=1", "Buy milk"):
        alice.todo(title, due_date="2030-01-01")
    asked = "due=any&sort=title&fields=id,title"
    for format_ in ("jsonl", "csv"):
        written = todo("export", "--user", "alice", "--format", format_, asked)
        assert written.exit_code == 0, written.output
        shown = alice.get(f"todos/export?format={format_}&{asked}").data
        assert written.stdout_bytes == shown
    assert done(todo("export", "--user", "alice")).count("\n") == 2
    for unknown in ("state", "page_size"):
        said = refused(todo("export", "--user", "alice", f"{unknown}=1"))
        assert said == f"Error: {unknown}: Unknown parameter.\n"
    assert "nobody" in refused(todo("export", "--user", "nobody"))


def test_the_configuration_is_printed_without_its_secrets(app: Flask, todo: Run) -> None:
    printed = done(todo("config"))
    assert "TODOAPP_SQLITE_SYNCHRONOUS=normal  # TODOAPP_SQLITE_SYNCHRONOUS\n" in printed
    assert "TODOAPP_THREADS=4  # default\n" in printed
    assert app.config["SETTINGS"].secret_key not in printed
