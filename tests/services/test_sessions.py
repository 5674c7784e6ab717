"""Sessions: opened, looked up, ended by hand or by time."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.api import Api
from tests.support.statements import counted
from todoapp.clock import utcnow
from todoapp.db import Origin, db, unit_of_work
from todoapp.errors import NotFound
from todoapp.limits import SessionKind
from todoapp.models import Change, User, UserSession
from todoapp.services import renewals, sessions
from todoapp.services.access import Actor
from todoapp.services.renewals import Renewal

IDLE, LASTS = timedelta(hours=72), timedelta(days=14)
Open = Callable[..., sessions.Opened]


@pytest.fixture
def open_session(app: Flask) -> Open:
    """Return a function that opens a session for somebody, as long ago as one likes."""

    def make(
        who: Api, kind: SessionKind = SessionKind.BROWSER, ago: timedelta = timedelta()
    ) -> sessions.Opened:
        assert who.actor
        origin = Origin("r1", "192.0.2.7", "Agent 7")
        with app.app_context(), unit_of_work(origin):
            return sessions.open(who.actor.user_id, kind, lasts=LASTS, at=utcnow() - ago)

    return make


def by_cookie(app: Flask, token: str | None, **later: float) -> Actor | None:
    with app.app_context():
        found = sessions.by_cookie(token or "", idle=IDLE, at=utcnow() + timedelta(**later))
    return found and found[0]


def changes_of_sessions(app: Flask) -> list[Any]:
    with app.app_context():
        rows = db.session.scalars(
            select(Change).where(Change.noun == "session").order_by(Change.id)
        )
        return list(rows.all())


def shown(session_id: int, generation: int = 0) -> Renewal:
    """Return what the refresh token of a generation of the session names."""
    row = db.session.get_one(UserSession, session_id)
    first = Renewal.first(session_id, row.user_id, at=row.created_at)
    return first._replace(generation=generation)


def set_person(app: Flask, who: Api, **values: Any) -> None:
    assert who.actor
    with app.app_context(), unit_of_work():
        db.session.execute(update(User).where(User.id == who.actor.user_id).values(**values))


def test_a_cookie_speaks_for_who_logged_in(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice)
    actor = by_cookie(app, opened.token)
    assert actor
    assert alice.actor
    assert (actor.user_id, actor.username, actor.timezone) == (
        alice.actor.user_id,
        "alice",
        "UTC",
    )
    assert actor.scopes == {"todos:read", "todos:write", "account"}
    assert (actor.key_id, actor.session_id) == (None, opened.id)


def test_only_an_administrator_has_the_scope_admin(
    app: Flask, person: Callable[..., Api], open_session: Open
) -> None:
    actor = by_cookie(app, open_session(person("root", role="admin")).token)
    assert actor
    assert "admin" in actor.scopes


def test_a_cookie_is_opaque_and_only_its_hash_is_kept(
    app: Flask, alice: Api, open_session: Open
) -> None:
    """[ASVS 7.2.3, 7.2.4]"""
    first, second = open_session(alice), open_session(alice)
    assert first.token
    assert len(first.token) == 43  # 256 bits
    assert first.token != second.token
    with app.app_context():
        row = db.session.get_one(UserSession, first.id)
        kept = db.session.execute(select(UserSession.__table__)).all()
    assert first.token not in repr(kept)
    assert row.token_hash
    assert row.token_hash in repr(kept)
    assert (row.address, row.user_agent, row.kind) == ("192.0.2.7", "Agent 7", "browser")


def test_a_session_of_tokens_has_no_cookie(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice, SessionKind.TOKEN)
    assert opened.token is None
    assert by_cookie(app, None) is None
    with app.app_context():
        found = sessions.by_id(opened.id, idle=IDLE, at=utcnow())
    assert found
    assert found[0].session_id == opened.id


@pytest.mark.parametrize("token", ["", "x", "\x00", "é", "\ud800", "a" * 100_000])
def test_another_cookie_speaks_for_nobody(
    app: Flask, alice: Api, open_session: Open, token: str
) -> None:
    open_session(alice)
    assert by_cookie(app, token) is None


def test_a_session_ends_when_nobody_calls(app: Flask, alice: Api, open_session: Open) -> None:
    """[ASVS 7.3.1]"""
    token = open_session(alice).token
    assert by_cookie(app, token, hours=71.9)
    assert by_cookie(app, token, hours=72.1) is None


def test_a_session_ends_however_busy_it_is(app: Flask, alice: Api, open_session: Open) -> None:
    """[ASVS 7.3.2]"""
    opened = open_session(alice, ago=timedelta(days=13.9))
    with app.app_context(), unit_of_work():
        db.session.get_one(UserSession, opened.id).last_seen_at = utcnow() + timedelta(days=1)
    assert by_cookie(app, opened.token)
    assert by_cookie(app, opened.token, days=0.2) is None


@pytest.mark.parametrize("values", [{"is_active": False}, {"deleted_at": utcnow()}])
def test_deactivation_kills_it_at_once(
    app: Flask, alice: Api, open_session: Open, values: dict[str, Any]
) -> None:
    """[ASVS 7.4.2]"""
    opened = open_session(alice)
    set_person(app, alice, **values)
    assert by_cookie(app, opened.token) is None
    with app.app_context():
        assert sessions.by_id(opened.id, idle=IDLE, at=utcnow()) is None
        with unit_of_work():
            assert not renewals.renew(shown(opened.id), idle=IDLE, at=utcnow())


def test_looking_it_up_takes_one_statement(app: Flask, alice: Api, open_session: Open) -> None:
    token = open_session(alice).token
    with counted(app) as statements:
        by_cookie(app, token)
    assert len(statements) == 1


def test_inside_a_transaction_it_is_found_as_well(
    app: Flask, alice: Api, open_session: Open
) -> None:
    token = open_session(alice).token or ""
    with app.app_context(), unit_of_work():
        db.session.execute(select(User))
        found = sessions.by_cookie(token, idle=IDLE, at=utcnow())
        assert found
        assert (found[0].username, found[1] is not None) == ("alice", True)


def test_opening_and_ending_are_recorded(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice)
    actor = by_cookie(app, opened.token)
    assert actor
    with app.app_context(), unit_of_work(Origin("r2", "192.0.2.8", "Agent 8")):
        sessions.end(actor, opened.id, at=utcnow())
    login, logout = changes_of_sessions(app)
    assert (login.action, login.noun_id, login.diff) == (
        "login",
        opened.id,
        {"kind": [None, "browser"]},
    )
    assert (login.user_id, login.address, login.user_agent) == (
        actor.user_id,
        "192.0.2.7",
        "Agent 7",
    )
    assert (logout.action, logout.noun_id, logout.diff) == (
        "logout",
        opened.id,
        {"kind": ["browser", None]},
    )
    assert (logout.user_id, logout.address) == (actor.user_id, "192.0.2.8")


def test_who_logs_in_is_seen(app: Flask, alice: Api, open_session: Open) -> None:
    open_session(alice, ago=timedelta(seconds=10))
    with app.app_context():
        seen = db.session.get_one(User, alice.actor.user_id).last_seen_at
    assert seen is not None
    assert utcnow() - seen < timedelta(minutes=1)


def test_an_ended_session_is_gone(app: Flask, alice: Api, open_session: Open) -> None:
    """[ASVS 7.4.1]"""
    opened = open_session(alice)
    actor = by_cookie(app, opened.token)
    assert actor
    with app.app_context(), unit_of_work():
        sessions.end(actor, opened.id, at=utcnow())
    assert by_cookie(app, opened.token) is None
    with app.app_context(), unit_of_work(), pytest.raises(NotFound):
        sessions.end(actor, opened.id, at=utcnow())


def test_nobody_ends_anothers(app: Flask, alice: Api, bob: Api, open_session: Open) -> None:
    opened = open_session(alice)
    assert bob.actor
    with app.app_context(), unit_of_work(), pytest.raises(NotFound):
        sessions.end(bob.actor, opened.id, at=utcnow())
    assert by_cookie(app, opened.token)


def test_the_others_end_and_the_own_stays(
    app: Flask, alice: Api, bob: Api, open_session: Open
) -> None:
    own, other, bobs = open_session(alice), open_session(alice), open_session(bob)
    actor = by_cookie(app, own.token)
    assert actor
    with app.app_context(), unit_of_work():
        sessions.end_others(actor, at=utcnow())
    alive = [by_cookie(app, one.token) is not None for one in (own, other, bobs)]
    assert alive == [True, False, True]


def test_all_end_at_once(app: Flask, alice: Api, bob: Api, open_session: Open) -> None:
    """[ASVS 7.4.3]"""
    opened = [open_session(alice), open_session(alice), open_session(bob)]
    assert alice.actor
    assert bob.actor
    with app.app_context(), unit_of_work():
        sessions.end_all(alice.actor.user_id, at=utcnow())
    assert [by_cookie(app, one.token) is not None for one in opened] == [False, False, True]
    ended = [c for c in changes_of_sessions(app) if c.action == "logout"]
    assert [c.user_id for c in ended] == [alice.actor.user_id] * 2
    assert len({c.operation_id for c in ended}) == 1
    with app.app_context(), unit_of_work():
        sessions.end_all(bob.actor.user_id, actor=alice.actor, at=utcnow())
    assert changes_of_sessions(app)[-1].user_id == alice.actor.user_id


def test_ending_none_records_nothing(app: Flask, alice: Api) -> None:
    assert alice.actor
    with app.app_context(), unit_of_work():
        sessions.end_all(alice.actor.user_id, at=utcnow())
    assert changes_of_sessions(app) == []


def test_each_generation_is_renewed_once(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice, SessionKind.TOKEN)
    renewed = []
    for generation in (0, 0, 1, 3):
        with app.app_context(), unit_of_work():
            renewed.append(renewals.renew(shown(opened.id, generation), idle=IDLE, at=utcnow()))
    assert renewed == [True, False, True, False]


@pytest.mark.parametrize("field", ["user_id", "opened"])
def test_an_id_that_is_given_out_once_more_is_another_session(
    app: Flask, alice: Api, open_session: Open, field: str
) -> None:
    """As after a backup was restored: somebody else's login, or a later one, has the same id."""
    opened = open_session(alice, SessionKind.TOKEN)
    with app.app_context(), unit_of_work():
        old = shown(opened.id)
        old = old._replace(**{field: getattr(old, field) + 1})
        assert not renewals.renew(old, idle=IDLE, at=utcnow())
        renewals.end_reused(old._replace(generation=-1), at=utcnow())
        renewals.end_of(old, at=utcnow())
        assert renewals.renew(shown(opened.id), idle=IDLE, at=utcnow())


def test_a_browsers_session_is_not_renewed(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice, SessionKind.BROWSER)
    with app.app_context(), unit_of_work():
        assert not renewals.renew(shown(opened.id), idle=IDLE, at=utcnow())


def test_what_was_used_before_ends_it(app: Flask, alice: Api, open_session: Open) -> None:
    opened = open_session(alice, SessionKind.TOKEN)
    with app.app_context(), unit_of_work():
        renewals.renew(shown(opened.id), idle=IDLE, at=utcnow())
    for generation, alive in ((1, True), (0, False)):
        with app.app_context(), unit_of_work():
            renewals.end_reused(shown(opened.id, generation), at=utcnow())
        with app.app_context():
            found = sessions.by_id(opened.id, idle=IDLE, at=utcnow())
        assert (found is not None) == alive


def test_what_has_ended_by_itself_is_pruned(app: Flask, alice: Api, open_session: Open) -> None:
    old = open_session(alice, ago=timedelta(days=15))
    idle = open_session(alice, ago=timedelta(days=4))
    young = open_session(alice)
    with app.app_context(), unit_of_work():
        db.session.get_one(UserSession, old.id).last_seen_at = utcnow()
    with app.app_context(), unit_of_work():
        assert sessions.prune(idle=IDLE, at=utcnow()) == 2
    with app.app_context():
        assert list(db.session.scalars(select(UserSession.id))) == [young.id]
    assert idle.id not in (old.id, young.id)
