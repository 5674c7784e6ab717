"""Recovery codes: each logs in once who has lost their authenticator."""

import base64
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from todoapp.db import reader, writer
from todoapp.models import RecoveryCode
from todoapp.services.key_format import digest

COUNT = 10
#: 120 bits, so that a quick hash will do [ASVS 6.5.2]; in base32 without padding.
_RANDOM_BYTES = 15
_GROUP = 4


def renew(user_id: int) -> list[str]:
    """Give somebody new codes in place of all that they had, and return them."""
    forget(user_id)
    codes = [_new() for _ in range(COUNT)]
    rows = [{"user_id": user_id, "code_hash": digest(bare(code))} for code in codes]
    writer().execute(insert(RecoveryCode), rows)
    return codes


def forget(user_id: int) -> None:
    """Take somebody's codes away."""
    writer().execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def fits(user_id: int, code: str) -> bool:
    """Tell whether it is a code of theirs that was not used yet."""
    statement = select(RecoveryCode.user_id).where(*_unused(user_id), _is(code))
    connection = reader()
    return connection.execute(statement).first() is not None


def use(user_id: int, code: str, *, at: datetime) -> bool:
    """Use a code up; tell whether it was there to be used: of two at once, one has it."""
    statement = update(RecoveryCode).where(*_unused(user_id), _is(code)).values(used_at=at)
    return writer().execute(statement).rowcount == 1


def left(user_id: int) -> int:
    """Return how many codes are not used yet."""
    statement = select(func.count()).select_from(RecoveryCode).where(*_unused(user_id))
    connection = reader()
    return connection.execute(statement).scalar_one()


def bare(code: str) -> str:
    """Return a code as it counts, however it was written."""
    return code.replace("-", "").replace(" ", "").lower()


def _new() -> str:
    letters = base64.b32encode(secrets.token_bytes(_RANDOM_BYTES)).decode("ascii").lower()
    return "-".join(letters[n : n + _GROUP] for n in range(0, len(letters), _GROUP))


def _unused(user_id: int) -> tuple[Any, ...]:
    return RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)


def _is(code: str) -> Any:
    return RecoveryCode.code_hash == digest(bare(code))
