"""`make run` in a fresh copy of the project: the first five minutes."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import serve
from tests.support.serve import Server
from todoapp.settings import ROOT

PASTE = "Paste this when the service is up:\n"


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of what is, or is about to be, in the repository."""
    folder = tmp_path_factory.mktemp("make") / "a copy"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def installed(copy: Path) -> Path:
    """Return the copy with everything installed already: what we run the tests with."""
    venv = copy / ".venv"
    venv.mkdir()
    (venv / "bin").symlink_to(serve.BIN)
    (venv / ".runtime").touch()  # newer than requirements.txt: nothing is to be installed
    return copy


@pytest.fixture(scope="module")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The environment of somebody who has set nothing but a free port."""
    env = serve.environment(tmp_path_factory.mktemp("unused"))
    kept = {name: value for name, value in env.items() if not name.startswith("TODOAPP_")}
    return kept | {"TODOAPP_BIND": env["TODOAPP_BIND"], "PIP_NO_INDEX": "1"}


@contextmanager
def running(folder: Path, env: dict[str, str]) -> Iterator[Server]:
    with serve.started(
        "make", "run", env=env, cwd=folder, log=folder / f"log {env['TODOAPP_BIND']}"
    ) as server:
        yield server


@pytest.fixture(scope="module")
def first_start(installed: Path, env: dict[str, str]) -> Iterator[Server]:
    with running(installed, env) as server:
        yield server


def test_the_first_start_shows_a_password_and_a_key_once(first_start: Server) -> None:
    said = first_start.log.read_text()
    assert len(re.findall(r"^  password +\S+$", said, re.MULTILINE)) == 1
    assert len(re.findall(r"^  API key +todo_\S+$", said, re.MULTILINE)) == 1
    assert said.index(PASTE) < said.index("todoapp listens on ")


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_lines_that_it_prints_work_as_they_are(first_start: Server) -> None:
    said = first_start.log.read_text()
    lines = said[said.index(PASTE) + len(PASTE) : said.index("todoapp listens on ")]
    assert lines.count("curl ") == 2
    finished = subprocess.run(
        ["sh", "-e"],
        input=lines.replace("curl ", "curl --fail --silent --show-error "),
        capture_output=True,
        text=True,
        timeout=serve.PATIENCE,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.count('"title":"Buy milk"') == 2  # made, and listed


def test_what_it_keeps_is_for_its_owner_only(first_start: Server, installed: Path) -> None:
    folder = installed / "instance"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("secret_key", "todoapp.db", "todoapp.db-wal"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert (folder / "todoapp.db").is_file()


def test_it_also_runs_what_is_done_in_the_background(first_start: Server) -> None:
    serve.wait_until(lambda: '"message":"job done"' in first_start.log.read_text(), "a job")


def test_later_starts_show_no_secret_and_are_ready_within_three_seconds(
    installed: Path, env: dict[str, str]
) -> None:
    own = env | {"TODOAPP_BIND": f"127.0.0.1:{serve.free_port()}"}
    own["TODOAPP_DATA_DIR"] = str(installed / "later")
    with running(installed, own):
        pass
    seconds = []
    for _ in range(3):  # one quick start is proof
        began = time.monotonic()
        with running(installed, own) as server:
            seconds.append(time.monotonic() - began)
            said = server.log.read_text()
        assert "password" not in said
        assert not serve.KEY.search(said)
        assert "Installing" not in said
        assert f"todoapp listens on http://{own['TODOAPP_BIND']}" in said
        assert "flask todo create-key" in said
        if seconds[-1] < 3:
            break
    # A machine with more to do than it has processors is slower by as much.
    assert min(seconds) < 3 * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))


def test_ctrl_c_ends_it(installed: Path, env: dict[str, str]) -> None:
    own = env | {"TODOAPP_BIND": f"127.0.0.1:{serve.free_port()}"}
    with running(installed, own) as server:
        os.killpg(server.process.pid, signal.SIGINT)  # as a terminal does: to all of them
        server.process.wait(10)
        assert "Traceback" not in server.log.read_text()


def make_run(folder: Path, env: dict[str, str], *arguments: str) -> str:
    """Assert that `make run` fails; return the first line of what it complains of."""
    finished = subprocess.run(
        ["make", "run", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=serve.PATIENCE,
        check=False,
    )
    assert finished.returncode != 0
    assert "Traceback" not in finished.stderr
    ours = [line for line in finished.stderr.splitlines() if not line.startswith("make")]
    assert len(ours) == 1, finished.stderr
    return ours[0]


def test_a_second_one_on_the_same_port_is_refused(
    first_start: Server, installed: Path, env: dict[str, str]
) -> None:
    assert f"cannot listen on {first_start.bind}" in make_run(installed, env)


@pytest.mark.parametrize(
    ("name", "value"), [("TODOAPP_BIND", "here"), ("TODOAPP_DATA_DIR", "/dev/null/data")]
)
def test_a_bad_setting_is_refused(
    installed: Path, env: dict[str, str], name: str, value: str
) -> None:
    assert name in make_run(installed, env | {name: value})


OLD_PYTHON = """#!/bin/sh
exec '{python}' -c "import sys; sys.version_info = (3, 10, 14)
$(printf '%s' "$2" | sed 's/^import sys; //')"
"""


def test_an_old_python_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    shutil.copy2(ROOT / "Makefile", tmp_path)
    shutil.copy2(ROOT / "requirements.txt", tmp_path)
    old = tmp_path / "python3"
    old.write_text(OLD_PYTHON.format(python=sys.executable))
    old.chmod(0o755)
    assert "needs Python 3.11 or later" in make_run(tmp_path, env, f"PYTHON={old}")
    assert not (tmp_path / ".venv").exists()


def test_no_python_is_refused_too(env: dict[str, str], tmp_path: Path) -> None:
    shutil.copy2(ROOT / "Makefile", tmp_path)
    shutil.copy2(ROOT / "requirements.txt", tmp_path)
    finished = subprocess.run(
        ["make", "run", f"PYTHON={tmp_path / 'nowhere'}"],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode != 0
    assert "needs Python 3.11 or later" in finished.stderr
    assert not (tmp_path / ".venv").exists()
