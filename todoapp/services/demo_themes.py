"""What the demo's people have to do: the tables that `services.demo` draws from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import product

from todoapp.limits import ListRole

PEOPLE = ("amira", "ben", "chen", "dana")


@dataclass(frozen=True, kw_only=True)
class Theme:
    """One list: whose it is, who else is in it, and what its todos are called."""

    #: None: the owner's Inbox.
    name: str | None
    owner: str
    #: The other members, by name.
    roles: Mapping[str, ListRole] = field(default_factory=dict)
    color: str | None = None
    #: Every verb goes with every thing.
    verbs: tuple[str, ...]
    things: tuple[str, ...]
    tags: tuple[str, ...]
    #: What a larger todo falls into.
    steps: tuple[str, ...] = ()
    #: How many todos are drawn, their subtasks aside.
    size: int = 30

    @property
    def titles(self) -> list[str]:
        """Every title that there can be."""
        return [f"{verb} {thing}" for verb, thing in product(self.verbs, self.things)]

    @property
    def writers(self) -> list[str]:
        """Who may change the todos."""
        editors = [name for name, role in self.roles.items() if role == ListRole.EDITOR]
        return [self.owner, *editors]


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(","))


_ERRANDS = _words("Call, Write to, Thank, Ask, Visit")
_ACQUAINTANCES = _words("the dentist, the bank, Grandmother, the landlord, the school, the library")

THEMES = (
    Theme(
        name="House",
        owner="amira",
        roles={"ben": ListRole.EDITOR},
        color="#2f855a",
        verbs=_words("Clean, Repair, Measure, Photograph, Get a price for"),
        things=_words(
            "the kitchen window, the garden gate, the gutters, the boiler, the stairs, "
            "the cellar door, the balcony, the bathroom lamp"
        ),
        tags=_words("home, tools, weekend, garden"),
        steps=_words("Find the tools, Buy what is missing, Do it, Tidy up"),
    ),
    Theme(
        name="Groceries",
        owner="ben",
        roles={"amira": ListRole.EDITOR, "chen": ListRole.VIEWER},
        color="#c05621",
        verbs=("Buy", "Order", "Check how much is left of the"),
        things=_words(
            "oat milk, coffee, olive oil, rye bread, apples, lentils, dish soap, rice, "
            "cat food, tea, flour, lemons, salt"
        ),
        tags=_words("market, cheap, party"),
    ),
    Theme(
        name="Website relaunch",
        owner="chen",
        roles={"amira": ListRole.EDITOR, "dana": ListRole.EDITOR, "ben": ListRole.VIEWER},
        color="#2b6cb0",
        verbs=_words("Design, Write, Review, Test, Translate"),
        things=_words(
            "the start page, the sign-up form, the price table, the imprint, the help pages, "
            "the newsletter, the 404 page, the contact form"
        ),
        tags=_words("frontend, copy, bug, launch, waiting"),
        steps=_words("Make a draft, Ask for comments, Work the comments in, Publish"),
        size=38,
    ),
    Theme(
        name="Release 2.0",
        owner="dana",
        roles={"chen": ListRole.EDITOR},
        color="#6b46c1",
        verbs=_words("Specify, Build, Document, Measure, Review"),
        things=_words(
            "the import, the search, the nightly backup, the rate limits, the new login, "
            "the event log, the mobile layout"
        ),
        tags=_words("backend, bug, security, docs"),
        steps=_words("Write the test, Make it pass, Review, Add to the changelog"),
    ),
    Theme(
        name="Holidays in Porto",
        owner="amira",
        roles={"ben": ListRole.EDITOR, "dana": ListRole.VIEWER},
        color="#b83280",
        verbs=_words("Book, Compare, Pay for, Print"),
        things=_words(
            "the train, the flat, the boat trip, the museum tickets, the cooking class, "
            "the insurance, the bicycles"
        ),
        tags=_words("travel, money, together"),
        size=20,
    ),
    Theme(
        name="Reading",
        owner="ben",
        color="#718096",
        verbs=_words("Read, Return, Renew, Write a note on"),
        things=_words(
            "Middlemarch, The Mythical Man-Month, Invisible Cities, A Pattern Language, "
            "The Left Hand of Darkness, Walden"
        ),
        tags=_words("library, novel, work"),
        size=18,
    ),
    Theme(
        name="Allotment",
        owner="dana",
        roles={"amira": ListRole.EDITOR, "ben": ListRole.EDITOR, "chen": ListRole.EDITOR},
        color="#38a169",
        verbs=_words("Sow, Water, Thin out, Harvest"),
        things=_words("the beans, the carrots, the kale, the chard, the peas, the pumpkins"),
        tags=_words("garden, weekend, together"),
        size=20,
    ),
    Theme(
        name="Accounts",
        owner="chen",
        roles={"dana": ListRole.VIEWER},
        verbs=_words("Send, Check, File, Scan"),
        things=_words(
            "the March invoices, the travel receipts, the tax form, the phone bill, "
            "the bank statements, the insurance letter"
        ),
        tags=_words("money, paper, urgent"),
        size=20,
    ),
    *(
        Theme(
            name=None,
            owner=name,
            verbs=_ERRANDS,
            things=_ACQUAINTANCES,
            tags=_words("phone, home, urgent"),
            size=8,
        )
        for name in PEOPLE
    ),
)
