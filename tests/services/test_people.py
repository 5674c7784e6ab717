"""Who may do what to people, whichever face asks: administrators, and the operator."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.support.api import Api
from todoapp.clock import utcnow
from todoapp.db import unit_of_work
from todoapp.errors import Forbidden
from todoapp.services import (
    account_changes,
    account_endings,
    accounts,
    passwords,
    people,
    two_factor_setup,
)
from todoapp.services.access import Actor
from todoapp.services.preconditions import UNCONDITIONAL

NOW = utcnow()
CALLS: dict[str, Callable[[Actor], object]] = {
    "add": lambda actor: accounts.create({"username": "eve"}, at=NOW, actor=actor),
    "change": lambda actor: account_changes.patch(
        actor, "bob", {"role": "admin"}, UNCONDITIONAL, at=NOW
    ),
    "delete": lambda actor: account_endings.delete(
        actor, "bob", {"lists": "keep"}, UNCONDITIONAL, at=NOW
    ),
    "reset the second factor": lambda actor: two_factor_setup.reset(actor, "bob", at=NOW),
    "sign out": lambda actor: people.sign_out(actor, "bob", at=NOW),
    "list": lambda actor: people.page(actor, {"page_size": 5}, None),
    "read": lambda actor: people.read(actor, "bob"),
    "see sessions": lambda actor: people.logins(actor, 1, idle=timedelta(hours=1), at=NOW),
}


@pytest.mark.parametrize("call", CALLS)
def test_members_may_not(app: Flask, alice: Api, bob: Api, call: str) -> None:
    assert alice.actor
    with app.app_context(), unit_of_work(), pytest.raises(Forbidden) as refused:
        CALLS[call](alice.actor)
    assert refused.value.facts == {"required_scope": "admin"}


@pytest.mark.parametrize("call", CALLS)
def test_administrators_may(app: Flask, person: Callable[..., Api], bob: Api, call: str) -> None:
    root = person("root", role="admin")
    assert root.actor
    with app.app_context(), unit_of_work():
        CALLS[call](root.actor)


def test_a_password_that_is_made_will_do() -> None:
    made = {passwords.generate() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.refuse_weak(password, "ada", None)
