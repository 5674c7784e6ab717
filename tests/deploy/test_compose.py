"""compose.yaml is what Compose understands, and holds what docs/operations.md promises."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.serve import BIN
from todoapp.settings import ROOT, Settings

COMPOSE = ROOT / "compose.yaml"
#: `${NAME:-default}`
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """What it says when nothing is chosen."""
    text = _VARIABLE.sub(r"\2", COMPOSE.read_text(encoding="utf-8"))
    assert "$" not in text
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def test_it_fits_the_compose_specification() -> None:
    command = ["check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)]
    checked = subprocess.run(
        [str(BIN / command[0]), *command[1:]], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_every_service_runs_without_privileges(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert int(service["user"].partition(":")[0]) > 0, name
        assert "privileged" not in service


def test_every_service_comes_back_and_is_watched(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert service["restart"] == ("on-failure" if name == "migrate" else "unless-stopped")
        is_watched = "test" in service["healthcheck"]
        assert is_watched == (name not in ("migrate", "worker")), name


def test_every_image_has_a_version(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        _, _, tag = service["image"].partition(":")
        assert tag not in ("", "latest")


def test_all_that_is_named_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        assert set(service["networks"]) <= set(compose["networks"])
        assert set(service.get("secrets", [])) <= set(compose["secrets"])
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if source.startswith("./deploy"):
                assert (ROOT / source).is_file()
            else:
                assert source == "./certificates" or source in compose["volumes"]


def test_only_the_proxy_is_reached_from_outside(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert ("ports" in service) == ("outside" in service["networks"]) == (name == "proxy")
    assert compose["networks"]["inside"]["internal"] is True


def test_no_secret_is_in_an_environment(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET|DATABASE_URL", name):
                assert name.endswith("_FILE")
                assert value.removeprefix("/run/secrets/") in service["secrets"]


@pytest.mark.parametrize("name", ["app", "worker", "migrate"])
def test_the_service_takes_its_settings(compose: dict[str, Any], name: str, tmp_path: Path) -> None:
    chosen = dict(compose["services"][name]["environment"], TODOAPP_DATA_DIR=str(tmp_path))
    for variable in [variable for variable in chosen if variable.endswith("_FILE")]:
        secret = tmp_path / variable
        url = "postgresql://todoapp:x@postgres/todoapp"
        secret.write_text(url if "DATABASE" in variable else "x" * 64)
        chosen[variable] = str(secret)
    settings = Settings.from_environment(chosen)
    assert not settings.is_sqlite
    assert (settings.proxies, settings.worker) == (1, False)


def test_the_proxy_gets_all_that_its_files_ask_for(compose: dict[str, Any]) -> None:
    asked = {
        name
        for path in (ROOT / "deploy" / "nginx").glob("*.template")
        for name in re.findall(r"\$\{(\w+)\}", path.read_text(encoding="utf-8"))
    }
    given = compose["services"]["proxy"]["environment"]
    assert asked == {name for name in given if name.startswith("PROXY_")}
