"""Retries: a POST that carries an Idempotency-Key is done once, and answered alike each time.

The answer is kept in the write's own transaction (draft-ietf-httpapi-idempotency-key-header): there
is never a write without its answer, nor an answer without its write. Of two equal requests at once
the second waits on SQLite, whose writers are serial; on PostgreSQL it is refused while the first
holds a lock on the key.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, select

from todoapp.db import current_unit, writer
from todoapp.errors import Conflict, Invalid, NotFound
from todoapp.limits import PRUNED_AT_ONCE, Noun
from todoapp.models import ApiKeyList, Change, IdempotentAnswer
from todoapp.services import row_scopes
from todoapp.services.access import Actor, Sight, visible_lists

KEPT = timedelta(hours=24)
#: How many expired answers each new one takes away.
_CLEANED_AT_ONCE = 100


@dataclass(frozen=True)
class Attempt:
    """One request with a key: `digest` says which, `fingerprint` what it asks for."""

    actor: Actor
    digest: str
    fingerprint: str


@dataclass(frozen=True)
class Answer:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes
    #: It was answered before.
    replayed: bool = False


def attempt(actor: Actor, *, method: str, path: str, key: str, asked: bytes) -> Attempt:
    """Return the attempt of `actor`; `asked` is all that must be the same in a retry."""
    scope = "\n".join((str(actor.user_id), *_limits(actor), method, path, key))
    return Attempt(actor, _sha256(scope.encode()), _sha256(asked))


def _limits(actor: Actor) -> Iterator[str]:
    """Yield what the actor's key is limited to.

    What was answered to another key of its owner may be more than this one has. What was written
    tells, but that may be nothing.
    """
    if actor.sight == Sight.LIMITED:
        named = select(ApiKeyList.list_id).where(ApiKeyList.api_key_id == actor.key_id)
        yield ",".join(map(str, writer().scalars(named.order_by(ApiKeyList.list_id))))
    if actor.row_filter is not None:
        yield actor.row_filter


def once(tried: Attempt, do: Callable[[], Answer], *, at: datetime) -> Answer:
    """Return the answer that this attempt got before; else `do` it, and keep a success.

    Raises Invalid for a key that was used for another request, Conflict while the same request is
    under way, and NotFound when the actor no longer sees what was done.
    """
    _lock(tried)
    known = _find(tried, at)
    if known is not None:
        return _replay(tried, known)
    answer = do()
    if answer.status < 300:
        _clean(tried, at)
        _keep(tried, answer, at)
    return answer


def _lock(tried: Attempt) -> None:
    connection = writer()
    if connection.dialect.name != "postgresql":
        return
    number = int.from_bytes(bytes.fromhex(tried.digest)[:8], signed=True)
    if not connection.scalar(select(func.pg_try_advisory_xact_lock(number))):
        raise Conflict(
            "The same request is still under way: try again.", code="request-in-progress"
        )


def _find(tried: Attempt, at: datetime) -> Any:
    mine = IdempotentAnswer.id == tried.digest
    fresh = IdempotentAnswer.created_at > at - KEPT
    return writer().execute(select(IdempotentAnswer).where(mine, fresh)).first()


def _replay(tried: Attempt, known: Any) -> Answer:
    if known.fingerprint != tried.fingerprint:
        raise Invalid.parameter(
            "Idempotency-Key", "reused", "Was used for another request: send a new key."
        )
    hidden = select(Change.id).where(
        Change.operation_id == known.operation_id,
        Change.list_id.not_in(visible_lists(tried.actor)),
    )
    if writer().scalar(hidden.limit(1)) is not None or _has_left(tried.actor, known.operation_id):
        raise NotFound("It was done, but you no longer see it.")
    return Answer(known.status, known.headers, known.body, replayed=True)


def _has_left(actor: Actor, operation_id: str) -> bool:
    """Tell whether the actor's filter, if there is one, no longer selects all that was written."""
    if actor.row_filter is None:
        return False
    written = select(Change.noun_id).where(
        Change.operation_id == operation_id, Change.noun == Noun.TODO
    )
    return not all(row_scopes.covers(actor, todo_id) for todo_id in writer().scalars(written))


def prune(*, at: datetime, most: int = PRUNED_AT_ONCE) -> int:
    """Take away answers that have expired, no more than `most`; return how many."""
    return _take_away(IdempotentAnswer.id.in_(_expired(at, most)))


def _clean(tried: Attempt, at: datetime) -> None:
    """Take away some that have expired, and this attempt's own."""
    own = IdempotentAnswer.id == tried.digest
    _take_away(own | IdempotentAnswer.id.in_(_expired(at, _CLEANED_AT_ONCE)))


def _expired(at: datetime, most: int) -> Select[tuple[str]]:
    """Return the select of the oldest that have expired; nobody waits for anybody here."""
    return (
        select(IdempotentAnswer.id)
        .where(IdempotentAnswer.created_at <= at - KEPT)
        .order_by(IdempotentAnswer.created_at)
        .limit(most)
        .with_for_update(skip_locked=True)
    )


def _take_away(which: ColumnElement[bool]) -> int:
    return writer().execute(delete(IdempotentAnswer).where(which)).rowcount


def _keep(tried: Attempt, answer: Answer, at: datetime) -> None:
    unit = current_unit()
    if unit.change_id is not None:
        answer.headers["Change-Id"] = str(unit.change_id)
    row = {
        "id": tried.digest,
        "user_id": tried.actor.user_id,
        "fingerprint": tried.fingerprint,
        "status": answer.status,
        "headers": answer.headers,
        "body": answer.body,
        "operation_id": unit.operation_id,
        "created_at": at,
    }
    writer().execute(insert(IdempotentAnswer), row)


def _sha256(value: bytes) -> str:
    return hashlib.sha256(value).hexdigest()
