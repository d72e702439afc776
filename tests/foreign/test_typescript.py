"""A client that openapi-typescript makes of our document compiles as it is, and works."""

import json
import shutil
from pathlib import Path

import pytest

from tests.foreign.conftest import HERE, run, tool
from tests.journey.system import System

pytestmark = pytest.mark.foreign


def test_a_generated_typescript_client_compiles_and_works(system: System, node: Path, tmp_path: Path) -> None:
    shutil.copy(HERE / "node" / "client.ts", tmp_path)
    shutil.copy(HERE / "node" / "package.json", tmp_path)
    (tmp_path / "node_modules").symlink_to(node / "node_modules")
    bin = node / "node_modules" / ".bin"
    document = system.http.base_url.join("/openapi.json")
    # By default it makes members of a request required that have a default value.
    options = ("--default-non-nullable", "false", "-o", "schema.d.ts")
    run(bin / "openapi-typescript", str(document), *options, folder=tmp_path)
    strict = ("--strict", "--noUncheckedIndexedAccess", "--skipLibCheck", "--target", "es2022")
    modules = ("--module", "nodenext", "--moduleResolution", "nodenext", "--outDir", ".", "--lib", "es2022,dom")
    run(bin / "tsc", *strict, *modules, "client.ts", folder=tmp_path)
    key = system.keys["filing"]
    output = json.loads(run(tool("node", "nodejs"), "client.js", f"{system.http.base_url}", key, folder=tmp_path))
    assert len(output["texts"]) == 2
    assert output["releases"] == 1
    assert "Tapelan" in system.public(output["filed"])["text"]
