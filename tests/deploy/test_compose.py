import os
import re
from pathlib import Path

import pytest

from contracts.region import load_region
from deploy import secrets
from deploy.check import compose_faults as all_compose_faults
from deploy.check import main, overlay_faults
from deploy.compose import ROOT, compose_faults, compose_given, compose_services, environment_faults, example_faults
from deploy.manifests import Manifest
from deploy.tree import at, entries
from deploy.variables import program_of, variable_faults
from tests.deploy.conftest import Break

TEXT = (ROOT / "compose.yaml").read_text()
DOCKERFILE = (ROOT / "Dockerfile").read_text()
PROGRAMS = {tuple(each.command) for each in compose_given(TEXT) if program_of(each.command)}


def test_the_compose_file_runs_what_kubernetes_runs_with_settings_that_the_code_reads(
    production: list[Manifest],
) -> None:
    assert all_compose_faults(production) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("pendapa:0.1.0", "pendapa:latest", "not pinned"),
        ("services.routing.worker", "services.routing.walker", "nothing runs python -m services.routing.worker"),
        ("postgresql: {condition: service_healthy}", "postgres: {condition: service_healthy}", "which is not there"),
        ("kafka: {condition: service_healthy}", "kafka: {condition: service_started}", "not to be healthy"),
        ('cap_drop: ["ALL"]', "cap_drop: []", "privileges"),
        ("read_only: true\n  tmpfs", "read_only: false\n  tmpfs", "written to"),
        ("restart: unless-stopped\n  read_only", "restart: on-failure\n  read_only", "not started again"),
        ("init: true", "init: false", "killed with answers under way"),
        ("stop_grace_period: 30s", "labels: {}", "killed with answers under way"),
        ("  pull_policy: never", "  build: .", "builds its image, which `make image` does"),
        ('test: ["CMD-SHELL", "nc -z localhost 9092"]', "disable: true", "no healthcheck"),
    ],
)
def test_a_careless_compose_file_is_a_fault(old: str, new: str, fault: str) -> None:
    assert old in TEXT
    assert any(fault in found for found in compose_faults(TEXT.replace(old, new), PROGRAMS))


def test_the_file_for_a_region_of_ones_own_gives_it_to_each_process() -> None:
    own = (ROOT / "deploy" / "region.compose.yaml").read_text()
    ours = {each.where: each.variables for each in compose_given(TEXT) if program_of(each.command)}
    given = {each.where: each.variables for each in compose_given(own)}
    assert given == {name: {each for each in names if each.endswith("_REGION")} for name, names in ours.items()}
    mounts = [entries(service, "volumes") for service in compose_services(own).values()]
    assert all(at(mount[0], "target") == "/region" and at(mount[0], "read_only") is True for mount in mounts)


def test_a_misspelt_variable_of_the_compose_file_is_a_fault() -> None:
    given = compose_given(TEXT.replace("ROUTING_REGION", "ROUTING_REGIN"))
    assert "compose routing-app: ROUTING_REGION is not given" in variable_faults(given)
    assert "compose routing-app: ROUTING_REGIN is read by nothing" in variable_faults(given)


def test_a_setting_that_the_example_lacks_and_one_that_no_code_reads_are_faults() -> None:
    assert example_faults("# A comment=1\nB=1\n#C=\n", {"A", "C"}) == [
        ".env.example: A is not there",
        ".env.example: B is read by nothing",
    ]


def test_a_variable_that_the_compose_file_asks_for_in_vain_is_a_fault() -> None:
    assert environment_faults("x: ${A:?why} ${B:-1}", "B='1'\n") == [".env: A is not there"]


def test_the_written_environment_has_the_names_of_the_example(tmp_path: Path) -> None:
    secrets.write_compose(tmp_path, "pendapa.example/log", "{}")
    written = (tmp_path / ".env").read_text()
    assert environment_faults(TEXT, written) == []
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "var" / "compose" / "keys.json").read_text() == "{}"
    with pytest.raises(FileExistsError):
        secrets.write_compose(tmp_path, "pendapa.example/log", "{}")
    assert (tmp_path / ".env").read_text() == written


def test_the_hashes_can_be_read_by_the_containers_user_whatever_the_umask_is(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        secrets.write_compose(tmp_path, "pendapa.example/log", "{}")
    finally:
        os.umask(before)
    folder = tmp_path / "var" / "compose"
    assert [path.stat().st_mode & 0o777 for path in (folder, folder / "keys.json")] == [0o755, 0o644]
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600


def test_the_keys_of_the_door_are_made_once_and_only_their_hashes_leave_the_file(tmp_path: Path) -> None:
    region = load_region(ROOT / "regions" / "bojonegoro")
    file = tmp_path / "keys" / "keys.json"
    keys = secrets.door_keys(file, region)
    assert secrets.door_keys(file, region) == keys
    assert file.stat().st_mode & 0o777 == 0o600
    assert set(keys.agencies) == set(region.agencies)
    assert keys.official not in keys.hashes().model_dump_json()


def test_the_image_is_pinned_locked_and_not_root() -> None:
    assert re.search(r"^ARG PYTHON=python:3\.11\.\d+-slim-bookworm$", DOCKERFILE, re.MULTILINE)
    assert "--require-hashes" in DOCKERFILE
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    assert "USER 10001:10001" in last
    assert "--uid 10001" in last
    assert "apt-get" not in last


def test_the_image_is_made_of_the_wheel_and_says_what_it_is_and_what_it_has() -> None:
    copied = re.findall(r"^COPY (?!--from=build)(.*) \S+$", DOCKERFILE, re.MULTILINE)
    wheel, listed = "dist/pendapa-${VERSION}-py3-none-any.whl", "dist/pendapa-${VERSION}.cdx.json"
    assert copied == ["requirements.lock", wheel, "LICENSE", listed]
    assert [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] != "#"] == [
        "*",
        "!LICENSE",
        "!requirements.lock",
        "!dist",
    ]
    labels = re.findall(r"org\.opencontainers\.image\.(\w+)=", DOCKERFILE)
    assert set(labels) >= {"title", "description", "licenses", "version", "revision", "created"}
    given = set(re.findall(r'--build-arg "(\w+)=', (ROOT / "Makefile").read_text()))
    assert given == {word for line in re.findall(r"^ARG (.*)$", DOCKERFILE, re.MULTILINE)[1:] for word in line.split()}


def test_nothing_is_compiled_again_when_the_image_runs_on_its_read_only_file_system() -> None:
    compiled = re.findall(r"compileall -q -f --invalidation-mode unchecked-hash (\S+)", DOCKERFILE)
    assert compiled == ["/opt/venv/lib", "/usr/local/lib/python3.11"]


@pytest.mark.usefixtures("production")
def test_the_check_passes_on_what_is_here_and_prints_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main() == 0
    monkeypatch.setattr("deploy.check.compose_faults", lambda _: ["compose: broken on purpose"])
    assert main() == 1
    assert capsys.readouterr().err == "compose: broken on purpose\n"


def test_the_check_of_an_overlay_asks_every_checker(broken: Break) -> None:
    container = "spec.template.spec.containers.0"
    manifests = broken("Service gateway", "spec.ports.0.porte", 1)
    broken("Deployment gateway", f"{container}.securityContext.privileged", True, manifests)
    broken("Deployment gateway", f"{container}.image", "pendapa:latest", manifests)
    broken("Deployment routing-app", f"{container}.envFrom.0.configMapRef.name", "lost", manifests)
    broken("PodDisruptionBudget gateway", "spec.selector.matchLabels", {"a": "b"}, manifests)
    broken("NetworkPolicy gateway", "spec.ingress", [], manifests)
    broken("KafkaTopic cases", "spec.partitions", 1, manifests)
    broken("Ingress gateway", "spec.tls.0.secretName", "stranger", manifests)
    said = "\n".join(overlay_faults("production", manifests))
    for fault in (
        "Service gateway: spec/ports/0",
        "gain privileges",
        "not pinned",
        "ConfigMap lost is not there",
        "ROUTING_REGION is not given",
        "0 PodDisruptionBudgets",
        "nobody can reach it",
        "KafkaTopic cases",
        "secret stranger",
    ):
        assert fault in said
