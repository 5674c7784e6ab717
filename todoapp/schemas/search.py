"""What clients search for."""

from typing import Any

from todoapp import limits
from todoapp.schemas.fields import Text
from todoapp.text import Phrase, phrases


class Search(Text):
    """A full text query; loads the phrases that it asks for."""

    default_error_messages = {
        "no_words": "Must have a letter or a digit in it.",
        "too_many": "Must have at most {high} words.",
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(low=1, high=limits.SEARCH_MAX, **kwargs)

    def _deserialize(  # type: ignore[override]
        self, value: Any, attr: Any, data: Any, **kwargs: Any
    ) -> list[Phrase]:
        text = super()._deserialize(value, attr, data, **kwargs)
        if len(text.split()) > limits.SEARCH_WORDS_MAX:
            raise self.make_error("too_many", high=limits.SEARCH_WORDS_MAX)
        asked = phrases(text)
        if not asked:
            raise self.make_error("no_words")
        return asked
