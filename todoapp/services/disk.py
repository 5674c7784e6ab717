"""The disk below the files that we write."""

import os
from pathlib import Path


def sync(path: Path) -> None:
    """Wait until a file is on the disk, not only on its way there; of a folder, its names."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
