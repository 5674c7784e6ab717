"""Passwords: what is refused, what is kept, and that nobody learns who has one."""

from statistics import median
from time import perf_counter

import pytest
from argon2 import PasswordHasher

from todoapp.errors import Invalid
from todoapp.services import passwords


def weakness(password: str, username: str = "grace", email: str | None = None) -> str | None:
    """Return why it is refused; None: it is not."""
    try:
        passwords.refuse_weak(password, username, email, field="new_password")
    except Invalid as error:
        (refused,) = error.errors
        assert refused.where == "/new_password"
        assert password not in refused.detail
        return refused.code
    return None


@pytest.mark.parametrize(
    "password",
    [
        "correct horse",
        "no capitals, no digits",
        "        spaces",
        "пароль🔑пароль",
        "qzxjvkwp",
        "38504719263504",
        "x" * 256,
    ],
)
def test_eight_characters_of_any_kind_will_do(password: str) -> None:
    """ASVS 6.2.1 and 6.2.9: at least 8, at least up to 64; no rules of composition (6.2.5)."""
    assert weakness(password) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [("       ", "too_short"), ("seven77", "too_short"), ("x" * 257, "too_long")],
)
def test_a_password_has_a_length(password: str, code: str) -> None:
    assert weakness(password) == code


@pytest.mark.parametrize(
    "password",
    ["password", "PassWord", "12345678", "qwertyuiop", "iloveyou", "sunshine2024", "dragon123456"],
)
def test_a_common_password_is_refused(password: str) -> None:
    """ASVS 6.2.4: in whatever capitals, and with a year behind it."""
    assert weakness(password) == "common"


@pytest.mark.parametrize(
    "password",
    ["grace.hopper", "Grace.Hopper", "grace.hopper1906", "ghopper1906", "todoapp2026", "TodoApp1"],
)
def test_a_persons_own_name_is_refused(password: str) -> None:
    assert weakness(password, "grace.hopper", "ghopper@example.com") == "common"


def test_an_address_without_a_name_refuses_nothing() -> None:
    assert weakness("20260719", email=None) is None


def test_what_is_kept_is_argon2id_and_never_the_same_twice() -> None:
    """ASVS 11.4.2, with the parameters that OWASP recommends."""
    kept = [passwords.hash("correct horse") for _ in range(2)]
    assert kept[0] != kept[1]
    for one in kept:
        assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert passwords.matches("correct horse", one)
        assert not passwords.matches("correct horsf", one)
        assert not passwords.outdated(one)


def test_a_hash_made_with_less_is_outdated_and_still_matches() -> None:
    kept = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash("correct horse")
    assert passwords.outdated(kept)
    assert passwords.matches("correct horse", kept)


def test_bytes_that_are_no_text_are_hashed_like_any() -> None:
    assert passwords.matches("\udcff" * 8, passwords.hash("\udcff" * 8))


@pytest.mark.parametrize("kept", [None, "", "no hash", "$argon2id$v=19$m=19456,t=2,p=1$x$y"])
def test_where_there_is_no_hash_nothing_matches(kept: str | None) -> None:
    for password in ("", "correct horse", "\ud800"):
        assert not passwords.matches(password, kept)


def test_finding_no_hash_takes_as_long_as_comparing_with_one() -> None:
    kept = passwords.hash("correct horse")

    def seconds(password_hash: str | None) -> float:
        began = perf_counter()
        passwords.matches("wrong horse", password_hash)
        return perf_counter() - began

    pairs = [(seconds(kept), seconds(None)) for _ in range(15)]
    with_one, with_none = (median(times) for times in zip(*pairs, strict=True))
    assert 0.5 < with_none / with_one < 2
