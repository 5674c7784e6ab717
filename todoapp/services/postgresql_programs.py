"""PostgreSQL's own programs: found on PATH, and never told a password where others can read it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence

from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.engine import URL

from todoapp.errors import Conflict

_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def run(program: str, url: URL, *arguments: str, keep: Sequence[int] = ()) -> str:
    """Run it on a database; return what it wrote to standard output.

    The password is in its environment, which others cannot read; a command line they can. The file
    descriptors `keep` stay open in it, with their locks, should it live longer than we do. Raises
    Conflict when it is not there or fails.
    """
    parameters = {name: str(value) for name, value in conninfo_to_dict(conninfo(url)).items()}
    password = parameters.pop("password", None)
    database = make_conninfo(**parameters)
    secret = {"PGPASSWORD": password} if password else {}
    return _run(program, *arguments, f"--dbname={database}", secret=secret, keep=keep)


def run_alone(program: str, *arguments: str) -> str:
    """Run it without a database; otherwise like `run`."""
    return _run(program, *arguments, secret={}, keep=())


def _run(program: str, *arguments: str, secret: dict[str, str], keep: Sequence[int]) -> str:
    done = subprocess.run(  # noqa: S603 - the arguments are ours
        [_find(program), *arguments],
        env={**os.environ, **secret},
        pass_fds=keep,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if "error:" in line] or [done.stderr]
        why = " ".join(said[0].split()).removeprefix(f"{program}: error: ").removesuffix(".")
        raise Conflict(f"{program} failed: {why}.")
    return done.stdout


def demand(program: str, server: int) -> None:
    """Raise Conflict unless it knows a server of this major version."""
    version = _VERSION.search(run_alone(program, "--version"))
    if not version or int(version[1]) < server:
        own = version[1] if version else "unknown"
        raise Conflict(
            f"{program} is of version {own}, the server of {server}: install PostgreSQL's client "
            f"programs of version {server} or later, and put them first on PATH."
        )


def conninfo(url: URL) -> str:
    """Return what libpq is to be told to reach a database."""
    _, parameters = url.get_dialect()().create_connect_args(url)
    return make_conninfo(**{**parameters, "application_name": "todoapp backup"})


def _find(program: str) -> str:
    found = shutil.which(program)
    if not found:
        raise Conflict(
            f"{program} is not on PATH: install PostgreSQL's client programs "
            "(Debian: apt install postgresql-client)."
        )
    return found
