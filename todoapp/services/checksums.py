"""What a database holds, told by so little that two of them are soon compared.

Each row is hashed, and the hashes of a table are added up: in whatever order the rows come, one
value more, less or other changes the sum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

_BYTES = 16


@dataclass(frozen=True)
class Checksum:
    """Of a table: how many rows it has, and the sum of their hashes."""

    rows: int
    total: int


#: Of every table, by its name.
Checksums = Mapping[str, Checksum]


def of(rows: Iterable[bytes]) -> Checksum:
    """Return the checksum of a table, of which each row is written as bytes."""
    count = total = 0
    for row in rows:
        count += 1
        total += int.from_bytes(blake2b(row, digest_size=_BYTES).digest())
    return Checksum(count, total % 2 ** (8 * _BYTES))


def written(row: Sequence[Any]) -> bytes:
    """Return a row as bytes, which tell its values and their types."""
    return repr(tuple(row)).encode(errors="backslashreplace")


def differences(source: Checksums, copy: Checksums) -> list[str]:
    """Return how each table differs, in a few words; none: they are the same."""
    return [
        _difference(name, source.get(name), copy.get(name))
        for name in sorted({*source, *copy})
        if source.get(name) != copy.get(name)
    ]


def _difference(name: str, source: Checksum | None, copy: Checksum | None) -> str:
    if source is None or copy is None:
        return f"{name} is missing in the {'copy' if copy is None else 'source'}"
    if source.rows != copy.rows:
        return f"{name} has {source.rows} rows in the source and {copy.rows} in the copy"
    return f"{name} has other values"
