"""What is released: the wheel, the list of what it needs, and that they, the image and a running server agree."""

import json
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy import sbom, versions, wheel
from deploy.compose import ROOT
from deploy.manifests import Manifest
from kit.version import VERSION
from tests.deploy.conftest import Break
from tests.journey.system import System, started
from tests.servers import memory

SHIPPED = ("contracts", "gateway", "kit", "pendapa", "regions", "services", "docs/problems.md")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return wheel.build(tmp_path_factory.mktemp("dist") / "made")


@pytest.fixture(scope="module")
def installed(released: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has the wheel and what it needs, but not this source tree."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    python = folder / "bin" / "python"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", python, released[0]], check=True)
    subprocess.run([python, "-m", "compileall", "-q", site], check=True)
    return python


@contextmanager
def serving(installed: Path) -> Iterator[System]:
    with TemporaryDirectory(prefix="pendapa-", dir=memory()) as folder:
        region = Path(sysconfig.get_path("purelib", vars={"base": str(installed.parents[1])})) / "regions/bojonegoro"
        own = System(Path(folder) / "data", "embedded", region, code=Path(folder), python=str(installed))
        with started(own) as system:
            yield system


def test_the_wheel_has_each_file_that_git_tracks_of_the_program_and_nothing_else(released: tuple[Path, Path]) -> None:
    names = set(ZipFile(released[0]).namelist())
    ours = {name for name in names if ".dist-info/" not in name}
    tracked = subprocess.run(["git", "-C", ROOT, "ls-files", *SHIPPED], capture_output=True, text=True, check=True)
    assert ours == {
        name for name in tracked.stdout.splitlines() if not name.startswith("regions/") or name[-3:] != ".md"
    }
    assert f"pendapa-{VERSION}.dist-info/licenses/LICENSE" in names


def test_the_same_source_gives_the_same_wheel_and_the_same_list(released: tuple[Path, Path], tmp_path: Path) -> None:
    again = wheel.build(tmp_path / "again")
    assert [each.name for each in again] == [each.name for each in released]
    assert [each.read_bytes() for each in again] == [each.read_bytes() for each in released]


def test_the_wheel_alone_is_a_server_that_says_its_version_and_writes_nothing_beside_its_data(
    installed: Path,
) -> None:
    before = tree(installed.parents[1])
    said = subprocess.run([installed.with_name("pendapa"), "--version"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == VERSION
    with serving(installed) as server:
        assert server.http.get("/healthz").text == f"ok\nversion: {VERSION}\n"
        for path in ("/", "/docs", "/problems", "/v1/agencies", "/v1/datasets"):
            assert server.http.get(path).status_code == 200, path
        server.opened(server.report_of(server.sms("BJN Jalan desa Tapelan kecamatan Kapas rusak parah", id="wheel-1")))
    assert tree(installed.parents[1]) == before
    loaded = subprocess.run(
        [installed, "-c", "import kit.web, services.publish.app as a; print(a.__file__)"],
        capture_output=True,
        text=True,
        check=True,
        cwd=installed.parent,
    )
    assert Path(loaded.stdout).is_relative_to(installed.parents[1])


def test_the_list_is_valid_and_has_every_package_of_the_lock_with_what_it_needs(released: tuple[Path, Path]) -> None:
    text = released[1].read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    document = json.loads(text)
    own = document["metadata"]["component"]
    assert (own["name"], own["version"]) == ("pendapa", VERSION)
    lock = (ROOT / "requirements.lock").read_text()
    pins = {(pin.name, pin.version) for pin in sbom.pins(lock)}
    assert {(each["name"], each["version"]) for each in document["components"]} == pins
    assert len(pins) == lock.count("==")
    needs = {each["ref"].split("@")[0]: each.get("dependsOn", []) for each in document["dependencies"]}
    assert any(each.startswith("pkg:pypi/starlette@") for each in needs["pkg:pypi/fastapi"])
    reached, left = set(), [own["bom-ref"]]
    while left:
        reached.add(each := left.pop())
        left += [other for other in needs[each.split("@")[0]] if other not in reached]
    assert reached == {own["bom-ref"], *(each["bom-ref"] for each in document["components"])}
    assert [each["name"] for each in document["components"] if not each.get("licenses")] == []


def test_an_image_of_another_version_is_a_fault(production: list[Manifest], broken: Break) -> None:
    assert versions.image_faults(production) == []
    image = "spec.template.spec.containers.0.image"
    for other, fault in [
        ("registry.example:5000/us/pendapa:9.9.9", True),
        (f"registry.example/{versions.IMAGE}", False),
    ]:
        faults = versions.image_faults(broken("Deployment gateway", image, other))
        assert bool(faults) is fault, faults


def test_the_compose_file_and_the_change_log_name_this_version(monkeypatch: pytest.MonkeyPatch) -> None:
    assert versions.version_faults() == []
    monkeypatch.setattr(versions, "VERSION", "9.9.9")
    monkeypatch.setattr(versions, "IMAGE", "pendapa:9.9.9")
    assert [fault.split(":")[0] for fault in versions.version_faults()] == ["compose", "CHANGELOG.md"]


def tree(folder: Path) -> dict[Path, int]:
    """Every file under a folder, and when it was written."""
    return {path: path.lstat().st_mtime_ns for path in folder.rglob("*")}
