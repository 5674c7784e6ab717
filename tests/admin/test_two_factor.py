"""The second factor in a browser: set up, demanded, used at the login, turned off."""

import re
from collections.abc import Callable

import pyotp
import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.api import Api
from tests.support.logins import code, column, require_codes, set_person
from tests.support.pages import PASSWORD, Browser
from tests.support.statements import counted

PAGE = "/admin/two-factor"


@pytest.fixture
def browser(app: Flask, person: Callable[..., Api]) -> Browser:
    """Alice, who has a password and is about to log in."""
    person("alice", password=PASSWORD)
    return Browser(app)


def begin(browser: Browser) -> pyotp.TOTP:
    """Return the app that was set up from the page."""
    shown = browser.post(PAGE, password=PASSWORD)
    assert shown.status_code == 200
    found = re.search(r'<code class="secret">([A-Z2-7]{32})</code>', shown.text)
    assert found
    return pyotp.TOTP(found[1])


def confirm(browser: Browser, otp: str) -> TestResponse:
    return browser.post(f"{PAGE}/confirm", form=PAGE, otp=otp)


def codes(answer: TestResponse) -> list[str]:
    return re.findall(r"<li><code>([a-z2-7-]+)</code></li>", answer.text)


def enrol(browser: Browser) -> list[str]:
    """Turn it on; return the recovery codes."""
    app = begin(browser)
    answer = confirm(browser, app.now())
    assert answer.status_code == 200
    return codes(answer)


def errors(answer: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'id="(\w+)-error">([^<]+)<', answer.text))


def test_one_sets_it_up_and_keeps_the_recovery_codes(browser: Browser) -> None:
    browser.log_in()
    other = Browser(browser.app)
    other.log_in()
    assert "It is off." in browser.get(PAGE).text
    shown = browser.post(PAGE, password=PASSWORD)
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    assert "<svg" in shown.text
    assert "style=" not in shown.text
    assert "otpauth://totp/" in shown.text
    answer = confirm(browser, begin(browser).now())
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert len(set(codes(answer))) == 10
    assert "They are shown this once." in answer.text
    state = browser.get(PAGE).text
    assert "You have 10 recovery codes left." in state
    assert not codes(browser.get(PAGE))
    assert browser.is_in()
    assert not other.is_in()


def test_a_wrong_password_or_code_is_said_beside_its_field(browser: Browser) -> None:
    """ASVS 7.5.1."""
    browser.log_in()
    for password, said in (("", "Enter your password."), ("wrong", "Is not your password.")):
        answer = browser.post(PAGE, password=password)
        assert (answer.status_code, errors(answer)) == (422, {"password": said})
    app = begin(browser)
    for otp in ("", "x" * 65, "000000" if app.now() != "000000" else "000001", "\0", "ü"):
        answer = confirm(browser, otp)
        assert answer.status_code == 422
        assert set(errors(answer)) == {"otp"}
        assert app.secret not in answer.text
    assert column(browser.app, "alice", "totp_enabled_at") is None
    assert confirm(browser, app.now()).status_code == 200


def test_what_does_not_fit_the_state_is_said_and_changes_nothing(browser: Browser) -> None:
    browser.log_in()
    assert confirm(browser, "123456").status_code == 409
    for path, fields in (("recovery-codes", {}), ("disable", {"otp": "123456"})):
        answer = browser.post(f"{PAGE}/{path}", password=PASSWORD, **fields)
        assert answer.status_code == 409
        assert "The second factor is off." in answer.text
    enrol(browser)
    again = browser.post(PAGE, form="/admin/password", password=PASSWORD)
    assert again.status_code == 409
    assert "The second factor is on already." in again.text


def test_guessing_ends_here_too(browser: Browser) -> None:
    """ASVS 6.3.1."""
    browser.log_in()
    for _ in range(15):
        assert browser.post(PAGE, password="wrong").status_code == 422
    refused = browser.post(PAGE, password=PASSWORD)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert "Too many attempts." in refused.text


def test_new_recovery_codes_take_the_password_and_end_the_old_ones(browser: Browser) -> None:
    browser.log_in()
    old = enrol(browser)
    path = f"{PAGE}/recovery-codes"
    for password in ("", "wrong"):
        answer = browser.post(path, password=password)
        assert answer.status_code == 422
        assert set(errors(answer)) == {"password"}
    answer = browser.post(path, password=PASSWORD)
    assert answer.headers["Cache-Control"] == "no-store"
    new = codes(answer)
    assert len(new) == 10
    assert not set(new) & set(old)
    assert Browser(browser.app).log_in(otp=old[0]).status_code == 422
    assert Browser(browser.app).log_in(otp=new[0]).status_code == 303


def test_turning_it_off_takes_both_factors(browser: Browser) -> None:
    """ASVS 7.5.1."""
    browser.log_in()
    kept = enrol(browser)
    path = f"{PAGE}/disable"
    for password, otp, wrong in (
        ("", "", {"password", "otp"}),
        ("wrong", kept[0], {"password"}),
        (PASSWORD, "000000000", {"otp"}),
    ):
        answer = browser.post(path, password=password, otp=otp)
        assert answer.status_code == 422
        assert set(errors(answer)) == wrong
    done = browser.post(path, password=PASSWORD, otp=kept[0])
    assert (done.status_code, done.location) == (303, PAGE)
    assert "Your second factor is off." in browser.get(PAGE).text
    assert Browser(browser.app).log_in().status_code == 303


def test_what_is_demanded_cannot_be_turned_off(browser: Browser) -> None:
    browser.log_in()
    kept = enrol(browser)
    set_person(browser.app, "alice", two_factor_required=True)
    assert "Turn the second factor off" not in browser.get(PAGE).text
    answer = browser.post(f"{PAGE}/disable", password=PASSWORD, otp=kept[0])
    assert answer.status_code == 409
    assert "An administrator demands the second factor." in answer.text


def test_who_needs_one_sets_it_up_before_all_else(browser: Browser) -> None:
    set_person(browser.app, "alice", two_factor_required=True)
    browser.log_in()
    for path in ("/admin", "/admin/sessions", "/admin/password", f"{PAGE}/disable"):
        assert browser.get(path).location == PAGE
    assert browser.post("/admin/sessions/end-others", form=PAGE).location == PAGE
    assert "An administrator demands a second factor of you." in browser.get(PAGE).text
    enrol(browser)
    assert browser.is_in()


def test_a_password_that_is_due_comes_before_the_second_factor(browser: Browser) -> None:
    set_person(browser.app, "alice", two_factor_required=True, must_change_password=True)
    browser.log_in()
    assert browser.get(PAGE).location == "/admin/password"
    another = "seven loud herons knit"
    browser.post("/admin/password", current_password=PASSWORD, new_password=another)
    assert browser.get("/admin").location == PAGE


def test_who_needs_one_may_leave_without_it(browser: Browser) -> None:
    set_person(browser.app, "alice", two_factor_required=True)
    browser.log_in()
    assert browser.post("/admin/logout", form=PAGE).location == "/admin/login"


def test_a_page_asks_once_who_it_is_and_what_is_due(browser: Browser) -> None:
    browser.log_in()
    with counted(browser.app) as statements:
        assert browser.get("/admin/password").status_code == 200
    assert len(statements) == 1


def test_the_code_goes_along_with_the_password(browser: Browser) -> None:
    require_codes(browser.app, "alice")
    assert browser.log_in(otp=code(browser.app)).status_code == 303
    assert browser.is_in()


def test_who_forgot_the_code_is_asked_for_it(browser: Browser) -> None:
    """ASVS 6.3.3."""
    require_codes(browser.app, "alice")
    answer = browser.log_in()
    assert answer.status_code == 422
    assert errors(answer) == {"otp": "Enter the code that your app shows, and your password again."}
    assert 'value="alice"' in answer.text
    assert PASSWORD not in answer.text
    assert not browser.is_in()


@pytest.mark.parametrize("otp", ["12345", "x" * 10_000, "\0", "ü"])
def test_a_wrong_code_is_said_beside_it(browser: Browser, otp: str) -> None:
    require_codes(browser.app, "alice")
    answer = browser.log_in(otp=otp)
    assert answer.status_code == 422
    assert errors(answer) == {"otp": "The code is wrong, or was used already."}
    assert not browser.is_in()


def test_a_wrong_password_with_a_right_code_says_nothing_of_the_code(browser: Browser) -> None:
    require_codes(browser.app, "alice")
    answer = browser.log_in(password="wrong", otp=code(browser.app))
    assert "The name or the password is wrong." in answer.text
    assert errors(answer) == {}


def test_a_code_logs_in_once(browser: Browser) -> None:
    """ASVS 6.5.1."""
    require_codes(browser.app, "alice")
    otp = code(browser.app)
    assert browser.log_in(otp=f"{otp[:3]} {otp[3:]}").status_code == 303
    replayed = Browser(browser.app).log_in(otp=otp)
    assert replayed.status_code == 422
    assert "otp" in errors(replayed)


def test_a_recovery_code_logs_in_once(browser: Browser) -> None:
    """ASVS 6.5.1."""
    browser.log_in()
    kept = enrol(browser)
    other = Browser(browser.app)
    assert other.log_in(otp=kept[0].upper()).status_code == 303
    assert "You have 9 recovery codes left." in other.get(PAGE).text
    assert Browser(browser.app).log_in(otp=kept[0]).status_code == 422
