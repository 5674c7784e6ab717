"""What the container starts with, run for real; and what the container files promise."""

import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.support import serve
from todoapp.settings import ROOT

SCRIPT = ROOT / "docker" / "entrypoint.sh"
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """The environment of a container: its programs are found by PATH."""
    env = serve.environment(tmp_path / "data")
    return env | {"PATH": f"{serve.BIN}:{env['PATH']}"}


def run(*arguments: str, env: dict[str, str], cwd: Path) -> "subprocess.CompletedProcess[str]":
    command = ["/bin/sh", str(SCRIPT), *arguments]
    return subprocess.run(
        command, env=env, cwd=cwd, text=True, capture_output=True, timeout=60, check=False
    )


@pytest.mark.parametrize("arguments", [[], ["serve"]])
def test_it_sets_up_then_serves_in_the_place_of_the_shell(
    env: dict[str, str], tmp_path: Path, arguments: list[str]
) -> None:
    command = ["/bin/sh", str(SCRIPT), *arguments]
    log = tmp_path / "log"
    with serve.started(*command, env=env, log=log, cwd=tmp_path) as server:
        said = log.read_text()
        assert said.index("API key ") < said.index("todoapp listens on ")
        key = serve.KEY.search(said)
        assert key
        server.key = key[0]
        assert server.call("GET", "/api/v1/todos").status == 200
        program = Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        assert b"gunicorn" in program  # not a shell, which would keep the signals to itself
        assert server.stop(signal.SIGTERM) == 0


def test_another_command_is_run_as_it_is(env: dict[str, str], tmp_path: Path) -> None:
    assert run("flask", "todo", "init", env=env, cwd=tmp_path).returncode == 0
    arguments = ["flask", "todo", "create-key", "admin", "--name", "a b", "--scopes", "todos:read"]
    made = run(*arguments, env=env, cwd=tmp_path)
    assert serve.KEY.fullmatch(made.stdout.strip()), made.stderr
    assert "a b" in run("flask", "todo", "keys", env=env, cwd=tmp_path).stdout
    assert run("sh", "-c", "exit 7", env=env, cwd=tmp_path).returncode == 7


def test_it_does_not_serve_what_it_could_not_set_up(env: dict[str, str], tmp_path: Path) -> None:
    refused = run(env=env | {"TODOAPP_WORKERS": "many"}, cwd=tmp_path)
    assert "TODOAPP_WORKERS" in serve.one_sentence(refused)


def test_it_is_a_script_for_any_shell() -> None:
    for shell in ("dash", "bash"):
        if shutil.which(shell):
            subprocess.run([shell, "-n", str(SCRIPT)], check=True)


def test_the_image_gets_all_that_it_copies_and_nothing_else() -> None:
    sources = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    let_in = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in let_in
    assert {line[1:].rstrip("/") for line in let_in if line.startswith("!")} == set(sources)
    assert all((ROOT / source).exists() for source in sources)


def test_the_image_runs_without_privileges_and_is_told_to_stop() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    for instruction in (
        "USER 10001:10001",
        "VOLUME /data",
        "STOPSIGNAL SIGTERM",
        'ENTRYPOINT ["/bin/sh", "/srv/todoapp/docker/entrypoint.sh"]',
        'CMD ["serve"]',
    ):
        assert f"\n{instruction}\n" in last_stage
    assert "--require-hashes" in DOCKERFILE
    assert "pip install" not in last_stage


def test_the_health_check_asks_whether_it_is_ready(env: dict[str, str], tmp_path: Path) -> None:
    check = re.search(r'CMD \["python", "-c", "(.+)"\]', DOCKERFILE)
    assert check
    bind = env["TODOAPP_BIND"]
    script = check[1].replace("127.0.0.1:8000", bind)
    assert f"http://{bind}/readyz" in script

    def ask() -> int:
        command = [str(serve.BIN / "python"), "-c", script]
        return subprocess.run(command, capture_output=True, check=False).returncode

    assert ask() != 0
    with serve.started("/bin/sh", str(SCRIPT), env=env, log=tmp_path / "log", cwd=tmp_path):
        assert ask() == 0
