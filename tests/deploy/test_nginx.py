"""nginx takes its configuration, as it is filled in for a host and for compose.yaml."""

import http.client
import os
import shutil
import ssl
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import nginx, serve


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where nginx is to run, with a certificate of its own making."""
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed, which makes the certificate")
    folder = tmp_path / "nginx"
    folder.mkdir()
    files = ["-keyout", str(folder / "privkey.pem"), "-out", str(folder / "fullchain.pem")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=localhost", "-days", "2"]
    subprocess.run([program, "req", "-x509", *kind, *files, *name], check=True, capture_output=True)
    return folder


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nginx_accepts_the_configuration(folder: Path, scheme: str) -> None:
    binds = ["127.0.0.1:8000", "127.0.0.1:8001"]
    nginx.prepare(folder, scheme, http=8080, https=8443, binds=binds)
    checked = nginx.check(folder)
    assert checked.returncode == 0, checked.stderr


def test_it_speaks_tls_and_leads_there(folder: Path) -> None:
    http_port, https_port = serve.free_port(), serve.free_port()
    nobody = [f"127.0.0.1:{serve.free_port()}"]
    nginx.prepare(folder, "https", http=http_port, https=https_port, binds=nobody)
    env = dict(os.environ) | {"TODOAPP_BIND": f"127.0.0.1:{http_port}"}
    log = folder / "nginx.log"
    command = nginx.command(folder)
    with serve.started(*command, env=env, log=log, cwd=folder, ready=False) as server:
        serve.wait_until(lambda: _answers(server), "nginx")
        moved = server.call("GET", "/admin?x=1", Host="todo.example.com")
        assert (moved.status, moved.headers["Location"]) == (
            308,
            "https://todo.example.com/admin?x=1",
        )
        context = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        context.set_alpn_protocols(["h2", "http/1.1"])
        client = http.client.HTTPSConnection("localhost", https_port, context=context)
        with closing(client):
            client.connect()
            assert client.sock.selected_alpn_protocol() == "h2"  # type: ignore[attr-defined]
            assert client.sock.version() == "TLSv1.3"  # type: ignore[attr-defined]


def _answers(server: serve.Server) -> bool:
    try:
        return bool(server.call("GET", "/"))
    except OSError:
        return False
