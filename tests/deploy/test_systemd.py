"""The units are what systemd understands, and let the service do no more than it needs."""

import re
import shutil
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import serve
from todoapp.settings import ROOT, Settings

FILES = ROOT / "deploy" / "systemd"
UNITS = sorted(path.name for path in FILES.glob("*.service"))
SERVICE = (FILES / "todoapp@.service").read_text(encoding="utf-8")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A copy of the units whose programs are somewhere, which is what systemd asks first."""
    program = shutil.which("true")
    assert program
    for unit in UNITS:
        text = (FILES / unit).read_text(encoding="utf-8")
        text = re.sub(r"/opt/todoapp/\.venv/bin/\w+", program, text)
        (tmp_path / unit.replace("@", "@8000")).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed (Debian: systemd)")
    command = ["systemd-analyze", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_understands_it(installed: Path, unit: str) -> None:
    path = installed / unit.replace("@", "@8000")
    checked = analyze("verify", "--man=no", "--recursive-errors=no", str(path))
    complaints = [line for line in checked.stderr.splitlines() if path.name in line]
    assert complaints == []
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("unit", UNITS)
def test_little_is_left_that_it_could_harm(installed: Path, unit: str) -> None:
    """Of 10, as systemd rates it; what remains is that it has a network and reads files."""
    path = installed / unit.replace("@", "@8000")
    rated = analyze("security", "--offline=true", "--threshold=20", "--no-pager", str(path))
    assert rated.returncode == 0, rated.stdout


def test_it_says_when_it_has_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Type=notify: systemd would wait in vain else, and then stop it."""
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(serve.PATIENCE)
        with serve.gunicorn(tmp_path, workers="1"):
            assert b"READY=1" in manager.recv(4096)


def test_it_stops_and_reloads_as_gunicorn_is_told_to() -> None:
    for line in (
        "Type=notify",
        "KillMode=mixed",
        "TimeoutStopSec=35",
        "ExecReload=/bin/kill -HUP $MAINPID",
        "Restart=on-failure",
        "RestartSec=1",
    ):
        assert f"\n{line}\n" in SERVICE


def test_its_settings_are_taken(tmp_path: Path) -> None:
    example = (FILES / "todoapp.env.example").read_text(encoding="utf-8")
    lines = re.findall(r"^#?(TODOAPP_\w+)=(.*)$", example, re.MULTILINE)
    given = re.findall(r"^Environment=(TODOAPP_\w+)=(.*)$", SERVICE, re.MULTILINE)
    chosen = {name: value.replace("%i", "8000") for name, value in [*lines, *given]}
    settings = Settings.from_environment(chosen | {"TODOAPP_DATA_DIR": str(tmp_path)})
    assert (settings.bind, settings.proxies, settings.worker) == ("127.0.0.1:8000", 1, False)
