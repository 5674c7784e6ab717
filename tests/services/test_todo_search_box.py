"""One box: what compares a field is a filter, anything else is words."""

import pytest

from tests.services.test_filter_examples import EXAMPLES
from todoapp.services.todo_search_box import parameter


@pytest.mark.parametrize("text", [filter_ for filter_, _ in EXAMPLES])
def test_every_filter_of_the_document_is_one(text: str) -> None:
    assert parameter(text) == "filter"


@pytest.mark.parametrize(
    "text",
    ["pirority = high", "tag : home", "tag:home", "titel : milk", "status == open", "due_date<7d"],
)
def test_what_is_nearly_a_filter_is_one_to_be_mended(text: str) -> None:
    assert parameter(text) == "filter"


@pytest.mark.parametrize(
    "text",
    [
        "milk",
        "Re: invoice",
        "Fix: login",
        "https://example.com/?a=b",
        "at 12:30",
        "I <3 you",
        "1 < 2",
        "C++ = fun",
        "status",
        "due_date is null",
        "milk AND honey",
        '"status = pending"',
        '"text : milk',
        "",
    ],
)
def test_anything_else_is_words(text: str) -> None:
    assert parameter(text) == "q"


def test_a_long_text_takes_no_long_time() -> None:
    """Each kind of text that a regular expression could go over and over."""
    for text in ("a" * 5000, "ab " * 2000, " " * 5000, '"' * 5000, "ab" + " " * 5000, "(" * 5000):
        assert parameter(text) == "q"
