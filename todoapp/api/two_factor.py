"""/me/two-factor, and its reset by administrators."""

from typing import Any

from flask import Response, current_app

from todoapp.api import answers
from todoapp.api.blueprint import v1
from todoapp.api.operation import operation
from todoapp.clock import utcnow
from todoapp.limits import Scope
from todoapp.schemas.query import WriteQuery
from todoapp.schemas.two_factor import (
    RecoveryCodesOut,
    TwoFactorBegin,
    TwoFactorBegunOut,
    TwoFactorConfirm,
    TwoFactorDisable,
    TwoFactorOut,
)
from todoapp.services import two_factor_setup
from todoapp.services.access import Actor
from todoapp.settings import Settings
from todoapp.web.hosts import issuer

_NO_STORE = {"Cache-Control": "no-store"}
#: Each asks for something secret, and guesses are counted apart from what the call does: such a
#: call is not kept for a retry.
_ASKING = {"scope": Scope.ACCOUNT, "query": WriteQuery, "problems": (409, 429), "secret": True}


@v1.get("/me/two-factor")
@operation(scope=Scope.ACCOUNT, answers={200: TwoFactorOut})
def get_two_factor(actor: Actor) -> Response:
    """Read how your second factor stands."""
    return answers.answer(TwoFactorOut().dump(two_factor_setup.state(actor)))


@v1.post("/me/two-factor")
@operation(**_ASKING, body=TwoFactorBegin, answers={200: TwoFactorBegunOut})
def begin_two_factor(actor: Actor, body: Any) -> Response:
    """Make a secret for your authenticator app.

    Codes are not demanded before you have confirmed one. Until then you can begin again, and get
    another secret.
    """
    begun = two_factor_setup.begin(
        actor, body, secret_key=_secret_key(), issuer=issuer(), at=utcnow()
    )
    return answers.answer(TwoFactorBegunOut().dump(begun), headers=_NO_STORE)


@v1.post("/me/two-factor/confirm")
@operation(**_ASKING, body=TwoFactorConfirm, answers={200: RecoveryCodesOut})
def confirm_two_factor(actor: Actor, body: Any) -> Response:
    """Turn your second factor on, with a code of the app.

    The recovery codes are shown this once; each logs in once without the app. Your other sessions
    end.
    """
    codes = two_factor_setup.confirm(actor, body, secret_key=_secret_key(), at=utcnow())
    return _codes(codes)


@v1.post("/me/two-factor/recovery-codes")
@operation(**_ASKING, body=TwoFactorBegin, answers={200: RecoveryCodesOut})
def renew_recovery_codes(actor: Actor, body: Any) -> Response:
    """Get new recovery codes.

    The old ones end.
    """
    return _codes(two_factor_setup.renew_recovery_codes(actor, body, at=utcnow()))


@v1.post("/me/two-factor/disable")
@operation(**_ASKING, body=TwoFactorDisable, answers={204: None})
def disable_two_factor(actor: Actor, body: Any) -> Response:
    """Turn your second factor off.

    Your other sessions end. It stays on where an administrator demands it.
    """
    two_factor_setup.disable(actor, body, secret_key=_secret_key(), at=utcnow())
    return answers.nothing()


@v1.delete("/users/<username:username>/two-factor")
@operation(scope=Scope.ADMIN, query=WriteQuery, answers={204: None}, problems=(404,))
def reset_two_factor(actor: Actor, username: str) -> Response:
    """Turn off the second factor of somebody who has lost it.

    Their sessions end.
    """
    two_factor_setup.reset(actor, username, at=utcnow())
    return answers.nothing()


def _codes(codes: list[str]) -> Response:
    return answers.answer({"recovery_codes": codes}, headers=_NO_STORE)


def _secret_key() -> str:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.secret_key
