"""What `make contract` does: hold the running service to its OpenAPI document, by others' tools.

Each is told of the service by its address alone, and knows nothing but the document that it serves.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask

from tests.contracts import postman, postman_steps
from tests.support.jobs import dead_job
from tests.support.serve import Server, gunicorn, todo
from todoapp.app import create_app
from todoapp.clock import utcnow
from todoapp.db import db, unit_of_work
from todoapp.limits import ListRole
from todoapp.models import Membership
from todoapp.services import accounts
from todoapp.settings import ROOT, Settings

HERE = Path(__file__).parent
RULES = HERE / "rules"
NODE = HERE / "node" / "node_modules" / ".bin"
PYTHON = ROOT / ".venv-contract" / "bin"
SCOPES = "todos:read,todos:write,account"
#: An administrator.
ROOT_USER = "root"
#: Of each of them; the collection has it, too.
PASSWORD = postman_steps.SET["password"]
#: Of all random choices; another one by `make contract SEED=…`.
SEED = os.environ.get("SEED") or "20261124"
#: Each is tested so long, in seconds.
FUZZING = {"alice": 45, "bob": 45, ROOT_USER: 20}
#: What only administrators may do, is tested as one.
FOR_ADMINISTRATORS = "/(users|sessions|jobs)"


@dataclass
class Stage:
    """The service, its document, and the keys of two people who share a list, and of a third.

    The third is an administrator.
    """

    server: Server
    folder: Path
    keys: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://{self.server.bind}"

    def me(self, who: str) -> Any:
        """Return who the service takes them for."""
        return self.server.call("GET", "/api/v1/me", X_API_Key=self.keys[who]).json

    @property
    def document(self) -> Path:
        return self.folder / "openapi.json"


@contextmanager
def stage() -> Iterator[Stage]:
    """Serve from a folder of its own, and leave nothing behind."""
    with TemporaryDirectory() as name, gunicorn(Path(name)) as server:
        keys = {who: _join(who, server) for who in ("alice", "bob")}
        keys[ROOT_USER] = _join(ROOT_USER, server, "admin", f"{SCOPES},admin")
        made = Stage(server, Path(name), keys)
        made.document.write_bytes(server.call("GET", "/api/v1/openapi.json").body)
        _share(server, made.keys["alice"], "bob")
        _join("ada", server)  # whom the examples let in
        dead_job(_app(server))  # which can be retried
        yield made


def _join(username: str, server: Server, role: str = "member", scopes: str = SCOPES) -> str:
    """Add somebody who is logged in, and return a key of theirs."""
    _todo(server, "create-user", username, "--role", role, "--password-stdin", stdin=PASSWORD)
    body = {"username": username, "password": PASSWORD}
    assert server.call("POST", "/api/v1/auth/token", body).status == 200
    return _todo(server, "create-key", username, "--name", "contract", "--scopes", scopes)


def _todo(server: Server, *command: str, stdin: str = "") -> str:
    done = todo(*command, env=server.env, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return str(done.stdout.strip())


def _share(server: Server, key: str, username: str) -> None:
    made = server.call("POST", "/api/v1/lists", {"name": "Shared"}, X_API_Key=key)
    assert made.status == 201, made.body
    with _app(server).app_context(), unit_of_work():
        user_id = accounts.acting(username).user_id
        member = {"user_id": user_id, "list_id": made.json["id"], "role": ListRole.EDITOR}
        db.session.add(Membership(**member, created_at=utcnow()))


def _app(server: Server) -> Flask:
    """Return the application on the server's database, in this process."""
    return create_app(Settings.from_environment(server.env))


def run(program: Path, *arguments: Any, **env: str) -> bool:
    """Run a tool, without standard input, and tell whether it is content."""
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run(
        [program, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **quiet, **env},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return done.returncode == 0


def node(tool: str, *arguments: Any) -> bool:
    """Run a tool of Node.js, if that is there."""
    if shutil.which("npm") is None:
        print("Left out: there is no Node.js here.")
        return True
    return run(NODE / tool, *arguments)


def redocly(on: Stage) -> bool:
    return node("redocly", "lint", f"--config={RULES / 'redocly.yaml'}", on.document)


def spectral(on: Stage) -> bool:
    rules = RULES / "spectral.yaml"
    return node("spectral", "lint", "--fail-severity=hint", f"--ruleset={rules}", on.document)


def newman(on: Stage) -> bool:
    """Run the Postman collection from top to bottom."""
    key = on.keys[ROOT_USER]
    variables = {"base_url": on.url, "api_key": key, "username": ROOT_USER, "password": PASSWORD}
    given = [f"--env-var={name}={value}" for name, value in variables.items()]
    return node("newman", "run", postman.PATH, *given, "--color=off")


def python_client(on: Stage) -> bool:
    """Generate a client in Python from the document, and use it."""
    client = on.folder / "client"
    generator = [PYTHON / "openapi-python-client", "generate", "--fail-on-warning"]
    paths = [f"--path={on.document}", f"--output-path={client}"]
    config = f"--config={RULES / 'python_client.yaml'}"
    return run(*generator, *paths, config) and run(
        PYTHON / "python",
        HERE / "python_client.py",
        PYTHONPATH=str(client),
        CONTRACT_URL=on.url,
        CONTRACT_KEY=on.keys["alice"],
    )


def schemathesis(on: Stage) -> bool:
    """Test as each of two, who must not see what the other one does not share; then as a third."""
    users = on.folder / "users.json"
    users.write_text(json.dumps({"auth": [_identity(*pair) for pair in on.keys.items()]}))
    key_ids = " ".join(str(on.me(who)["api_key"]["id"]) for who in on.keys)
    own = {"CONTRACT_KEY_IDS": key_ids, "CONTRACT_NAMES": " ".join(on.keys)}
    content = [_schemathesis(on, who, **own) for who in on.keys]
    lost = [who for who in on.keys if "api_key" not in on.me(who)]
    if lost:
        print(f"The test revoked its own key: {', '.join(lost)}")
    return all(content) and not lost


def _schemathesis(on: Stage, who: str, **env: str) -> bool:
    print(f"As {who}, with SEED={SEED}:", flush=True)
    only = [f"--include-path-regex={FOR_ADMINISTRATORS}"] if who == ROOT_USER else []
    return run(
        PYTHON / "schemathesis",
        f"--config-file={RULES / 'schemathesis.toml'}",
        *("run", f"{on.url}/api/v1/openapi.json", "--no-color", *only),
        *(f"--seed={SEED}", f"--max-time={FUZZING[who]}"),
        CONTRACT_USERS=str(on.folder / "users.json"),
        CONTRACT_USER=who,
        PYTHONPATH=str(RULES),
        **env,
    )


def _identity(name: str, key: str) -> dict[str, Any]:
    return {"name": name, "fixedHeaders": [{"name": "X-API-Key", "value": key}]}


TOOLS: tuple[Callable[[Stage], bool], ...] = (
    redocly,
    spectral,
    newman,
    python_client,
    schemathesis,
)


def main(names: list[str]) -> int:
    """Run every tool, or those that are named, and return how many are not content."""
    discontent = []
    for tool in TOOLS:
        if not names or tool.__name__ in names:
            print(f"\n== {tool.__name__}", flush=True)
            with stage() as on:
                if not tool(on):
                    discontent.append(tool.__name__)
    print(f"\nNot content: {', '.join(discontent)}" if discontent else "\nAll are content.")
    return len(discontent)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
