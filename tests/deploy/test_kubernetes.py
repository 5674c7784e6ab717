"""The manifests are what Kubernetes understands, and hold what docs/operations.md promises."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from todoapp.settings import ROOT, Settings

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text(encoding="utf-8"))
#: Oldest and newest that the manifests are held to.
VERSIONS = ("1.30", "1.37")

Manifest = dict[str, Any]


def read(name: str) -> list[Manifest]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


MANIFESTS = [
    manifest
    for name in [*KUSTOMIZATION["resources"], "secret.example.yaml"]
    for manifest in read(name)
]
NAMES = [f"{manifest['kind']} {manifest['metadata']['name']}" for manifest in MANIFESTS]


def of_kind(kind: str) -> Iterator[Manifest]:
    return (manifest for manifest in MANIFESTS if manifest["kind"] == kind)


def pods() -> Iterator[Manifest]:
    """Return what runs."""
    for kind in ("Deployment", "Job"):
        for manifest in of_kind(kind):
            yield manifest["spec"]["template"]["spec"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("manifest", MANIFESTS, ids=NAMES)
def test_kubernetes_understands_it(manifest: Manifest, version: str) -> None:
    kubernetes_validate.validate(manifest, version, strict=True)


def test_every_file_is_used_and_no_namespace_is_named() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")}
    assert files == {*KUSTOMIZATION["resources"], "kustomization.yaml", "secret.example.yaml"}
    assert all("namespace" not in manifest["metadata"] for manifest in MANIFESTS)


def test_every_pod_runs_without_privileges() -> None:
    for pod in pods():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]) == {"requests", "limits"}


def test_no_variable_of_kubernetes_is_taken_for_a_setting() -> None:
    """The Service todoapp would set TODOAPP_PORT, which is no setting and stops the start."""
    assert all(pod["enableServiceLinks"] is False for pod in pods())


def test_an_upgrade_leaves_no_gap() -> None:
    [app] = (one for one in of_kind("Deployment") if one["metadata"]["name"] == "todoapp")
    spec = app["spec"]
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    assert spec["replicas"] > 1
    assert spec["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    [_, pause] = container["lifecycle"]["preStop"]["exec"]["command"]
    graceful = re.search(
        r"^graceful_timeout = (\d+)$", (ROOT / "gunicorn.conf.py").read_text(), re.M
    )
    assert graceful
    assert pod["terminationGracePeriodSeconds"] > int(pause) + int(graceful[1])


def test_what_is_named_is_there() -> None:
    labels = [
        one["spec"]["template"]["metadata"]["labels"]
        for kind in ("Deployment", "Job")
        for one in of_kind(kind)
    ]
    selected = [one["spec"]["selector"] for one in of_kind("Service")]
    selected += [one["spec"]["selector"]["matchLabels"] for one in of_kind("PodDisruptionBudget")]
    selected += [one["spec"]["selector"]["matchLabels"] for one in of_kind("Deployment")]
    assert all(labels.count(selector) == 1 for selector in selected)
    [config], [secret] = of_kind("ConfigMap"), of_kind("Secret")
    for pod in pods():
        [container] = pod["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": config["metadata"]["name"]}}]
        assert pod["volumes"][0]["secret"]["secretName"] == secret["metadata"]["name"]
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts == {volume["name"] for volume in pod["volumes"]}


def test_the_service_takes_its_settings(tmp_path: Path) -> None:
    [config], [secret] = of_kind("ConfigMap"), of_kind("Secret")
    chosen = config["data"] | {"TODOAPP_DATA_DIR": str(tmp_path)}
    for name, value in secret["stringData"].items():
        (tmp_path / name).write_text(value.replace("CHANGE-ME", "x" * 64))
        [variable] = (one for one, path in chosen.items() if path.endswith(f"/{name}"))
        chosen[variable] = str(tmp_path / name)
    settings = Settings.from_environment(chosen)
    assert not settings.is_sqlite
    assert (settings.proxies, settings.worker) == (1, False)
    [ingress] = of_kind("Ingress")
    assert ingress["spec"]["rules"][0]["host"] in settings.hosts


def test_kustomize_puts_it_together() -> None:
    program = shutil.which("kubectl")
    if program is None:
        pytest.skip("kubectl is not installed")
    made = subprocess.run(
        [program, "kustomize", str(FOLDER)], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    found = list(yaml.safe_load_all(made.stdout))
    assert len(found) == len(MANIFESTS) - 1
    assert "image: registry.example.com/todoapp:0.1.0" in made.stdout
    assert all("app.kubernetes.io/part-of" in one["metadata"]["labels"] for one in found)
