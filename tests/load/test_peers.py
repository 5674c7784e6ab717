"""The peers of the bench, as far as they can be looked at without being installed."""

import ast
import re
from pathlib import Path

import pytest

from tests.load.goals import GOALS, PEER_GOALS
from tests.load.rivals import PEERS
from todoapp.settings import ROOT

FOLDER = Path(__file__).with_name("peers")
MODULES = sorted(FOLDER.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_module_of_the_peers_is_python_and_knows_nothing_of_the_service(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    imported = [
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
    ]
    assert not [name for name in imported if name.split(".")[0] == "todoapp"]


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_what_is_served_of_a_peer_is_there(peer) -> None:
    module, _, name = peer.app.partition(":")
    path = FOLDER / f"{module.replace('.', '/')}.py"
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assigned = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    assert name in assigned


def test_every_peer_has_a_goal_for_every_call_on_both_engines() -> None:
    for engine, goals in PEER_GOALS.items():
        assert set(goals) == {peer.name for peer in PEERS}
        assert all(set(calls) == set(GOALS[engine]) for calls in goals.values())


def pinned(path: Path) -> dict[str, str]:
    """Return the version of each package in a file of requirements; fail where one is open."""
    found = re.findall(r"^(\S.*?)(?: ;.*?)? \\$", path.read_text(encoding="utf-8"), re.MULTILINE)
    versions = [re.fullmatch(r"([a-z0-9.-]+)(?:\[.*\])?==(\S+)", line) for line in found]
    assert versions
    assert all(versions), found
    return {match[1]: match[2] for match in versions if match}


def test_the_peers_are_pinned_and_as_new_as_what_they_share_with_the_service() -> None:
    theirs = pinned(FOLDER / "requirements.txt")
    ours = pinned(ROOT / "requirements.txt")
    shared = theirs.keys() & ours.keys()
    assert {"gunicorn", "flask", "sqlalchemy", "marshmallow", "psycopg"} <= shared
    assert {name: theirs[name] for name in shared} == {name: ours[name] for name in shared}


def test_every_pin_of_the_peers_has_a_hash() -> None:
    text = (FOLDER / "requirements.txt").read_text(encoding="utf-8")
    assert text.count("==") <= text.count("--hash=sha256:")
    assert set(re.findall(r"^(\S+)==", text, re.MULTILINE)) == set(
        re.findall(r"^(\S+)==.*\\\n    --hash=sha256:", text, re.MULTILINE)
    )
