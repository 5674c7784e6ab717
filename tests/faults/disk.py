"""A small disk, which can be filled and given room again."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

#: Room for a database with what the writers of a test add.
_SIZE = "48m"
_CHUNK = 4096


@contextmanager
def small() -> Iterator[Path]:
    """Mount one for the block; skip the test where nobody may mount."""
    # Not in a test's own folder, which PostgreSQL's user may not enter.
    folder = Path(tempfile.mkdtemp(prefix="todoapp-disk-"))
    try:
        _mount(folder)
        yield folder
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()


def _mount(folder: Path) -> None:
    options = f"size={_SIZE},mode=0755"
    command = ["mount", "-t", "tmpfs", "-o", options, "todoapp-faults", str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount, which makes a small disk")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted: {done.stderr.strip()}")


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Leave no byte free on the disk of `folder` for the block."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(_CHUNK))
    try:
        yield
    finally:
        ballast.unlink()
