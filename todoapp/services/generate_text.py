"""What generated todos are called, described as and tagged with.

How often a word, a phrase or a tag occurs does not depend on how many todos there are.
"""

from collections.abc import Mapping
from itertools import product
from random import Random
from typing import TypeVar

T = TypeVar("T")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


_VERBS = _words(
    "Review, Write, Check, Call about, Order, Plan, Update, Send, Translate, Measure, Repair, Book"
)
_THINGS = _words(
    "the budget, the contract, the invoice, the report, the slides, the survey, the offer, "
    "the poster, the newsletter, the workshop, the travel plan, the price list, the timetable, "
    "the inventory, the backup, the release notes, the test plan, the data sheet, the floor plan, "
    "the insurance, the lease, the permit, the first aid kit, the projector, the coffee machine, "
    "the bicycle stand, the meeting room, the garden tools, the help page, the mailing list"
)
_ADDITIONS = ("", "", "", " for Monday", " again", " before the holidays", " (draft)", " – part 2")
#: Each of them is in one title of 5,000.
_RARE = _words("kestrel, marble, saffron, lantern, walnut, harbour, tamarind, velvet, juniper, owl")
_RARE_SHARE = len(_RARE) / 5_000
#: How many titles name the subject of their list.
_SUBJECT_SHARE = 0.3
_SYLLABLES = _words("ba, de, fi, go, ku, la, me, ni, po, ru, sa, te, vi, wo, zu")

_WHO = _words("The caretaker, Accounting, The supplier, Marketing, The landlord, Our neighbour")
_DID = _words(
    "has asked for it twice, wants a copy, will be back next week, needs a decision, "
    "sent new figures, has the key"
)
_REMARKS = (
    "Last time it took a whole day.",
    "See the notes in the shared folder.",
    "Ask for a discount.",
    "Two people are enough for it.",
    "It must not cost more than last year.",
    "Take **photographs**.",
    "The old version is in the archive.",
    "- [ ] Tell the others",
)
_SENTENCES = (*(f"{who} {did}." for who, did in product(_WHO, _DID)), *_REMARKS)
#: How many sentences a description has, from none to a page, and how many todos of a hundred.
_LENGTHS = {0: 40, 1: 22, 2: 20, 4: 12, 12: 5, 24: 1}

#: How many tags are drawn, and for how many todos of a hundred; one that is drawn twice is one.
_TAG_COUNTS = {0: 32, 1: 33, 2: 20, 3: 15}
#: How many todos of a hundred have the tag.
_TAGS = {
    **{"work": 20.0, "home": 14.0, "phone": 11.0, "errand": 9.0, "waiting": 8.0, "money": 7.0},
    **dict.fromkeys(_words("garden, travel, paper, idea, health, school, car, friends"), 4.0),
    **dict.fromkeys(_words("tax, passport, chimney, anniversary, beekeeping, orchestra"), 0.1),
}


def subject(number: int) -> str:
    """Return a word that only the list with this number has.

    >>> subject(0), subject(1999)
    ('Debaba', 'Wowozu')
    """
    number += len(_SYLLABLES) ** 2
    syllables = []
    while number:
        number, digit = divmod(number, len(_SYLLABLES))
        syllables.append(_SYLLABLES[digit])
    return "".join(reversed(syllables)).capitalize()


def title(random: Random, subject: str) -> str:
    """Draw the title of a todo in the list of this subject; empty: it has none."""
    words = f"{random.choice(_VERBS)} {random.choice(_THINGS)}{random.choice(_ADDITIONS)}"
    if subject and random.random() < _SUBJECT_SHARE:
        words += f": {subject}"
    return f"{words} {random.choice(_RARE)}" if random.random() < _RARE_SHARE else words


def description(random: Random) -> str:
    """Draw the description of a todo, in paragraphs of up to four sentences."""
    count = drawn(random, _LENGTHS)
    sentences = random.choices(_SENTENCES, k=count)
    return "\n\n".join(" ".join(sentences[start : start + 4]) for start in range(0, count, 4))


def tags(random: Random) -> list[str]:
    """Draw the tags of a todo: up to three, in any order."""
    names = random.choices(list(_TAGS), list(_TAGS.values()), k=drawn(random, _TAG_COUNTS))
    return list(dict.fromkeys(names))


def drawn(random: Random, shares: Mapping[T, int]) -> T:
    """Draw one of the keys, each as often as its value says."""
    return random.choices(list(shares), list(shares.values()))[0]
