"""How text is compared and searched: databases fold case differently, so it is folded here, once.

A *word* is a run of letters and digits, folded: compatibility forms made plain, marks removed,
case folded, so that `Café`, `CAFE` and `ｃａｆｅ` are one. All else separates: `e-mail` and `don't`
are two words each, signs and emoji none. Scripts without spaces between words count each character
as a word, so that any part of a run is found. Of a long word the beginning counts.

Both databases get the words with spaces around, and have nothing left to split. In a
search, what is written without a space is a phrase, as what is in quotes is: `e-mail` finds
"E mail", and not "mail from e".
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

#: How many characters of a word count: databases index no word of any length.
WORD_MAX = 64
#: Thai, Lao, Burmese, Khmer; radicals, kana and ideographs.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u2fdf\u3040-\u30ff\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_WORD = re.compile(rf"[^\W_{_UNSPACED}]+|[^\W_]")
#: What is in quotes, or has no space in it.
_WRITTEN = re.compile(r'"([^"]*)"|[^\s"]+')
_QUOTES = str.maketrans(dict.fromkeys("“”„‟", '"'))


class Phrase(NamedTuple):
    """Words that must follow each other."""

    words: tuple[str, ...]
    #: The last of them is only the beginning of one.
    is_open: bool = False


def fold(text: str) -> str:
    """Return the key under which two spellings of a name are the same: NFC, then case-folded.

    >>> fold("Straße") == fold("STRASSE")
    True
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def words(text: str) -> list[str]:
    """Return the words of `text`, folded, in their order.

    >>> words("Straße: don't!")
    ['strasse', 'don', 't']
    """
    folded = unicodedata.normalize("NFKD", text).casefold()
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFKD", folded)
        folded = "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))
    return [word[:WORD_MAX] for word in _WORD.findall(folded)]


def search_text(title: str, description: str) -> str:
    """Return what a todo is found by: the words of its title in a line, then the description's.

    A space is before each word and after each, so that `written` finds words in it.
    """
    return " ".join(("", *words(title), "\n", *words(description), ""))


def written(some: Sequence[str], *, is_open: bool) -> str:
    """Return words that follow each other, as they stand in `search_text`.

    >>> written(["oat", "mil"], is_open=True) in search_text("Buy oat milk", "")
    True
    """
    return f" {' '.join(some)}{'' if is_open else ' '}"


def phrases(query: str) -> list[Phrase]:
    """Return the phrases that `query` asks for; a word that ends it outside of quotes is open.

    >>> phrases('"oat milk" fro')
    [Phrase(words=('oat', 'milk'), is_open=False), Phrase(words=('fro',), is_open=True)]
    """
    found = []
    for written in _WRITTEN.finditer(query.translate(_QUOTES)):
        if some := tuple(words(written[0])):
            found.append(Phrase(some, is_open=written[1] is None))
    return [Phrase(phrase.words) for phrase in found[:-1]] + found[-1:]


def has_control(text: str, *, allowed: str = "") -> bool:
    """Tell whether `text` holds a control character (Unicode Cc) or a lone surrogate (Cs)."""
    return any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text)
