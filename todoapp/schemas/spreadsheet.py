"""CSV (RFC 4180) that is safe to open in a spreadsheet.

Hence the byte order mark, without which Excel takes UTF-8 for something else, and the apostrophes.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

MEDIA_TYPE = "text/csv; charset=utf-8; header=present"
_BYTE_ORDER_MARK = "\ufeff"
#: What spreadsheets may take for a formula, also after blanks and in full width (ASVS 1.2.10); and
#: the apostrophe itself, so that the one that is put before can be told from others.
_UNSAFE = re.compile(r"\s*[=+\-@＝＋－＠]|[\t\r\n\0']")


def head(fields: Sequence[str]) -> bytes:
    """Return the first line, and the mark that makes it UTF-8 to a spreadsheet."""
    return _BYTE_ORDER_MARK.encode() + _written([fields])


def lines(rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a line for each row."""
    return _written(map(_cell, row) for row in rows)


def _written(rows: Iterable[Iterable[Any]]) -> bytes:
    written = StringIO(newline="")
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = ",".join(value)  # no tag has a comma
    if isinstance(value, str):
        return f"'{value}" if _UNSAFE.match(value) else value
    return str(value).lower() if isinstance(value, bool) else value
