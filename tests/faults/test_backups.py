"""A backup is killed: what it has started goes on, and must not spoil the next one."""

import os
from pathlib import Path

import pytest

from tests.support import postgres, serve

pytestmark = pytest.mark.faults


def test_while_a_killed_backups_pg_dump_lives_no_other_writes_into_its_file(
    postgresql_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "go")
    program = tmp_path / "pg_dump"
    program.write_text(
        '#!/bin/sh\n[ "$1" = --version ] && exec echo "pg_dump (PostgreSQL) 18.0"\n'
        f"touch {tmp_path}/begun; exec cat {tmp_path}/go\n"
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    env = serve.environment(tmp_path / "data", database_url=postgresql_url)
    killed = serve.start("flask", "todo", "backup", env=env)
    serve.wait_until((tmp_path / "begun").exists, "pg_dump")
    killed.kill()
    killed.communicate()
    assert "Another backup is being made" in serve.one_sentence(serve.todo("backup", env=env))
    (tmp_path / "go").write_text("")  # it ends when nobody writes to it any more
    monkeypatch.setenv("PATH", str(postgres.programs()), prepend=os.pathsep)
    later = env | {"PATH": os.environ["PATH"]}
    serve.wait_until(lambda: serve.todo("backup", env=later).returncode == 0, "the lock")
