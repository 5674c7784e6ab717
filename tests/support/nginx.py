"""Debian's nginx with the files in deploy/nginx, in front of services of the tests."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support import serve
from tests.support.serve import Server
from todoapp.settings import ROOT

FILES = ROOT / "deploy" / "nginx"

#: What a distribution's nginx.conf does, in a folder of ours.
_MAIN = """
{user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr warn;
events {{ worker_connections 1024; }}
http {{
    default_type application/octet-stream;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path unused;
    uwsgi_temp_path unused;
    scgi_temp_path unused;
    include conf.d/*.conf;
}}
"""


def installed() -> str:
    """Return the program; skip the test without it."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed (Debian: nginx-light)")
    return program


def prepare(folder: Path, scheme: str, *, http: int, https: int, binds: Sequence[str]) -> None:
    """Write a configuration as docs/operations.md has people write it."""
    values = {
        "PROXY_SERVERS": " ".join(f"server {bind} max_fails=0;" for bind in binds),
        "PROXY_NAME": "_",
        "PROXY_LOG": str(folder / "access.log"),
        "PROXY_HTTP": f"127.0.0.1:{http}",
        "PROXY_HTTPS": f"127.0.0.1:{https}",
        "PROXY_CERTIFICATES": str(folder),
    }
    (folder / "conf.d").mkdir(parents=True)
    (folder / "todoapp").symlink_to(FILES)
    for name in ("common", scheme):
        text = (FILES / f"{name}.conf.template").read_text(encoding="utf-8")
        filled = re.sub(r"\$\{(\w+)\}", lambda match: values[match[1]], text)
        (folder / "conf.d" / f"{name}.conf").write_text(filled, encoding="utf-8")
    # The folders of tests are their owner's alone: workers stay who the tests are.
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(_MAIN.format(user=user), encoding="utf-8")


def command(folder: Path) -> list[str]:
    """Return what starts it."""
    return [installed(), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def check(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Have nginx check its configuration."""
    return subprocess.run([*command(folder), "-t"], capture_output=True, text=True, check=False)


@contextmanager
def proxy(folder: Path, *binds: str) -> Iterator[Server]:
    """Serve these over HTTP."""
    port = serve.free_port()
    prepare(folder, "http", http=port, https=0, binds=binds)
    env = dict(os.environ) | {"TODOAPP_BIND": f"127.0.0.1:{port}"}
    with serve.started(*command(folder), env=env, log=folder / "nginx.log", cwd=folder) as server:
        yield server
