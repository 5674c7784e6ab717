"""The documents are right: their commands run, their links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.support import postgres
from tests.support.documents import Outcome, Shell, agrees, chapters
from tests.support.serve import BIN, KEY, environment, started, todo
from todoapp.setting_pages import configuration, documentation, example
from todoapp.settings import PREFIX, ROOT, Settings

DOCUMENTS = sorted(
    str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"))
)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
_QUOTED = re.compile(r"`([\w.-]*[\w-](?:/[\w.-]+)*/?)`")
#: What a quoted word begins with when it is the path of a file here.
_TOP = ("todoapp/", "tests/", "docs/", "migrations/", "templates/", "static/")


def follow(document: str, folder: Path, databases: dict[str, str]) -> list[Outcome]:
    """Do all that a document says, on a service of its own, from its first start."""
    env = environment(folder, workers="1")
    outcomes: list[Outcome] = []
    for number, chapter in enumerate(chapters((ROOT / document).read_text())):
        wanted = {name: databases.get(name, value) for name, value in chapter.settings.items()}
        made = todo("init", env=env | wanted)
        assert made.returncode == 0, made.stderr
        if key := KEY.search(made.stdout):
            env.setdefault("TODO_KEY", key[0])
        place = folder / str(number)
        place.mkdir()
        with started(str(BIN / "gunicorn"), env=env | wanted, log=place / "log") as server:
            shell = Shell(place, env | wanted, f"http://{server.bind}")
            outcomes += shell.run(chapter.commands)
    return outcomes


@pytest.mark.parametrize(("document", "least"), [("README.md", 6), ("docs/api.md", 50)])
def test_every_command_does_what_the_document_says(
    document: str, least: int, tmp_path: Path, postgresql_server: str
) -> None:
    databases = {f"{PREFIX}DATABASE_URL": postgres.new_database(postgresql_server, "documents")}
    outcomes = follow(document, tmp_path, databases)
    assert len(outcomes) >= least
    wrong = {outcome.command.text: list(outcome.complaints()) for outcome in outcomes}
    assert {text: said for text, said in wrong.items() if said} == {}


@pytest.mark.parametrize(
    ("shown", "output", "right"),
    [
        ('{"id": 1}', '{"id": 1, "title": "x"}', True),
        ('{"id": 1, … "b": 2, …}', '{"id": 1, "a": 1, "b": 2}', True),
        ('{"id": 1}', '{"id": 2}', False),
        ('{"gone": 1}', '{"id": 2}', False),
        ('{"created_at": "then"}', '{"created_at": "now"}', True),
        ('{"created_at": null}', '{"created_at": "now"}', False),
        ('{"todos": [{"id": 1}]}', '{"todos": [{"id": 1}, {"id": 2}]}', False),
        ("Added ada.", "Added ada.\n", True),
        ("Added ada.", "Added bob.\n", False),
    ],
)
def test_an_answer_that_is_not_the_one_shown_is_noticed(
    shown: str, output: str, right: bool
) -> None:
    assert agrees(shown, output) == right


def test_the_settings_are_documented() -> None:
    """If not: .venv/bin/flask todo settings > docs/configuration.md, and --env > .env.example"""
    assert (ROOT / "docs/configuration.md").read_text() == documentation()
    assert (ROOT / ".env.example").read_text() == example()


def test_the_example_holds_every_setting_as_it_is_by_default(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    given = dict(line[1:].split("=", 1) for line in lines if line.startswith(f"#{PREFIX}"))
    own = {"TODOAPP_DATA_DIR": str(tmp_path)}
    assert list(given) == [one.name for one in configuration(Settings.from_environment(own))]
    assert configuration(Settings.from_environment(given | own)) == [
        one._replace(origin=one.name if given[one.name] else None)
        for one in configuration(Settings.from_environment(own))
    ]


@pytest.mark.parametrize("name", ["README.md", ".env.example"])
def test_no_other_settings_are_spoken_of(name: str) -> None:
    known = set(re.findall(r"TODOAPP_[A-Z_]+", documentation()))
    spoken = set(re.findall(r"TODOAPP_[A-Z_]+", (ROOT / name).read_text()))
    assert spoken
    assert {setting.removesuffix("_FILE") for setting in spoken} <= known


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    targets = [t for t in _LINK.findall(path.read_text()) if "://" not in t]
    for target in targets:
        name, _, anchor = target.partition("#")
        linked = (path.parent / name) if name else path
        assert linked.exists(), target
        assert not anchor or anchor in _anchors(linked), target


def _anchors(path: Path) -> set[str]:
    headings = _HEADING.findall(path.read_text())
    return {re.sub(r"[^\w -]", "", h).strip().lower().replace(" ", "-") for h in headings}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_files_that_are_named_exist(document: str) -> None:
    quoted = _QUOTED.findall((ROOT / document).read_text())
    paths = [word for word in quoted if word.startswith(_TOP)]
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_the_readme_can_be_read_in_one_go() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert len(lines) < 150
    assert max(map(len, lines)) <= 120
